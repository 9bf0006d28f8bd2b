import { describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
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
const full = { ...served, quota: { held: 5, limit: 5, room: 0 } }
const patience = (retryAfter: Date | undefined, code: FailureCode = 'RATE_LIMITED') => ({
  error: new Failure(code, 'not now', { retryAfter }),
})
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
const orphan = (after: Date) => ({ name: 'us/old', balancer: 'us', objects: [{ object: 'old', after }], since: now })
const txt = { name: 'n', value: 'v', zone: 'z', provider: 'p', since: now }
const left = (change: Partial<CertificateDocument>): CertificateDocument => ({ ...emptyDocument, ...change })
const clockWrong = new Failure('CLOCK_WRONG', 'an hour ahead')
const givenUp = (by: 'tries' | 'by hand') => ({ fingerprint: 'ab', tries: 5, since: now, givenUp: by })
const narrow = { ...spec, names: ['shop.example'] }
const leased = (until: Date) => ({ ...emptyDocument, lease: { holder: 'x', fence: 1, until } })
const order = { authority: 'ca', url: 'https://ca.example/order/1' }
const forced = { force: true }
const forcedNot = { force: false }
const byName = { only: ['shop'], force: false }
const attended = { force: false, attended: true }

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
    [
      'one target asks for patience until now',
      { targets: { 'fr/edge': served, 'us/apps': patience(now) } },
      {},
      'blocked RATE_LIMITED',
    ],
    [
      'one target asks for patience and names no moment',
      { targets: { 'fr/edge': served, 'us/apps': patience(undefined) } },
      {},
      'blocked RATE_LIMITED',
    ],
    [
      'one target is busy until a moment that it names',
      { targets: { 'fr/edge': served, 'us/apps': patience(days(1), 'UNAVAILABLE') } },
      {},
      'blocked UNAVAILABLE',
    ],
    [
      'every target asks for patience and it is due',
      { current: stored(30), targets: { 'fr/edge': patience(days(1)), 'us/apps': patience(days(2)) } },
      {},
      'blocked RATE_LIMITED',
    ],
    ['every load balancer is full', { targets: { 'fr/edge': full, 'us/apps': full } }, {}, 'wait fresh'],
    [
      'every load balancer is full and it is due',
      { current: stored(30), targets: { 'fr/edge': full, 'us/apps': trouble } },
      {},
      'blocked TARGET_FULL',
    ],
    [
      'every load balancer is full, as it was a moment ago, and it is due',
      { document: failed('TARGET_FULL', 'observe'), current: stored(30), targets: { 'fr/edge': full } },
      {},
      'wait back-off',
    ],
    [
      'every load balancer is full, it is due, and a target serves something else',
      { current: stored(30), targets: { 'fr/edge': { ...full, ...behind } } },
      {},
      'deploy drift',
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
    ['the API says that a target serves something else', { targets: { 'fr/edge': view(false) } }, {}, 'deploy drift'],
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
      { ...byName, attended: false },
      'wait back-off',
    ],
    ['it failed and a person waits', { document: failed('DENIED'), current: undefined }, attended, 'issue absent'],
    [
      'the authority wants patience and a person waits',
      { document: failed('ACME_RATE_LIMITED'), current: undefined },
      attended,
      'wait retry-after',
    ],
    [
      'the account is paused and a person waits, but names nothing',
      { document: failed('ACME_PAUSED'), current: undefined },
      attended,
      'wait paused',
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
    [
      'a deployment failed a moment ago and a target serves something else',
      {
        document: failed('VERIFY_FAILED', 'deploy'),
        pending: stored(90),
        targets: { 'fr/edge': served, 'us/apps': behind },
      },
      {},
      'deploy drift',
    ],
    [
      'a deployment failed a moment ago and something is left',
      {
        document: { ...superseded(now), ...failed('VERIFY_FAILED', 'deploy'), orphans: [orphan(now)] },
        pending: stored(90),
      },
      {},
      'clean-up orphans',
    ],
    [
      'a deployment failed a moment ago and what is left could not be removed a moment ago',
      {
        document: {
          ...{ ...superseded(now), orphans: [orphan(now)] },
          failures: { ...failed('VERIFY_FAILED', 'deploy').failures, ...failed('DENIED', 'cleanUp').failures },
        },
        pending: stored(90),
      },
      {},
      'wait back-off',
    ],
    [
      'a repair failed a moment ago',
      { document: failed('TARGET_MISSING', 'repair'), targets: { 'fr/edge': served, 'us/apps': behind } },
      {},
      'wait back-off',
    ],
    [
      'a repair failed a moment ago and someone asks for it by name',
      { document: failed('TARGET_MISSING', 'repair'), targets: { 'fr/edge': served, 'us/apps': behind } },
      byName,
      'deploy drift',
    ],
    [
      'a repair failed a moment ago, an order as well, and a target serves something else',
      {
        document: {
          ...emptyDocument,
          failures: { ...failed('TARGET_MISSING', 'repair').failures, ...failed('ACME_SERVER').failures },
        },
        current: stored(30),
        targets: { 'fr/edge': behind },
      },
      {},
      'wait back-off',
    ],
    [
      'a look failed a moment ago, and fails again',
      { document: failed('DENIED', 'observe'), targets: { 'fr/edge': trouble, 'us/apps': trouble } },
      {},
      'wait back-off',
    ],
    ['a look failed a moment ago, and all is well now', { document: failed('DENIED', 'observe') }, {}, 'wait fresh'],
    ['no target is configured', { targets: {} }, {}, 'wait fresh'],
    [
      'it has expired and a target serves something else, while no order may be made',
      { document: failed('ACME_SERVER'), current: stored(-1), targets: { 'fr/edge': behind } },
      {},
      'wait back-off',
    ],
    ...(['incomplete', 'broken', 'other'] as const).map((shows): [string, Partial<Observed>, object, string] => [
      `an address shows ${shows}`,
      { targets: { 'fr/edge': view(true, 'current', shows) } },
      {},
      'deploy drift',
    ]),
    ...(['refused', 'unreachable', 'unknown'] as const).map((shows): [string, Partial<Observed>, object, string] => [
      `an address shows ${shows} that never answered`,
      { targets: { 'fr/edge': view(true, 'current', shows) } },
      {},
      'wait fresh',
    ]),
    ...(['refused', 'unreachable'] as const).map((shows): [string, Partial<Observed>, object, string] => [
      `an address shows ${shows} that answered before`,
      { targets: { 'fr/edge': { ...served, probes: [seenAs(shows, days(-9))] } } },
      {},
      'deploy drift',
    ]),
    [
      'an address that answered before cannot be judged from here',
      { targets: { 'fr/edge': { ...served, probes: [seenAs('unknown', days(-9))] } } },
      {},
      'wait fresh',
    ],
    [
      'certificates are left at a target that is gone',
      { document: left({ orphans: [orphan(now)] }) },
      {},
      'clean-up orphans',
    ],
    [
      'certificates at a target that is gone have their grace',
      { document: left({ orphans: [orphan(days(1))] }) },
      {},
      'wait fresh',
    ],
    [
      'one certificate of two at a target that is gone has its grace',
      {
        document: left({
          orphans: [
            orphan(days(1)),
            {
              ...orphan(now),
              objects: [
                { object: 'a', after: days(1) },
                { object: 'b', after: now },
              ],
            },
          ],
        }),
      },
      {},
      'clean-up orphans',
    ],
    [
      'TXT values are left and could not be removed a moment ago',
      { document: { ...failed('DENIED', 'cleanUp'), challengeRecords: [txt] } },
      {},
      'wait back-off',
    ],
    [
      'a superseded one is past its grace and TXT values could not be removed a moment ago',
      { document: { ...superseded(now), ...failed('DENIED', 'cleanUp'), targets: superseded(now).targets } },
      {},
      'wait back-off',
    ],
    [
      'TXT values are left, and the clock is wrong',
      { document: left({ challengeRecords: [txt] }), clockWrong },
      {},
      'clean-up challenge-records',
    ],
    [
      'a superseded one is past its grace, and the clock is wrong',
      { document: superseded(now), clockWrong },
      {},
      'wait fresh',
    ],
    [
      'certificates are left at a target that is gone, and the clock is wrong',
      { document: left({ orphans: [orphan(now)] }), clockWrong },
      {},
      'wait fresh',
    ],
    [
      'a superseded one is past its grace at a target that is not configured',
      {
        document: left({
          targets: Object.fromEntries(Object.values(superseded(now).targets).map((each) => ['gone', each])),
        }),
      },
      {},
      'wait fresh',
    ],
    [
      'nothing is current, an order is held back, and a superseded one is past its grace',
      {
        document: { ...superseded(now), ...failed('ACME_SERVER'), targets: superseded(now).targets },
        current: undefined,
      },
      {},
      'wait back-off',
    ],
    [
      'an order was begun for another configuration',
      { document: { ...emptyDocument, order }, pending: { ...key, orderSpec: { ...key.orderSpec, key: 'rsa-2048' } } },
      {},
      'wait fresh',
    ],
    [
      'one was given up after five tries',
      { document: left({ rejected: givenUp('tries') }), pending: stored(90) },
      {},
      'wait fresh',
    ],
    [
      'one was given up after five tries and someone asks for it by name',
      { document: left({ rejected: givenUp('tries') }), pending: stored(90) },
      byName,
      'deploy pending',
    ],
    [
      'one was dropped by hand and someone asks for it by name',
      { document: left({ rejected: givenUp('by hand') }), pending: stored(90) },
      byName,
      'wait fresh',
    ],
    [
      'another one than the one that was given up is pending',
      { document: left({ rejected: { ...givenUp('tries'), fingerprint: 'cd' } }), pending: stored(90) },
      {},
      'deploy pending',
    ],
    [
      'one was not taken twice, and is tried again',
      { document: left({ rejected: { fingerprint: 'ab', tries: 2, since: now } }), pending: stored(90) },
      {},
      'deploy pending',
    ],
    ['it is due at this moment', { current: stored(30) }, {}, 'issue due'],
    ['it is due in a moment', { current: stored(30 + 1 / DAY) }, {}, 'wait fresh'],
    [
      'the authority wants to be left alone since another one has issued',
      { document: left({ cooldowns: { 'authorities/ca': days(1) } }), current: stored(30) },
      forced,
      'wait retry-after',
    ],
    [
      'the authority wanted to be left alone until now',
      { document: left({ cooldowns: { 'authorities/ca': now } }), current: stored(30) },
      {},
      'issue due',
    ],
    [
      'it failed and may be tried again now',
      { document: failed('UNREACHABLE', 'issue', 'one', now), current: undefined },
      {},
      'issue absent',
    ],
    [
      'the authority wanted patience until now, and is asked by nobody',
      { document: failed('ACME_RATE_LIMITED', 'issue', 'one', now), current: undefined },
      {},
      'issue absent',
    ],
    [
      'F-55: another certificate was revoked before this one',
      {
        document: failed('ACME_VALIDATION_FAILED'),
        knownWindow: { ...ahead, fingerprint: 'cd' },
        window: past,
      },
      {},
      'wait back-off',
    ],
    [
      'F-43: the account is paused, and the authority has revoked it since the last look',
      { document: failed('ACME_PAUSED'), knownWindow: ahead, window: past },
      {},
      'wait paused',
    ],
    [
      'F-43: the account was found paused with a new name, and the old ones are due',
      { document: failed('ACME_PAUSED', 'expand'), current: stored(30, narrow) },
      {},
      'wait paused',
    ],
    [
      'F-83: a new name was refused, and is asked for by name',
      { document: failed('ACME_CAA', 'expand'), current: stored(60, narrow) },
      byName,
      'issue names',
    ],
    [
      'F-83: the old names were refused, and a new one is wanted',
      { document: failed('ACME_CAA'), current: stored(60, narrow) },
      {},
      'issue names',
    ],
    [
      'two targets are in trouble: the first is told',
      {
        targets: {
          ...{ 'fr/edge': served, 'us/apps': trouble },
          'us/more': { error: new Failure('UNREACHABLE', 'gone') },
        },
      },
      {},
      'blocked DENIED',
    ],
    ['a run had it until now', { document: leased(now), current: undefined }, {}, 'issue absent'],
    [
      'it ends at this moment and a target serves something else, while no order may be made',
      { document: failed('ACME_SERVER'), current: stored(0), targets: { 'fr/edge': behind } },
      {},
      'wait back-off',
    ],
    [
      'F-83: every name is another one, and more were refused before',
      { document: failed('ACME_CAA', 'expand'), current: stored(30, { ...spec, names: ['old.example'] }) },
      {},
      'issue names',
    ],
    [
      'F-55: the authority has moved its window, which lies ahead, and an order failed a moment ago',
      { document: failed('ACME_VALIDATION_FAILED'), current: stored(30), knownWindow: ahead, window: ahead },
      {},
      'wait back-off',
    ],
    [
      'one was given up after five tries and someone wants it deployed',
      { document: left({ rejected: givenUp('tries') }), pending: stored(90) },
      { deploy: true },
      'deploy pending',
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

  test('one of whose targets asks for patience is looked at after that, where nothing is to be done', () => {
    for (const targets of [
      { 'fr/edge': served, 'us/apps': patience(days(1)) },
      { 'fr/edge': patience(days(1)), 'us/apps': patience(days(2)) },
    ]) {
      const decision = decide(spec, { ...well, targets }, now, forcedNot)
      expect(decision).toEqual({ action: 'wait', reason: 'fresh', until: days(1), message: 'not now' })
    }
  })

  test.each<[reason: string, message: string, Partial<Observed>, request?: Partial<RunRequest>, of?: CertificateSpec]>([
    ['fresh', `all is as configured; it is renewed on ${days(30).toISOString()}`, {}],
    [
      'locked',
      `locked by another run, until ${days(1).toISOString()} at most; it may be dead: newleaf unlock shop`,
      { document: leased(days(1)) },
    ],
    ['forced', 'a new certificate was requested by force', {}, forced],
    ['absent', 'there is no certificate yet', { current: undefined }],
    ['pending', 'a new certificate is stored, and not active yet', { pending: stored(90) }],
    ['requested', 'a deployment was requested', {}, { deploy: true }],
    [
      'names',
      'its names have changed: + *.shop.example, - old.example',
      { current: stored(60, { ...spec, names: ['shop.example', 'old.example'] }) },
    ],
    [
      'degraded',
      'its renewal is due, and no certificate could be issued with *.shop.example',
      { document: failed('ACME_CAA', 'expand'), current: stored(30, narrow) },
    ],
    [
      'config',
      'the configuration has changed: key rsa-2048 → ecdsa-p256, profile short → none',
      { current: stored(60, { ...spec, key: 'rsa-2048', profile: 'short' }) },
    ],
    [
      'config',
      'the configuration has changed: profile none → short',
      {},
      {},
      { ...spec, profile: 'short', authorities: ['ca', 'other'] },
    ],
    [
      'config',
      'the configuration has changed: authority old → ca or other',
      { current: stored(60, { ...spec, authorities: ['old'] }) },
      {},
      { ...spec, authorities: ['ca', 'other'] },
    ],
    [
      'config',
      'the configuration has changed: the directory of ca',
      {
        current: {
          ...stored(60),
          orderSpec: orderSpecOf(spec, { authority: 'ca', directory: 'https://old.example/' }, 'test'),
        },
        issuers: [{ authority: 'ca', directory: 'https://new.example/' }],
      },
    ],
    ['due', `its renewal was due on ${days(-1).toISOString()}`, { current: stored(29) }],
    ['resumed', 'an earlier run has begun an order', { document: { ...emptyDocument, order }, pending: key }],
    [
      'drift',
      'not served as it should be: fr/edge, us/apps',
      { targets: { 'fr/edge': behind, 'us/apps': lying, 'us/well': served } },
    ],
    ['challenge-records', 'TXT values to be removed: 2', { document: left({ challengeRecords: [txt, txt] }) }],
    ['superseded', 'superseded certificates to be deleted: 1', { document: superseded(now) }],
    [
      'orphans',
      'certificates to be deleted at targets that left the configuration: us/old, us/older',
      { document: left({ orphans: [orphan(now), { ...orphan(now), name: 'us/older' }] }) },
    ],
    [
      'back-off',
      `it failed (UNREACHABLE), and newleaf does not try again by itself until ${days(1).toISOString()}`,
      { document: failed('UNREACHABLE'), current: undefined },
    ],
    [
      'retry-after',
      `ca asked newleaf to wait (ACME_RATE_LIMITED) until ${days(1).toISOString()}`,
      { document: failed('ACME_RATE_LIMITED'), current: undefined },
    ],
    [
      'retry-after',
      `the last answer asked newleaf to wait (RATE_LIMITED) until ${days(1).toISOString()}`,
      { document: failed('RATE_LIMITED'), current: undefined },
    ],
    [
      'retry-after',
      `ca asked newleaf to wait until ${days(2).toISOString()}`,
      { document: left({ cooldowns: { 'authorities/ca': days(2) } }), current: undefined },
    ],
    ['paused', 'the authority has paused the account', { document: failed('ACME_PAUSED'), current: undefined }],
    [
      'paused',
      `the configuration names no authority; nothing is ordered until ${days(1).toISOString()}`,
      { issuers: [], current: undefined },
    ],
    [
      'budget',
      `ca has issued 3 for these names in 168 hours (${[-6, -5, -1].map((day) => days(day).toISOString().slice(0, 10)).join(', ')}); another authority may be configured; no more is ordered from ca until ${days(1).toISOString()}`,
      { document: issued(6, 5, 1), current: undefined },
    ],
  ])('because %s is said as: %s', (reason, message, seen, request = {}, of = spec) => {
    expect(decide(of, { ...well, ...seen }, now, { force: false, ...request })).toMatchObject({ reason, message })
  })

  test.each<[situation: string, message: string, current: StoredCertificate | undefined, imported: boolean]>([
    ['there is none', 'there is no certificate yet: order one with `newleaf renew`', undefined, false],
    ['it has expired', 'the certificate has expired: order one with `newleaf renew`', stored(0), false],
    [
      'a name is missing in one that is brought',
      'the certificate does not cover *.shop.example: bring one with `newleaf import shop --file FILE`',
      stored(60, narrow),
      true,
    ],
  ])('what cannot be deployed because %s is blocked, with the way out', (_situation, message, current, imported) => {
    const of: CertificateSpec = imported ? { ...spec, imported: true } : spec
    const decision = decide(of, { ...well, current }, now, { force: false, deploy: true })
    expect(decision).toMatchObject({ action: 'blocked', error: { message: `shop: ${message}` } })
  })

  test('one that is ordered is deployed for the names that it has, whatever else is asked for', () => {
    const decision = decide(spec, { ...well, current: stored(60, narrow) }, now, { force: false, deploy: true })
    expect(decision).toMatchObject({ action: 'deploy', reason: 'requested' })
  })

  test('a paused account is asked about once a day', () => {
    const decision = decide(spec, { ...well, document: failed('ACME_PAUSED'), current: undefined }, now, forcedNot)
    expect(decision).toMatchObject({ until: days(1) })
  })
})

describe('of several authorities', () => {
  const two = { ...spec, authorities: ['ca', 'other'] as const }
  const issuers = [{ authority: 'ca' }, { authority: 'other' }]
  const at = (...names: string[]): CertificateDocument => ({
    ...emptyDocument,
    failures: {
      authorities: Object.fromEntries(
        names.map((name, hours) => [
          name,
          { issue: { ...failed('UNREACHABLE').failures.authorities?.ca?.issue, notBefore: days(1 + hours) } },
        ]),
      ),
    } as NonNullable<CertificateDocument['failures']>,
  })
  const asked = (document: CertificateDocument, current: StoredCertificate | undefined = undefined) =>
    decide(two, { ...well, issuers, document, current }, now, { force: false })

  test('all are asked, in the order of the configuration', () => {
    expect(asked(emptyDocument)).toMatchObject({ action: 'issue', authorities: issuers })
  })

  test('those that have failed a moment ago are left out', () => {
    expect(asked(at('ca'))).toMatchObject({ action: 'issue', authorities: [{ authority: 'other' }] })
    expect(asked(at('other'))).toMatchObject({ action: 'issue', authorities: [{ authority: 'ca' }] })
  })

  test('none is asked when each has failed a moment ago, until the first may be tried again', () => {
    expect(asked(at('ca', 'other'))).toMatchObject({ action: 'wait', reason: 'back-off', until: days(1) })
    expect(asked(at('other', 'ca'))).toMatchObject({ action: 'wait', reason: 'back-off', until: days(1) })
  })

  test('a new name counts as refused when each has refused it', () => {
    const refused = (...names: string[]): CertificateDocument => ({
      ...emptyDocument,
      failures: {
        authorities: Object.fromEntries(
          names.map((name) => [name, { expand: failed('ACME_CAA').failures.authorities?.ca?.issue }]),
        ),
      } as NonNullable<CertificateDocument['failures']>,
    })
    expect(asked(refused('ca'), stored(30, narrow))).toMatchObject({
      reason: 'names',
      authorities: [{ authority: 'other' }],
    })
    expect(asked(refused('ca', 'other'), stored(30, narrow))).toMatchObject({
      reason: 'degraded',
      authorities: issuers,
    })
  })

  test('a certificate of any of them is as wanted', () => {
    expect(asked(emptyDocument, stored(60, { ...spec, authorities: ['other'] }))).toMatchObject({ reason: 'fresh' })
    expect(asked(emptyDocument, stored(60, { ...spec, authorities: ['third'] }))).toMatchObject({ reason: 'config' })
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
    ['it ends at this moment', { current: bought(0) }, {}, 'blocked CERTIFICATE_MISSING'],
    ['someone wants it deployed', { current: bought(60) }, { deploy: true }, 'deploy requested'],
    ['its renewal would be due', { current: bought(1), window: past }, {}, 'wait fresh'],
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

  test('one that is brought is left alone until it ends', () => {
    const decision = decide(brought, { ...well, issuers, current: bought(60) }, now, { force: false })
    expect(decision).toMatchObject({
      until: days(60),
      message: `all is as configured; it ends on ${days(60).toISOString()}`,
    })
  })
})
