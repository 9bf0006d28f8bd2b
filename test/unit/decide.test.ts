import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { decide } from '../../lib/policy/decide.ts'
import { withIssued } from '../../lib/policy/issuance-budget.ts'
import type { Observed } from '../../lib/policy/observed.ts'
import { orderSpecOf } from '../../lib/policy/order-spec.ts'
import type { StoredCertificate, StoredKey } from '../../lib/secrets/codec.ts'
import { type CertificateDocument, emptyDocument } from '../../lib/state/document.ts'
import { ATTEMPTS, type Attempt, type OrderKind } from '../../lib/state/failures.ts'
import type { CertificateSpec, KnownProbeResult, RunRequest, Shows } from '../../lib/types.ts'
import { shop as spec } from '../support/memory-world.ts'

const DAY = 86_400_000
const now = new Date('2026-11-22T06:00:00Z')
const CA = { authority: 'ca' }
const days = (count: number) => new Date(now.getTime() + count * DAY)

const stored = (left: number, of: CertificateSpec = spec): StoredCertificate => ({
  kind: 'certificate',
  orderSpec: orderSpecOf(of, { authority: of.authorities[0] }, 'test'),
  certificate: {
    names: of.names,
    serial: '01',
    fingerprint: 'ab',
    keyAlgorithm: 'ecdsa-p256',
    notBefore: days(left - 90),
    notAfter: days(left),
    issuer: 'CN=CA',
    chainPem: '',
    privateKeyPem: new Secret(''),
  },
})
const key: StoredKey = { kind: 'key', orderSpec: orderSpecOf(spec, CA, 'test'), privateKeyPem: new Secret('') }
const seenAs = (shows: Shows, answersSince?: Date): KnownProbeResult => ({
  ...{ address: '10.0.0.1', port: 443, serverName: 'shop.example', shows, answersSince },
  ...{ served: undefined, reason: undefined },
})
const view = (serves: boolean, ...shows: Shows[]) => ({
  serves,
  endpoints: [],
  probes: shows.map((each) => seenAs(each)),
})
const served = view(true, 'current', 'unreachable')
const behind = view(false, 'other')
const lying = view(true, 'current', 'other')
const trouble = { error: new Failure('DENIED', 'no') }
const well: Observed = {
  document: emptyDocument,
  current: stored(60),
  pending: undefined,
  window: undefined,
  targets: { 'fr/edge': served, 'us/apps': served },
  issuers: [{ ...CA, issuanceLimit: { certificates: 5, within: 7 * DAY } }],
}
const failed = (code: string, attempt: Attempt | OrderKind = 'issue', configHash = 'one', notBefore = days(1)) => {
  const failure = { count: 1, code, message: 'x', at: now, notBefore, configHash }
  const isOrder = !(ATTEMPTS as readonly string[]).includes(attempt)
  return {
    ...emptyDocument,
    failures: isOrder ? { authorities: { ca: { [attempt]: failure } } } : { [attempt]: failure },
  }
}
/** Issued for the names of the specification, so many days ago. */
const issued = (...ago: number[]): CertificateDocument =>
  ago.reduce(
    (document, each) => withIssued(document, spec.names, CA, days(-each)),
    emptyDocument as CertificateDocument,
  )
const past = { start: days(-3), end: days(-2), checkAfter: days(1) }
const ahead = { fingerprint: 'ab', start: days(20), end: days(21), checkAfter: now }
const superseded = (after: Date): CertificateDocument => ({
  ...emptyDocument,
  targets: {
    'fr/edge': {
      ...{ name: 'fr/edge', balancer: 'fr', verified: true, addresses: {}, objects: ['old'] },
      superseded: [{ object: 'old', after }],
    },
  },
})
const narrow = { ...spec, names: ['shop.example'] }
const leased = (until: Date) => ({ ...emptyDocument, lease: { holder: 'x', fence: 1, until } })
const order = { authority: 'ca', url: 'https://ca.example/order/1' }
const forced = { force: true }
const byName = { only: ['shop'], force: false }

