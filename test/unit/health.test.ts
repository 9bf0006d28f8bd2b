import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { adviceFor } from '../../lib/policy/advice.ts'
import { CONDITION_CODES, CONDITIONS } from '../../lib/policy/conditions.ts'
import { type HealthInput, healthOf } from '../../lib/policy/health.ts'
import { servingOfEntry, servingOfResult, servingOfView } from '../../lib/policy/serving.ts'
import { unhealthy } from '../../lib/policy/unhealthy.ts'
import type { TargetEntry } from '../../lib/state/document.ts'
import { ATTEMPTS, type AuthorityFailures, type FailureMemory, ORDERS } from '../../lib/state/failures.ts'
import type { CertificateFacts, Decision, KnownProbeResult, Shows, TargetResult, TargetView } from '../../lib/types.ts'
import { shop } from '../support/memory-world.ts'

const DAY = 86_400_000
const now = new Date('2026-11-22T06:00:00Z')
const later = (days: number) => new Date(now.getTime() + days * DAY)
const living = (daysLeft: number, names: readonly string[] = shop.names): CertificateFacts => ({
  ...{ names, serial: '01', fingerprint: 'ab', keyAlgorithm: 'ecdsa-p256', issuer: 'CN=CA' },
  notBefore: later(daysLeft - 90),
  notAfter: later(daysLeft),
})
const spec = { ...shop, targets: shop.targets.slice(0, 1) }
const hidden = { ...spec, targets: spec.targets.map((target) => ({ ...target, private: true as const })) }

const SHOWS: readonly Shows[] = ['current', 'incomplete', 'other', 'broken', 'refused', 'unreachable', 'unknown']
const sight = (shows: Shows, answersSince: Date | undefined, last: number): KnownProbeResult => ({
  ...{ address: `192.0.2.${last}`, port: 443, serverName: 'shop.example', shows, answersSince },
  ...{ served: undefined, reason: shows === 'current' ? undefined : 'no answer' },
})
const view = (serves: boolean, before: boolean, ...shows: Shows[]): TargetView => ({
  ...{ serves, endpoints: [] },
  probes: shows.map((each, at) => sight(each, before ? later(-9) : undefined, at)),
})
const failure = (code: string): FailureMemory => ({
  ...{ count: 1, code, message: 'x', at: now, notBefore: later(1), configHash: spec.configHash },
})
const held = (reason: Extract<Decision, { action: 'wait' }>['reason']) =>
  ({ action: 'wait', until: later(1), reason, message: 'another is at it' }) as const
const atCa = (orders: AuthorityFailures) => ({ authorities: { ca: orders } })
const seen = { state: 'verified', addresses: 1, unseen: [] } as const
const well: HealthInput = { spec, current: living(60), authority: 'ca', document: {}, targets: { 'fr/edge': seen } }
const TRY = 'then run `newleaf renew --only shop` to try at once'
const BY_ITSELF = 'newleaf tries again by itself'
const codesOf = (known: Partial<HealthInput>) => healthOf({ ...well, ...known }, now).conditions.map(({ code }) => code)

