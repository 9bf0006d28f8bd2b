import { expect, test } from 'vitest'
import { painter } from '../../cli/paint.ts'
import { planText } from '../../cli/plan-text.ts'
import { wrapped } from '../../cli/wrap.ts'
import { Failure } from '../../lib/errors.ts'
import type { CertificateFacts, CertificateSpec, KnownProbeResult, PlanItem } from '../../lib/types.ts'

const DAY = 86_400_000
const now = new Date('2026-11-28T06:00:00Z')
const later = (days: number) => new Date(now.getTime() + days * DAY)
const plain = painter({ write: () => true }, { env: {} })

const facts = (change: Partial<CertificateFacts> = {}): CertificateFacts => ({
  names: ['shop.example'],
  serial: 'AB',
  fingerprint: 'ab'.repeat(32),
  keyAlgorithm: 'ecdsa-p256',
  notBefore: later(-30),
  notAfter: later(59),
  issuer: 'C=US, O=Practice, CN=R10',
  ...change,
})
const spec: CertificateSpec = {
  id: 'shop',
  names: ['shop.example', 'new.shop.example'],
  key: 'ecdsa-p256',
  authorities: ['letsencrypt', 'zerossl'],
  profile: 'tlsserver',
  targets: [
    { id: 'fr/edge/https', name: 'fr/edge/https', balancer: 'fr', listener: {} },
    { id: 'us/apps/443', name: 'us/apps/443', balancer: 'us', listener: {} },
  ],
  configHash: 'one',
}
const shows = (certificate: CertificateFacts): KnownProbeResult => ({
  ...{ address: '192.0.2.1', port: 443, serverName: 'shop.example', shows: 'other', reason: undefined },
  ...{ served: { ...certificate, chainPem: '' }, answersSince: now },
})
const current = facts()
const old = facts({ fingerprint: 'cd'.repeat(32), notAfter: later(-1), names: ['shop.example', 'old.example'] })
const objectOf = ({ fingerprint }: CertificateFacts) => `newleaf-prod-shop-${fingerprint.slice(0, 16)}`
const item: PlanItem = {
  spec,
  decision: {
    action: 'issue',
    reason: 'names',
    authorities: [{ authority: 'letsencrypt' }, { authority: 'zerossl' }],
    message: 'its names have changed',
  },
  lost: undefined,
  ...{ current: { ...current, names: ['shop.example', 'gone.example'] }, authority: 'letsencrypt', observed: true },
  ...{ renewAt: later(29), window: undefined, failure: undefined, missing: [], pending: undefined, orphaned: [] },
  health: { healthy: true, conditions: [] },
  targets: {
    'fr/edge/https': {
      ...{ serves: false, endpoints: [], managed: [objectOf(current), objectOf(old)] },
      probes: [shows(old), shows(old), shows(current)],
    },
    'us/apps/443': { error: new Failure('DENIED', 'Linode answered with 401') },
  },
  superseded: {
    'fr/edge/https': [{ object: objectOf(old), after: later(-1) }],
    'us/apps/443': [{ object: objectOf(old), after: later(-1) }],
  },
}
const shown = (items: readonly PlanItem[], change = {}) =>
  planText({ items, obstacles: [], unconfigured: [], credentials: [], ...change }, now, plain)

test('a plan shows names, order, what each target serves now and would then, and what would be deleted', () => {
  expect(shown([item])).toBe(`\
shop  issue (names)
  names      shop.example, + new.shop.example, - gone.example
  current    abababababababab, 59 days left, by R10
  order      from letsencrypt, then zerossl, key ecdsa-p256, profile tlsserver
  fr/edge/https
    now      cdcdcdcdcdcdcdcd, EXPIRED on 2026-11-27 06:00 UTC, by R10:
             shop.example, old.example
    now      the current certificate
    then     a new certificate
    deletes  newleaf-prod-shop-cdcdcdcdcdcdcdcd, now
    deletes  newleaf-prod-shop-abababababababab, a day after that
  us/apps/443
    now      not known: it could not be asked
`)
})

