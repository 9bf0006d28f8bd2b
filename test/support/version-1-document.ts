/** State documents as version 1 wrote them, in its words of that time. */
import { parseDocument } from '../../lib/state/document.ts'

const at = '2026-11-22T06:00:00.000Z'
const failure = {
  count: 2,
  code: 'ACME_CAA',
  message: 'no',
  step: 'prove',
  since: at,
  at,
  notBefore: at,
  configHash: 'ef',
}

/** Every field. */
export const versionOne = {
  v: 1,
  environment: 'prod',
  fence: 3,
  claim: { owner: 'run-1', fence: 3, until: at },
  order: { authority: 'letsencrypt', url: 'https://acme.example/order/1', expires: at },
  txt: [{ name: '_acme-challenge.shop.example.com', value: 'value', zone: 'example.com', provider: 'main' }],
  targets: {
    'fr/edge/https': {
      fingerprint: 'ab',
      name: 'newleaf-prod-shop-ab',
      since: at,
      verified: true,
      addresses: { '192.0.2.1 port 443': { answersSince: at, verified: at } },
    },
    'us/apps/443': { fingerprint: '', name: '', since: at, verified: false },
  },
  uploaded: {
    'fr/edge/https': ['newleaf-prod-shop-ab', 'newleaf-prod-shop-cd'],
    'us/old/443': ['newleaf-prod-shop-cd'],
  },
  retire: [{ target: 'fr/edge/https', name: 'newleaf-prod-shop-cd', after: at }],
  current: {
    names: ['shop.example.com'],
    serial: '01',
    fingerprint: 'ab',
    keyAlgorithm: 'ecdsa-p256',
    notBefore: at,
    notAfter: at,
    issuer: 'CN=CA',
    authority: 'letsencrypt',
  },
  rejected: { fingerprint: 'cd', tries: 5, since: at, givenUp: 'tries' },
  unfinished: { count: 1, since: at },
  window: {
    fingerprint: 'ab',
    start: at,
    end: at,
    checkAfter: at,
    explanation: 'https://acme.example/why',
    recalled: true,
  },
  waits: { dns: at },
  failures: { look: failure, issue: failure, widen: failure, deploy: failure, repair: failure },
  told: { ops: { problems: ['ACME_CAA'], since: at } },
  issued: [{ at, names: 'ab' }],
  events: [{ at, event: 'issued', detail: 'ab' }],
  wake: at,
}

/** What version 1 would have written of the same certificate, at rest. */
export function inVersion1(document: unknown) {
  const { environment, fence, targets, current, window, issued, events, nextLook } = parseDocument('shop', document)
  const entries = Object.values(targets)
  const { suggestedNow, ...range } = window ?? {}
  return {
    ...{ v: 1, environment, fence, txt: [], current, events, wake: nextLook },
    targets: Object.fromEntries(
      entries.flatMap(({ name, deployed, verified, addresses }) => {
        const { fingerprint, object, since } = deployed ?? {}
        return deployed ? [[name, { fingerprint, name: object, since, verified, addresses }]] : []
      }),
    ),
    uploaded: Object.fromEntries(entries.map(({ name, objects }) => [name, objects])),
    retire: entries.flatMap(({ name, superseded }) =>
      superseded.map(({ object, after }) => ({ target: name, name: object, after })),
    ),
    ...(window && { window: { ...range, ...(suggestedNow && { recalled: true }) } }),
    issued: issued.map(({ at, names }) => ({ at, names })),
  }
}