describe('healthy', () => {
  test('is a certificate that is alive, wanted and seen, and nothing is to be said of it', () => {
    expect(healthOf(well, now)).toEqual({ healthy: true, conditions: [] })
  })

  test('is not, with a word of its own, whatever is otherwise', () => {
    const others: [Partial<HealthInput>, string][] = [
      [{ current: undefined }, 'NO_CERTIFICATE'],
      [{ current: living(-1) }, 'EXPIRED'],
      [{ current: living(14) }, 'EXPIRES_SOON'],
      [{ current: living(60, ['shop.example']) }, 'NAMES_MISSING'],
      [{ authority: 'staging' }, 'OTHER_AUTHORITY'],
      [{ targets: { 'fr/edge': { state: 'broken', why: 'it resets the connection' } } }, 'TLS_BROKEN'],
      [{ targets: { 'fr/edge': { state: 'other', why: 'another' } } }, 'SERVES_OTHER'],
      [{ targets: { 'fr/edge': { state: 'lost', why: 'no answer' } } }, 'NOT_ANSWERING'],
      [{ targets: { 'fr/edge': { state: 'failed', failure: { code: 'DENIED', message: 'no' } } } }, 'FAILED'],
      [{ targets: { 'fr/edge': { state: 'not looked' } } }, 'NOT_LOOKED'],
      [{ targets: { 'fr/edge': { state: 'unverified' } } }, 'UNVERIFIED'],
      [{ targets: {} }, 'UNVERIFIED'],
      [{ held: held('back-off') }, 'BACK_OFF'],
      [{ held: held('retry-after') }, 'RETRY_AFTER'],
      [{ held: held('paused') }, 'PAUSED'],
      [{ held: held('budget') }, 'BUDGET_SPENT'],
      [{ held: held('locked') }, 'LOCKED'],
      [{ document: { failures: atCa({ issue: failure('DNS_NO_ZONE') }) } }, 'BACK_OFF'],
      [{ document: { failures: atCa({ expand: failure('DNS_NO_ZONE') }) } }, 'DEGRADED'],
      [{ document: { failures: { cleanUp: failure('DENIED') } } }, 'CLEAN_UP_FAILED'],
      [{ document: { rejected: { fingerprint: 'cd', tries: 5, since: now, givenUp: 'tries' } } }, 'GIVEN_UP'],
      [{ document: { nextLook: later(-1) } }, 'OVERDUE'],
      [{ undone: { code: 'OUT_OF_TIME', message: 'no time was left' } }, 'NOT_DONE'],
    ]
    for (const [known, code] of others) {
      expect(codesOf(known)).toEqual([code])
      expect(healthOf({ ...well, ...known }, now)).toMatchObject({ healthy: false })
    }
    const words = new Set(others.map(([, code]) => code))
    const silent = CONDITION_CODES.filter((code) => CONDITIONS[code] !== 'info' && !words.has(code))
    expect(silent).toEqual([])
  })

  test('says what to do about each word, with the certificate’s own name, the worst first', () => {
    const { conditions } = healthOf(
      {
        ...well,
        current: living(-1),
        document: { failures: atCa({ issue: failure('DENIED') }) },
        undone: { code: 'OUT_OF_TIME', message: 'x' },
      },
      now,
    )
    expect(conditions.map(({ code }) => code)).toEqual(['EXPIRED', 'BACK_OFF', 'NOT_DONE'])
    for (const { advice } of conditions) expect(advice).not.toContain('ID')
    expect(conditions[0]?.advice).toContain('newleaf renew --only shop')
  })

  test.each<[string, string, Partial<HealthInput>, string]>([
    ['BACK_OFF', 'ACME_CAA', { document: { failures: atCa({ issue: failure('ACME_CAA') }) } }, TRY],
    ['DEGRADED', 'ACME_CAA', { document: { failures: atCa({ expand: failure('ACME_CAA') }) } }, TRY],
    ['CLEAN_UP_FAILED', 'DENIED', { document: { failures: { cleanUp: failure('DENIED') } } }, BY_ITSELF],
    [
      'FAILED',
      'TARGET_FULL',
      { targets: { 'fr/edge': { state: 'failed', failure: failure('TARGET_FULL') } } },
      BY_ITSELF,
    ],
    ['NOT_DONE', 'DENIED', { undone: failure('DENIED') }, 'then run it again'],
    ['PAUSED', 'ACME_PAUSED', { held: held('paused') }, 'then run `newleaf renew --only shop`'],
  ])('%s says what to do about %s, and then about itself', (code, behind, known, afterwards) => {
    const { conditions } = healthOf({ ...well, ...known }, now)
    expect(conditions).toMatchObject([{ code, advice: `${adviceFor(behind)}; ${afterwards}` }])
  })

  test.each<[string, Partial<HealthInput>, string]>([
    ['BACK_OFF', { document: { failures: atCa({ issue: failure('UNAVAILABLE') }) } }, `mend what failed; ${TRY}`],
    ['NOT_DONE', { undone: failure('UNAVAILABLE') }, '`newleaf status` says what stands in the way; then run it again'],
  ])('%s says what to do about itself alone where newleaf goes on trying by itself', (code, known, advice) => {
    expect(healthOf({ ...well, ...known }, now).conditions).toMatchObject([{ code, advice }])
  })

  test('is not what could not even be looked at: what to do is said by what kept it from that', () => {
    const { conditions } = unhealthy('shop', new Failure('STORE_FOREIGN', 'of another'))
    expect(conditions).toMatchObject([
      {
        code: 'NOT_DONE',
        advice: `${adviceFor('STORE_FOREIGN')}; then run it again`,
        message: 'STORE_FOREIGN: of another',
      },
    ])
  })

  test('is a target that cannot be seen only where the configuration says so', () => {
    const unseen = { targets: { 'fr/edge': { state: 'unverified' } as const } }
    expect(healthOf({ ...well, ...unseen }, now)).toMatchObject({ healthy: false })
    expect(healthOf({ ...well, ...unseen, spec: hidden }, now)).toMatchObject({
      healthy: true,
      conditions: [{ code: 'PRIVATE', severity: 'info' }],
    })
  })

  test('is a target that is seen at one address of two, of which the other was never reached: it is said', () => {
    const partly = { state: 'verified', addresses: 1, unseen: ['2001:db8::1 port 443'] } as const
    expect(healthOf({ ...well, targets: { 'fr/edge': partly } }, now)).toMatchObject({
      healthy: true,
      conditions: [{ message: 'fr/edge: verified at 1 of 2; never reached from here: 2001:db8::1 port 443' }],
    })
  })
})