describe('what is done about a certificate', () => {
  test.each<[situation: string, Partial<Observed>, request: Partial<RunRequest>, answer: string]>([
    ['all is well', {}, {}, 'wait fresh'],
    ['there is none', { current: undefined }, {}, 'issue absent'],
    ['a third of its life is left', { current: stored(30) }, {}, 'issue due'],
    [
      'one target asks for patience, and the other may be tried again sooner',
      { targets: { 'fr/edge': { error: new Failure('RATE_LIMITED', 'not now') }, 'us/apps': trouble } },
      {},
      'blocked DENIED',
    ],
    ['the names have changed', { current: stored(60, { ...spec, names: ['shop.example'] }) }, {}, 'issue names'],
    [
      'the same names stand in another order',
      { current: stored(60, { ...spec, names: [...spec.names].reverse() }) },
      {},
      'wait fresh',
    ],
    ['another key is wanted', { current: stored(60, { ...spec, key: 'rsa-2048' }) }, {}, 'issue config'],
    [
      'F-54: another authority is wanted',
      { current: stored(60, { ...spec, authorities: ['old'] }) },
      {},
      'issue config',
    ],
    ['another profile is wanted', { current: stored(60, { ...spec, profile: 'short' }) }, {}, 'issue config'],
    ['someone forces it', {}, forced, 'issue forced'],
    ['someone forces it while one is pending', { pending: stored(90) }, forced, 'issue forced'],
    ['one is pending', { pending: stored(90) }, {}, 'deploy pending'],
    [
      'the pending one is for other names',
      { pending: stored(90, { ...spec, names: ['old.example'] }) },
      {},
      'wait fresh',
    ],
    ['the pending one has expired', { pending: stored(-1) }, {}, 'wait fresh'],
    ['only a key is pending', { pending: key }, {}, 'wait fresh'],
    ['an order was begun', { document: { ...emptyDocument, order }, pending: key }, {}, 'issue resumed'],
    ['an order was begun whose key is gone', { document: { ...emptyDocument, order } }, {}, 'wait fresh'],
    ['a target serves something else', { targets: { 'fr/edge': served, 'us/apps': behind } }, {}, 'deploy drift'],
    ['an address shows something else', { targets: { 'fr/edge': served, 'us/apps': lying } }, {}, 'deploy drift'],
    ['one is behind and one in trouble', { targets: { 'fr/edge': behind, 'us/apps': trouble } }, {}, 'deploy drift'],
    ['one is in trouble', { targets: { 'fr/edge': served, 'us/apps': trouble } }, {}, 'blocked DENIED'],
    [
      'one is in trouble and it is due',
      { current: stored(30), targets: { 'fr/edge': served, 'us/apps': trouble } },
      {},
      'issue due',
    ],
    [
      'every target is in trouble',
      { current: stored(30), targets: { 'fr/edge': trouble, 'us/apps': trouble } },
      {},
      'blocked DENIED',
    ],
    ['a superseded one is past its grace', { document: superseded(now) }, {}, 'clean-up superseded'],
    [
      'TXT values are left',
      {
        document: {
          ...emptyDocument,
          challengeRecords: [{ name: 'n', value: 'v', zone: 'z', provider: 'p', since: now }],
        },
      },
      {},
      'clean-up challenge-records',
    ],
    ['a superseded one is in its grace', { document: superseded(days(1)) }, {}, 'wait fresh'],
    ['another run has it', { document: leased(days(1)) }, {}, 'wait locked'],
    ['another run has it and someone forces it', { document: leased(days(1)) }, forced, 'wait locked'],
    ['a dead run had it', { document: leased(days(-1)), current: undefined }, {}, 'issue absent'],
    ['it failed a moment ago', { document: failed('UNREACHABLE'), current: undefined }, {}, 'wait back-off'],
    [
      'it failed and the configuration has changed',
      { document: failed('DENIED', 'issue', 'old'), current: undefined },
      {},
      'issue absent',
    ],
    [
      'it failed and someone asks for it by name',
      { document: failed('DENIED'), current: undefined },
      byName,
      'issue absent',
    ],
    [
      'it failed and a queue asks for it by name',
      { document: failed('DENIED'), current: undefined },
      { ...byName, unattended: true },
      'wait back-off',
    ],
    ['it failed and someone forces it', { document: failed('DENIED') }, forced, 'issue forced'],
    [
      'the authority wants patience',
      { document: failed('ACME_RATE_LIMITED'), current: undefined },
      {},
      'wait retry-after',
    ],
    [
      'the authority wants patience and someone forces it',
      { document: failed('ACME_RATE_LIMITED') },
      forced,
      'wait retry-after',
    ],
    [
      'the authority wants patience and the configuration has changed',
      { document: failed('ACME_RATE_LIMITED', 'issue', 'old'), current: undefined },
      {},
      'wait retry-after',
    ],
    [
      'ordering is held back and a target serves something else',
      { document: failed('ACME_RATE_LIMITED'), current: stored(30), targets: { 'fr/edge': served, 'us/apps': behind } },
      {},
      'deploy drift',
    ],
    [
      'a deployment failed a moment ago',
      { document: failed('VERIFY_FAILED', 'deploy'), pending: stored(90) },
      {},
      'wait back-off',
    ],
    [
      'a deployment failed a moment ago and another certificate is due',
      { document: failed('TARGET_MISSING', 'deploy'), current: stored(30) },
      {},
      'issue due',
    ],
    ['F-43: the account is paused', { document: failed('ACME_PAUSED'), current: stored(30) }, {}, 'wait paused'],
    [
      'F-43: the account is paused, however long ago',
      { document: failed('ACME_PAUSED', 'issue', 'one', days(-30)), current: stored(1) },
      {},
      'wait paused',
    ],
    [
      'F-43: the account is paused and a target serves something else',
      { document: failed('ACME_PAUSED'), targets: { 'fr/edge': served, 'us/apps': behind } },
      {},
      'deploy drift',
    ],
    [
      'F-43: the account was paused and someone asks for it by name',
      { document: failed('ACME_PAUSED'), current: stored(30) },
      byName,
      'issue due',
    ],
    [
      'F-43: the account was paused and the configuration has changed',
      { document: failed('ACME_PAUSED', 'issue', 'old'), current: stored(30) },
      {},
      'issue due',
    ],
    ['F-5A: it was issued twice this week', { document: issued(6, 5), current: stored(30) }, {}, 'issue due'],
    [
      'F-5A: it was issued three times this week',
      { document: issued(6, 5, 1), current: stored(30) },
      {},
      'wait budget',
    ],
    ['F-5A: the first of three is a week ago', { document: issued(7, 5, 1), current: stored(30) }, {}, 'issue due'],
    ['F-5A: it was issued three times and someone forces it', { document: issued(6, 5, 1) }, forced, 'wait budget'],
    [
      'F-5A: it was issued three times for other names',
      {
        document: { ...issued(6, 5, 1), ...failed('ACME_CAA', 'expand'), issued: issued(6, 5, 1).issued },
        current: stored(30, narrow),
      },
      {},
      'issue degraded',
    ],
    [
      'F-5A: it was issued three times and the authority has revoked the last one',
      { document: issued(6, 5, 1), window: past },
      {},
      'issue due',
    ],
    [
      'F-55: the authority has revoked it since the last look, and an order failed a moment ago',
      { document: failed('ACME_VALIDATION_FAILED'), knownWindow: ahead, window: past },
      {},
      'issue due',
    ],
    [
      'F-55: the authority revoked it some looks ago, and an order failed a moment ago',
      { document: failed('ACME_VALIDATION_FAILED'), knownWindow: { ...past, fingerprint: 'ab' }, window: past },
      {},
      'wait back-off',
    ],
    [
      'F-55: the authority says now, and later, and now again, and an order failed a moment ago',
      { document: failed('ACME_VALIDATION_FAILED'), knownWindow: { ...ahead, suggestedNow: true }, window: past },
      {},
      'wait back-off',
    ],
    [
      'F-55: the window has passed while nothing could be ordered',
      { document: failed('ACME_VALIDATION_FAILED'), current: stored(20), window: past },
      {},
      'wait back-off',
    ],
    [
      'F-55: the authority has revoked it, and asks for patience',
      { document: failed('ACME_RATE_LIMITED'), knownWindow: ahead, window: past },
      {},
      'wait retry-after',
    ],
    [
      'F-5A: it was issued five times, whatever the authority says',
      { document: issued(6, 5, 4, 3, 1), window: past },
      {},
      'wait budget',
    ],
    [
      'F-5A: it was issued three times and a target serves something else',
      { document: issued(6, 5, 1), current: stored(30), targets: { 'fr/edge': behind, 'us/apps': served } },
      {},
      'deploy drift',
    ],
    [
      'F-83: a new name was refused and the old ones are not due',
      { document: failed('ACME_VALIDATION_FAILED', 'expand'), current: stored(60, narrow) },
      {},
      'wait back-off',
    ],
    [
      'F-83: a new name was refused and the old ones are due',
      { document: failed('ACME_VALIDATION_FAILED', 'expand'), current: stored(30, narrow) },
      {},
      'issue degraded',
    ],
    [
      'F-83: a new name was refused, and so were the old ones a moment ago',
      {
        document: {
          ...emptyDocument,
          failures: {
            authorities: {
              ca: {
                ...failed('DNS_NO_ZONE', 'expand').failures.authorities?.ca,
                ...failed('ACME_SERVER').failures.authorities?.ca,
              },
            },
          },
        },
        current: stored(30, narrow),
      },
      {},
      'wait back-off',
    ],
    ['F-83: a new name was never tried', { current: stored(30, narrow) }, {}, 'issue names'],
    [
      'F-83: a new name was refused under another configuration',
      { document: failed('ACME_CAA', 'expand', 'old'), current: stored(30, narrow) },
      {},
      'issue names',
    ],
    [
      'F-83: a new name was refused and may be tried again',
      { document: failed('ACME_CAA', 'expand', 'one', now), current: stored(60, narrow) },
      {},
      'issue names',
    ],
    [
      'F-83: a new name was refused and one for the old ones is pending',
      { document: failed('ACME_CAA', 'expand'), current: stored(30, narrow), pending: stored(90, narrow) },
      {},
      'deploy pending',
    ],
    [
      'F-83: every name is another one',
      { document: failed('ACME_CAA'), current: stored(30, { ...spec, names: ['old.example'] }) },
      {},
      'wait back-off',
    ],
    [
      'F-83: the authority wants patience for a new name and the old ones are due',
      { document: failed('ACME_RATE_LIMITED', 'expand'), current: stored(30, narrow) },
      {},
      'wait retry-after',
    ],
    ['someone wants it deployed', {}, { deploy: true }, 'deploy requested'],
    ['someone wants it deployed and it is due', { current: stored(30) }, { deploy: true }, 'deploy requested'],
    ['someone wants it deployed and one is pending', { pending: stored(90) }, { deploy: true }, 'deploy pending'],
    [
      'someone wants it deployed and there is none',
      { current: undefined },
      { deploy: true },
      'blocked CERTIFICATE_MISSING',
    ],
    [
      'someone wants it deployed and it has expired',
      { current: stored(-1) },
      { deploy: true },
      'blocked CERTIFICATE_MISSING',
    ],
    [
      'a deployment failed a moment ago and someone wants it deployed',
      { document: failed('VERIFY_FAILED', 'deploy') },
      { deploy: true },
      'deploy requested',
    ],
  ])('when %s', (_situation, seen, request, answer) => {
    const decision = decide(spec, { ...well, ...seen }, now, { force: false, ...request })
    const reason = decision.action === 'blocked' ? decision.error.code : decision.reason
    expect(`${decision.action} ${reason}`).toBe(answer)
  })

  test('a fresh one is left alone until its renewal', () => {
    expect(decide(spec, well, now, { force: false })).toMatchObject({ until: days(30) })
  })
})

