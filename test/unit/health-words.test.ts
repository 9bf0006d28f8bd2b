import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { firstCode, type HealthInput, healthOf } from '../../lib/policy/health.ts'
import { servingOfEntry, servingOfResult, servingOfView } from '../../lib/policy/serving.ts'
import { unhealthy, unhealthyThough } from '../../lib/policy/unhealthy.ts'
import type { TargetEntry } from '../../lib/state/document.ts'
import type { FailureMemory } from '../../lib/state/failures.ts'
import type { CertificateFacts, KnownProbeResult, Shows } from '../../lib/types.ts'
import { shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const now = new Date('2026-11-22T06:00:00Z')
const later = (ms: number) => new Date(now.getTime() + ms)
const living = (left: number): CertificateFacts => ({
  ...{ names: shop.names, serial: '01', fingerprint: 'ab', keyAlgorithm: 'ecdsa-p256', issuer: 'CN=CA' },
  ...{ notBefore: later(left - 90 * DAY), notAfter: later(left) },
})
const spec = { ...shop, targets: shop.targets.slice(0, 1) }
const seen = { state: 'verified', addresses: 1, unseen: [] } as const
const well: HealthInput = {
  spec,
  current: living(60 * DAY),
  authority: 'ca',
  document: {},
  targets: { 'fr/edge': seen },
}
const said = (known: Partial<HealthInput>) =>
  healthOf({ ...well, ...known }, now).conditions.map(({ code, message }) => `${code} ${message}`)
const codes = (known: Partial<HealthInput>) => healthOf({ ...well, ...known }, now).conditions.map(({ code }) => code)
const failure = (code: string, notBefore = later(DAY)): FailureMemory => ({
  ...{ count: 1, code, message: 'no', at: now, notBefore, configHash: 'one' },
})
const denied = new Failure('DENIED', 'no')
const held = (reason: 'back-off' | 'budget' | 'fresh') =>
  ({ action: 'wait', until: later(DAY), reason, message: 'it waits' }) as const

describe('the first word for what keeps a certificate from being healthy', () => {
  test('is the worst, and there is none for a healthy one', () => {
    const failed = { state: 'failed', failure: { code: 'DENIED', message: 'no' } } as const
    const both = { current: living(-1), targets: { 'fr/edge': failed } }
    expect(codes(both)).toEqual(['EXPIRED', 'FAILED'])
    expect(firstCode(healthOf({ ...well, ...both }, now))).toBe('EXPIRED')
    expect(firstCode(healthOf(well, now))).toBeUndefined()
    const orphan = { name: 'us/old', balancer: 'us', objects: [{ object: 'a', after: now }], since: now }
    expect(firstCode(healthOf({ ...well, document: { orphans: [orphan] } }, now))).toBeUndefined()
    expect(firstCode({ healthy: false, conditions: [] })).toBe('NOT_DONE')
  })

  test('is the worst of those that are said, whatever was found first', () => {
    const document = { failures: { cleanUp: failure('DENIED') }, nextLook: later(-DAY) }
    expect(codes({ document, held: held('budget') })).toEqual(['BUDGET_SPENT', 'OVERDUE', 'CLEAN_UP_FAILED'])
  })
})

describe('a certificate', () => {
  test('has expired at its last moment, and ends soon after the moment at which its last sixth begins', () => {
    expect([codes({ current: living(0) }), codes({ current: living(1) })]).toEqual([['EXPIRED'], ['EXPIRES_SOON']])
    expect([codes({ current: living(15 * DAY) }), codes({ current: living(15 * DAY - 1) })]).toEqual([
      [],
      ['EXPIRES_SOON'],
    ])
  })

  test('that there is not is missing everywhere: nothing more is said of its targets', () => {
    expect(codes({ current: undefined, targets: { 'fr/edge': { state: 'broken', why: 'x' } } })).toEqual([
      'NO_CERTIFICATE',
    ])
  })

  test('is overdue more than three hours after it was to be looked at', () => {
    expect(codes({ document: { nextLook: later(-3 * HOUR) } })).toEqual([])
    expect(codes({ document: { nextLook: later(-3 * HOUR - 1) } })).toEqual(['OVERDUE'])
  })
})

describe('what failed', () => {
  test('is said with when it is tried again, and without where that may be now', () => {
    const again = `it is tried again from ${later(DAY).toISOString()} on`
    expect(said({ document: { failures: { deploy: failure('DENIED') } } })).toEqual([`BACK_OFF DENIED: no; ${again}`])
    expect(said({ document: { failures: { deploy: failure('DENIED', now) } } })).toEqual(['BACK_OFF DENIED: no'])
  })

  test('at a target and is remembered is said once', () => {
    const failures = { deploy: failure('DENIED'), repair: failure('UNREACHABLE') }
    const at = (code: string, message = 'no') =>
      codes({ document: { failures }, targets: { 'fr/edge': { state: 'failed', failure: { code, message } } } })
    expect(at('DENIED')).toEqual(['BACK_OFF', 'BACK_OFF'])
    expect(at('UNREACHABLE')).toEqual(['BACK_OFF', 'BACK_OFF'])
    expect(at('REJECTED')).toEqual(['FAILED', 'BACK_OFF', 'BACK_OFF'])
    expect(at('DENIED', 'of another reason')).toEqual(['FAILED', 'BACK_OFF', 'BACK_OFF'])
  })

  test('and holds the next try back is said once, and another reason to wait beside it', () => {
    const document = { failures: { deploy: failure('DENIED') } }
    expect(codes({ document, held: held('back-off') })).toEqual(['BACK_OFF'])
    expect(codes({ held: held('back-off') })).toEqual(['BACK_OFF'])
    expect(codes({ document, held: held('budget') })).toEqual(['BACK_OFF', 'BUDGET_SPENT'])
    expect(codes({ document, held: held('fresh') })).toEqual(['BACK_OFF'])
  })

  test('and left something undone is said once', () => {
    const document = { failures: { deploy: failure('DENIED') } }
    expect(codes({ document, undone: { code: 'DENIED', message: 'no' } })).toEqual(['BACK_OFF'])
    expect(codes({ document, undone: { code: 'REJECTED', message: 'no' } })).toEqual(['BACK_OFF', 'NOT_DONE'])
    const two = { failures: { deploy: failure('DENIED'), repair: failure('REJECTED') } }
    expect(codes({ document: two, undone: { code: 'DENIED', message: 'no' } })).toEqual(['BACK_OFF', 'BACK_OFF'])
  })

  test('with more names makes a certificate degraded, if there is one', () => {
    const document = { failures: { authorities: { ca: { expand: failure('ACME_CAA') } } } }
    expect(codes({ document })).toEqual(['DEGRADED'])
    expect(codes({ document, current: undefined })).toEqual(['NO_CERTIFICATE', 'BACK_OFF'])
  })
})

test('what is left behind, and what an orphan still has, are said and leave it healthy', () => {
  const orphan = {
    ...{ name: 'us/old', balancer: 'us', since: now },
    objects: ['a', 'b'].map((object) => ({ object, after: now })),
  }
  const document = { leftBehind: { what: ['x at us/gone', 'y'], since: now }, orphans: [orphan] }
  expect(said({ document })).toEqual([
    'LEFT_BEHIND newleaf has left behind, and does not try any more to remove: x at us/gone, y',
    `ORPHANED us/old has left the configuration; newleaf tries until ${later(7 * DAY).toISOString()} to delete there: a, b`,
  ])
  expect(healthOf({ ...well, document }, now).healthy).toBe(true)
})

test('of what could not be looked at nothing is known but why', () => {
  const of = (error: Failure | undefined) => {
    const { healthy, conditions } = unhealthy('shop', error)
    return [healthy, ...conditions.map(({ code, message }) => `${code} ${message}`)]
  }
  expect(of(new Failure('DENIED', 'no'))).toEqual([false, 'NOT_DONE DENIED: no'])
  expect(of(new Failure('LOCKED', 'another'))).toEqual([false, 'LOCKED LOCKED: another'])
  expect(of(undefined)).toEqual([false, 'NOT_DONE nothing is known'])
})

test('of what could not be looked at is said what is remembered of its life, the worst first', () => {
  const of = (current: CertificateFacts | undefined, error = denied) => {
    const { healthy, conditions } = unhealthyThough({ spec, current, authority: 'ca' }, error, now)
    return [healthy, ...conditions.map(({ code }) => code)]
  }
  expect(of(living(0))).toEqual([false, 'EXPIRED', 'NOT_DONE'])
  expect(of({ ...living(60 * DAY), names: [] }, new Failure('LOCKED', 'x'))).toEqual([false, 'NAMES_MISSING', 'LOCKED'])
  expect(of(living(60 * DAY))).toEqual([false, 'NOT_DONE'])
  expect(of(undefined)).toEqual([false, 'NOT_DONE'])
})

describe('a target', () => {
  const probe = (shows: Shows, last: number, serverName = 'a.example', answersSince?: Date): KnownProbeResult => ({
    ...{ address: `192.0.2.${last}`, port: 443, serverName, shows, answersSince, served: undefined },
    reason: `reason ${last}`,
  })
  const view = (serves: boolean, ...probes: KnownProbeResult[]) => servingOfView({ serves, endpoints: [], probes })
  const entry = (addresses: TargetEntry['addresses'], verified = true): TargetEntry => ({
    ...{ name: 'fr/edge', balancer: 'fr', verified, addresses, objects: [], superseded: [] },
    deployed: { fingerprint: 'ab', object: 'newleaf-ab', since: now },
  })

  test.each<[what: string, shown: ReturnType<typeof servingOfView>, expected: ReturnType<typeof servingOfView>]>([
    [
      'whose handshakes fail, the first of them told',
      view(false, probe('current', 1), probe('broken', 2), probe('broken', 3)),
      { state: 'broken', why: '192.0.2.2 port 443, for a.example: reason 2' },
    ],
    [
      'of which the API says so',
      view(false, probe('other', 1)),
      { state: 'other', why: 'the API says that it serves another certificate' },
    ],
    [
      'that shows another one',
      view(true, probe('incomplete', 1), probe('other', 2), probe('other', 3)),
      { state: 'other', why: '192.0.2.2 port 443 shows another certificate for a.example' },
    ],
    [
      'that shows another one, which is told by its fingerprint',
      view(true, {
        ...probe('other', 2),
        served: { ...living(DAY), chainPem: '', fingerprint: '0123456789abcdef'.repeat(4) },
      }),
      { state: 'other', why: '192.0.2.2 port 443 shows another certificate (0123456789abcdef) for a.example' },
    ],
    [
      'that shows it alone',
      view(true, probe('refused', 1, 'a', now), probe('incomplete', 2)),
      { state: 'other', why: '192.0.2.2 port 443 shows it without the certificates of its issuers' },
    ],
    [
      'that has fallen silent',
      view(true, probe('unknown', 1), probe('refused', 2, 'a', now)),
      { state: 'lost', why: '192.0.2.2 port 443 does not answer any more: reason 2' },
    ],
    ['that could not be looked at', view(true, probe('current', 1), probe('unknown', 2)), { state: 'not looked' }],
    ['that was never reached', view(true, probe('refused', 1), probe('unreachable', 2)), { state: 'unverified' }],
    [
      'that was seen at some of its addresses',
      view(true, probe('current', 1), probe('refused', 2)),
      { state: 'verified', addresses: 1, unseen: ['192.0.2.2 port 443'] },
    ],
    ['whose API has failed', servingOfView({ error: denied }), { state: 'failed', failure: denied }],
    [
      'whose API asks for patience, and that shows it',
      servingOfView({ error: denied, probes: [probe('current', 1), probe('refused', 2)] }),
      { state: 'verified', addresses: 1, unseen: ['192.0.2.2 port 443'] },
    ],
    [
      'that a run could not change',
      servingOfResult({ state: 'failed', error: denied }),
      { state: 'failed', failure: denied },
    ],
    [
      'that a run has proved',
      servingOfResult({
        state: 'verified',
        addresses: [
          { address: '192.0.2.1', port: 443, state: 'verified' },
          { address: '192.0.2.2', port: 443, state: 'unverified' },
        ],
      }),
      { state: 'verified', addresses: 1, unseen: ['192.0.2.2 port 443'] },
    ],
    [
      'that a run could not see',
      servingOfResult({ state: 'unverified', addresses: [{ address: '192.0.2.1', port: 443, state: 'unverified' }] }),
      { state: 'unverified' },
    ],
    ['of which nothing is remembered', servingOfEntry(undefined, 'ab'), { state: 'unverified' }],
    [
      'that is remembered with another one',
      servingOfEntry(entry({}), 'cd'),
      { state: 'other', why: 'it has not been given the current certificate yet' },
    ],
    ['that is remembered and was never seen', servingOfEntry(entry({}, false), 'ab'), { state: 'unverified' }],
    [
      'that is remembered as seen at two of three',
      servingOfEntry(entry({ a: { verified: now }, b: { answersSince: now }, c: { verified: now } }), 'ab'),
      { state: 'verified', addresses: 2, unseen: ['b'] },
    ],
    [
      'that version 1 has noted as seen, at no address',
      servingOfEntry(entry({}), 'ab'),
      { state: 'verified', addresses: 1, unseen: [] },
    ],
  ])('%s', (_what, shown, expected) => {
    expect(shown).toEqual(expected)
  })
})
