/** A state document in which every field is filled in. */
import type { CertificateDocument } from '../../lib/state/document.ts'

export const at = new Date('2026-11-22T06:00:00.000Z')
const failure = {
  count: 2,
  code: 'ACME_CAA',
  message: 'no',
  step: 'validate',
  since: at,
  at,
  notBefore: at,
  configHash: 'ef',
}
const issuer = { authority: 'letsencrypt', directory: 'https://acme.example/directory' }
export const full: CertificateDocument = {
  v: 2,
  environment: 'prod',
  fence: 3,
  lease: {
    ...{ holder: 'run-1', fence: 3, since: at, until: at },
    process: { host: 'build-7', pid: 4711, incarnation: { bootId: 'b', pidNamespace: 'pid:[1]', startTime: '7' } },
    invocation: { function: 'newleaf-prod-renew', requestId: '0f6c2f6e' },
  },
  order: { ...issuer, url: 'https://acme.example/order/1', expires: at },
  challengeRecords: [
    {
      ...{ name: '_acme-challenge.shop.example.com', value: 'value', zone: 'example.com', provider: 'main' },
      ...{ order: 'https://acme.example/order/1', since: at },
    },
  ],
  targets: {
    'fr/edge/https': {
      name: 'fr/edge/https',
      balancer: 'fr',
      listener: { loadBalancer: 'edge', frontend: 'https', port: 443, addresses: ['192.0.2.1'] },
      resource: 'vendor:edge/https',
      deployed: { fingerprint: 'ab', object: 'newleaf-prod-shop-ab', since: at },
      verified: true,
      addresses: { '192.0.2.1 port 443': { answersSince: at, verified: at } },
      objects: ['newleaf-prod-shop-ab', 'newleaf-prod-shop-cd'],
      repairs: [at],
      superseded: [{ object: 'newleaf-prod-shop-cd', after: at }],
    },
  },
  orphans: [
    {
      name: 'us/apps/443',
      balancer: 'us',
      listener: { nodeBalancer: 'apps', port: 443 },
      objects: [{ object: 'newleaf-prod-shop-ab', after: at }],
      since: at,
    },
  ],
  leftBehind: { what: ['newleaf-prod-shop-ef at us/old/443'], since: at },
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
  persistUntil: at,
  persistSeen: at,
  window: {
    fingerprint: 'ab',
    start: at,
    end: at,
    checkAfter: at,
    explanation: 'https://acme.example/why',
    suggestedNow: true,
  },
  cooldowns: { dns: at },
  failures: {
    observe: failure,
    deploy: failure,
    repair: failure,
    cleanUp: failure,
    authorities: { letsencrypt: { directory: issuer.directory, issue: failure, expand: failure } },
  },
  notified: { ops: { problems: ['ACME_CAA'], since: at } },
  issued: [{ at, names: 'ab', ...issuer }],
  events: [{ at, event: 'issued', detail: 'ab' }],
  nextLook: at,
}