describe('what is done about a certificate that a person brings', () => {
  const brought: CertificateSpec = { ...spec, imported: true, authorities: ['imported'] }
  const issuers = [{ authority: 'imported' }]
  const bought = (left: number, names = spec.names): StoredCertificate => ({
    ...stored(left, { ...brought, names }),
    orderSpec: { ...orderSpecOf(brought, { authority: 'imported' }, 'test'), key: 'rsa-2048' },
  })
  test.each<[situation: string, Partial<Observed>, request: Partial<RunRequest>, answer: string]>([
    ['all is well', { current: bought(60) }, {}, 'wait fresh'],
    ['there is none', { current: undefined }, {}, 'blocked CERTIFICATE_MISSING'],
    ['a day of its life is left', { current: bought(1) }, {}, 'wait fresh'],
    ['someone forces it', { current: bought(1) }, forced, 'wait fresh'],
    ['it has expired', { current: bought(-1) }, {}, 'blocked CERTIFICATE_MISSING'],
    ['it was just brought', { current: bought(1), pending: bought(90) }, {}, 'deploy pending'],
    ['a target serves something else', { current: bought(60), targets: { 'fr/edge': behind } }, {}, 'deploy drift'],
    ['it covers fewer names', { current: bought(60, ['shop.example']) }, {}, 'blocked CERTIFICATE_MISSING'],
    [
      'a wildcard covers its names',
      { current: bought(60, ['*.shop.example', 'shop.example', 'more.example']) },
      {},
      'wait fresh',
    ],
  ])('when %s', (_situation, seen, request, answer) => {
    const decision = decide(brought, { ...well, issuers, ...seen }, now, { force: false, ...request })
    const reason = decision.action === 'blocked' ? decision.error.code : decision.reason
    expect(`${decision.action} ${reason}`).toBe(answer)
  })
})
