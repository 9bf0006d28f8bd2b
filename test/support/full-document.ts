/** A state document in which every field is filled in. */
import type { CertificateDocument } from '../../lib/state/document.ts'

export const at = new Date('2026-11-22T06:00:00.000Z')
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
export const full: CertificateDocument = {
  v: 1,
  environment: 'prod',
  fence: 3,
  claim: { owner: 'run-1', fence: 3, until: at },
  order: { authority: 'letsencrypt', url: 'https://acme.example/order/1', expires: at },
  txt: [{ name: '_acme-challenge.shop.example.com', value: 'value', zone: 'example.com', provider: 'main' }],
  targets: { 'fr/edge/https': { fingerprint: 'ab', name: 'newleaf-prod-shop-ab', since: at, verified: true } },
  uploaded: { 'fr/edge/https': ['newleaf-prod-shop-ab'] },
  retire: [{ target: 'fr/edge/https', name: 'newleaf-prod-shop-cd', after: at }],
  window: {
    fingerprint: 'ab',
    start: at,
    end: at,
    checkAfter: at,
    explanation: 'https://acme.example/why',
    recalled: true,
  },
  failures: { look: failure, issue: failure, widen: failure, deploy: failure },
  told: { ops: { problems: ['ACME_CAA'], since: at } },
  issued: [{ at, names: 'ab' }],
  events: [{ at, event: 'issued', detail: 'ab' }],
  wake: at,
}