test('what keeps a renewal from succeeding stands below, once, with its place, the reference, what to do and for whom', () => {
  const obstacles = [
    {
      error: new Failure('DENIED', 'Linode answered GET /v4/nodebalancers with 401: Invalid Token'),
      locations: ['balancers.us.options.token', 'balancers.edge.options.token'],
      reference: 'env:LINODE_TOKEN',
      certificates: ['shop', 'blog'],
    },
  ]
  const unconfigured = [
    { balancer: 'fr', object: objectOf(old) },
    { balancer: 'fr', object: objectOf(current), after: later(1) },
  ]
  const text = shown([item], { obstacles, unconfigured })
  expect(text.split('\n\n').slice(1).join('\n\n')).toBe(`\
Created by newleaf, and no longer configured:
  fr: newleaf-prod-shop-cdcdcdcdcdcdcdcd, newleaf does not delete it
  fr: newleaf-prod-shop-abababababababab, deleted in 24 hours

One thing keeps a renewal from succeeding:
  DENIED at balancers.us.options.token (env:LINODE_TOKEN),
    balancers.edge.options.token
    Linode answered GET /v4/nodebalancers with 401: Invalid Token
    to do: see whether a token has expired or lost a right;
           docs/permissions.md lists what is needed
    certificates: shop, blog
`)
})

test('a credential that expires within 30 days stands below, with what to do; any other one does not', () => {
  const credentials = [
    { location: 'dns.main', expiresAt: later(-1) },
    { location: 'balancers.us', expiresAt: later(20) },
    { location: 'secrets', expiresAt: later(60) },
  ]
  const text = shown([item], { credentials })
  expect(text.split('\n\n').slice(1).join('\n\n')).toBe(`\
Credentials that expire:
  dns.main  has expired, 2026-11-27 06:00 UTC (24 hours ago)
    to do: make another one with the same rights at its vendor, and put
           it where the reference in the configuration points
  balancers.us  expires 2026-12-18 06:00 UTC (in 20 days)
    to do: make another one with the same rights at its vendor, and put
           it where the reference in the configuration points
`)
})

test('a certificate whose store cannot be read is not called absent', () => {
  const error = new Failure('STORE_UNREADABLE', 'the master key is missing')
  const unread = { ...item, decision: { action: 'blocked', error } as const, current: undefined, targets: {} }
  const text = shown([{ ...unread, observed: false }])
  expect(text).toContain('shop  blocked (STORE_UNREADABLE)\n')
  expect(text).toContain('  current    not known: it could not be read\n')
  expect(text).not.toContain('no certificate yet')
  expect(shown([{ ...unread, observed: true }])).toContain('  current    no certificate yet\n')
})

test('a certificate that is stored and not active yet is what its targets would serve', () => {
  const pending = facts({ fingerprint: 'ef'.repeat(32) })
  const decision = { action: 'deploy', reason: 'pending', message: 'a new certificate is stored' } as const
  const text = shown([{ ...item, decision, pending }])
  expect(text).toContain('    then     the new certificate that is stored, efefefefefefefef\n')
  expect(text).toContain('  why        a new certificate is stored\n')
})

test('no line is longer than 80 columns, as long as no word is', () => {
  const names = Array.from({ length: 100 }, (_, at) => `name-${at}.shop.example`)
  const wide = { ...item, spec: { ...spec, names } }
  const error = new Failure('DENIED', 'word '.repeat(100))
  const obstacle = { error, locations: names, reference: undefined, certificates: names }
  const lines = shown([wide], { obstacles: [obstacle] }).split('\n')
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  expect(wrapped(`short ${'x'.repeat(90)}`, 4)).toBe(`short\n    ${'x'.repeat(90)}`)
})