test('the whole table: life × names × authority × what each address shows × since when it answers × what failed × what holds it back × what was asked for', () => {
  const lives: [CertificateFacts | undefined, boolean][] = [
    [undefined, false],
    [living(60), true],
    [living(15.1), true],
    [living(14.9), false],
    [living(-0.01), false],
    [living(60, ['shop.example']), false],
  ]
  const tries: [Partial<HealthInput>, boolean][] = [
    [{}, true],
    [{ held: held('fresh') }, true],
    ...(['back-off', 'retry-after', 'paused', 'budget', 'locked'] as const).map(
      (reason): [Partial<HealthInput>, boolean] => [{ held: held(reason) }, false],
    ),
    ...ATTEMPTS.map((attempt): [Partial<HealthInput>, boolean] => [
      { document: { failures: { [attempt]: failure('UNAVAILABLE') } } },
      false,
    ]),
    ...ORDERS.map((order): [Partial<HealthInput>, boolean] => [
      { document: { failures: atCa({ [order]: failure('UNAVAILABLE') }) } },
      false,
    ]),
    [{ undone: { code: 'UNEXPECTED', message: 'what was asked for was not done' } }, false],
    [{ authority: 'staging' }, false],
    [{ authority: undefined }, true],
  ]
  const wrong: string[] = []
  let rows = 0
  for (const [current, isGood] of lives)
    for (const [more, isDone] of tries)
      for (const one of SHOWS)
        for (const other of SHOWS)
          for (const serves of [true, false])
            for (const before of [true, false])
              for (const isHidden of [true, false]) {
                rows++
                const shown = [one, other]
                const targets = { 'fr/edge': servingOfView(view(serves, before, ...shown)) }
                const known = { ...well, ...more, current, spec: isHidden ? hidden : spec, targets }
                // As the documentation says it, and not as the code does.
                const isOut = shown.some((each) => each === 'refused' || each === 'unreachable')
                const isSeen =
                  serves &&
                  !shown.some((each) => ['incomplete', 'other', 'broken', 'unknown'].includes(each)) &&
                  !(before && isOut) &&
                  (shown.includes('current') || isHidden)
                const expected = isGood && isDone && isSeen
                const { healthy, conditions } = healthOf(known, now)
                const isSaid = conditions.some(({ severity }) => severity !== 'info')
                if (healthy !== expected || healthy === isSaid) wrong.push(JSON.stringify([known, healthy, expected]))
              }
  expect(wrong.slice(0, 3)).toEqual([])
  expect(rows).toBe(6 * 16 * 49 * 8)
})

describe('what a target shows', () => {
  test.each<[Shows, boolean, string]>([
    ['current', false, 'verified'],
    ['incomplete', false, 'other'],
    ['other', false, 'other'],
    ['broken', false, 'broken'],
    ['broken', true, 'broken'],
    ['refused', false, 'unverified'],
    ['refused', true, 'lost'],
    ['unreachable', false, 'unverified'],
    ['unreachable', true, 'lost'],
    ['unknown', true, 'not looked'],
  ])('at a look: %s, of an address that answered before: %s, is %s', (shows, before, state) => {
    expect(servingOfView(view(true, before, shows)).state).toBe(state)
  })

  test('is another certificate where the API says so, and trouble where it says nothing', () => {
    expect(servingOfView(view(false, false, 'current')).state).toBe('other')
    expect(servingOfView({ error: new Failure('DENIED', 'no') })).toMatchObject({
      state: 'failed',
      failure: { code: 'DENIED', message: 'no' },
    })
  })

  test('in a run is what the proof says', () => {
    const at = (state: 'verified' | 'unverified', last: number) => ({ address: `192.0.2.${last}`, port: 443, state })
    const result: TargetResult = { state: 'verified', addresses: [at('verified', 1), at('unverified', 2)] }
    expect(servingOfResult(result)).toEqual({ state: 'verified', addresses: 1, unseen: ['192.0.2.2 port 443'] })
    expect(servingOfResult({ state: 'unverified', addresses: [] })).toEqual({ state: 'unverified' })
    expect(servingOfResult({ state: 'failed', error: new Failure('VERIFY_FAILED', 'no') }).state).toBe('failed')
  })

  test('in the state is what was noted of it', () => {
    const entry: TargetEntry = {
      ...{ name: 'fr/edge', balancer: 'fr', verified: true, addresses: {}, objects: ['n'], superseded: [] },
      deployed: { fingerprint: 'ab', object: 'n', since: now },
    }
    expect(servingOfEntry(entry, 'ab')).toMatchObject({ state: 'verified' })
    expect(servingOfEntry(entry, 'cd').state).toBe('other')
    expect(servingOfEntry({ ...entry, verified: false }, 'ab').state).toBe('unverified')
    expect(servingOfEntry(undefined, 'ab').state).toBe('unverified')
  })
})
