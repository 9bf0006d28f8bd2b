import { describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import { remember } from '../../lib/policy/back-off.ts'
import { nextLook, nextLookWhileHeld } from '../../lib/policy/next-look.ts'
import { type CertificateDocument, emptyDocument } from '../../lib/state/document.ts'
import type { FailureMemory } from '../../lib/state/failures.ts'
import type { CertificateFacts } from '../../lib/types.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const now = new Date('2026-11-22T06:00:00Z')
const later = (milliseconds: number) => new Date(now.getTime() + milliseconds)
const living = (left: number): CertificateFacts => ({
  names: ['shop.example'],
  serial: '01',
  fingerprint: 'ab',
  keyAlgorithm: 'ecdsa-p256',
  notBefore: later(left - 90 * DAY),
  notAfter: later(left),
  issuer: 'CN=CA',
})
const CA = { authority: 'ca' }
const target = { id: 'fr/edge', name: 'fr/edge', balancer: 'fr', listener: {} }
const entry = { name: 'fr/edge', balancer: 'fr', verified: true, addresses: {}, objects: ['old'], superseded: [] }
const at = (renewAt: Date | undefined) => ({ spec: { targets: [target] }, issuers: [CA], renewAt })
const failed = (pause: number): FailureMemory => ({
  ...{ count: 1, code: 'UNREACHABLE', message: 'x', at: now, notBefore: later(pause), configHash: 'one' },
})
/** With what the references stood for. */
const noted = (pause: number, code = 'DENIED'): FailureMemory => ({
  ...failed(pause),
  ...{ code, references: { salt: 's', digest: 'd' } },
})
const ordering = (issue: FailureMemory) => ({ authorities: { ca: { issue } } })

describe('the next look at a certificate that is held back', () => {
  const held = (failure: FailureMemory) => ({ ...emptyDocument, failures: ordering(failure) })
  const wait = (until: Date) => ({ action: 'wait', reason: 'back-off', until, message: '' }) as const

  test('is by the next run of the schedule, which sees whether a reference stands for another value', () => {
    expect(nextLook(held(noted(DAY)), at(undefined), now)).toEqual(later(30 * MINUTE))
    expect(nextLookWhileHeld(wait(later(DAY)), held(noted(DAY)), now)).toEqual(later(30 * MINUTE))
    const unseen = { ...emptyDocument, failures: { observe: noted(DAY) } }
    expect(nextLook(unseen, at(undefined), now)).toEqual(later(30 * MINUTE))
  })

  test('is sooner where it may be tried sooner', () => {
    expect(nextLook(held(noted(10 * MINUTE)), at(undefined), now)).toEqual(later(10 * MINUTE))
  })

  test('is not for that once it may be tried again', () => {
    const issuers = [CA, { authority: 'other' }]
    expect(nextLook(held(noted(0)), { ...at(undefined), issuers }, now)).toEqual(later(6 * HOUR))
  })

  test('is not for that where no reference was noted, no person is needed, or an authority has named the time', () => {
    expect(nextLook(held(noted(DAY, 'UNREACHABLE')), at(undefined), now)).toEqual(later(6 * HOUR))
    expect(nextLook(held(failed(DAY)), at(undefined), now)).toEqual(later(6 * HOUR))
    expect(nextLook(held(noted(DAY, 'ACME_RATE_LIMITED')), at(undefined), now)).toEqual(later(6 * HOUR))
  })
})

describe('the next look', () => {
  const window = (checkAfter: Date) => ({ fingerprint: 'ab', start: later(DAY), end: later(DAY), checkAfter })
  test.each<[string, Partial<CertificateDocument>, number, number]>([
    ['is when the authority wants to be asked again', { window: window(later(5 * HOUR)) }, 30 * DAY, 5 * HOUR],
    ['is in six hours where an authority gives no window', {}, 30 * DAY, 6 * HOUR],
    ['is at the renewal if that comes first', { window: window(later(5 * HOUR)) }, 2 * HOUR, 2 * HOUR],
    [
      'is when a superseded certificate may go',
      { targets: { 'fr/edge': { ...entry, superseded: [{ object: 'old', after: later(HOUR) }] } } },
      30 * DAY,
      HOUR,
    ],
    [
      'is not when a superseded certificate of another target may go',
      { targets: { gone: { ...entry, superseded: [{ object: 'old', after: later(HOUR) }] } } },
      30 * DAY,
      6 * HOUR,
    ],
    [
      'is when what is left at a target that is gone may go',
      { orphans: [{ name: 'us', balancer: 'us', objects: [{ object: 'old', after: later(2 * HOUR) }], since: now }] },
      30 * DAY,
      2 * HOUR,
    ],
    [
      'is not when something may go as long as a deployment has failed',
      {
        failures: { deploy: failed(5 * HOUR) },
        orphans: [{ name: 'us', balancer: 'us', objects: [{ object: 'old', after: later(HOUR) }], since: now }],
        targets: { 'fr/edge': { ...entry, superseded: [{ object: 'old', after: later(HOUR) }] } },
      },
      30 * DAY,
      5 * HOUR,
    ],
    ['is when a repair may be tried again', { failures: { repair: failed(3 * HOUR) } }, 30 * DAY, 3 * HOUR],
    ['is when a clean-up may be tried again', { failures: { cleanUp: failed(3 * HOUR) } }, 30 * DAY, 3 * HOUR],
    [
      'is at the first of several tries',
      { failures: { repair: failed(3 * HOUR), cleanUp: failed(2 * HOUR) } },
      0,
      MINUTE,
    ],
    [
      'is when more names may be ordered again',
      { failures: { authorities: { ca: { expand: failed(4 * HOUR) } } } },
      30 * DAY,
      4 * HOUR,
    ],
    [
      'is when an order may be tried again, though its renewal is overdue',
      { failures: ordering(failed(4 * HOUR)) },
      -DAY,
      4 * HOUR,
    ],
    [
      'is at the renewal that lies ahead, though a deployment has failed',
      { failures: { deploy: failed(5 * HOUR) } },
      HOUR,
      HOUR,
    ],
    [
      'is when a deployment may be tried again, though the renewal is due now',
      { failures: { deploy: failed(5 * HOUR) } },
      0,
      5 * HOUR,
    ],
    [
      'is in six hours when the moment is past at which the authority was to be asked',
      { window: window(now) },
      30 * DAY,
      6 * HOUR,
    ],
    ['is a minute away at least', {}, -DAY, MINUTE],
    ['is a day away at most', { window: window(later(40 * DAY)) }, 30 * DAY, DAY],
  ])('%s', (_title, document, renewal, expected) => {
    expect(nextLook({ ...emptyDocument, ...document }, at(later(renewal)), now)).toEqual(later(expected))
  })

  test('after a swap is within the hour: to see whether it stays, and to ask the authority for the window', () => {
    expect(nextLook(emptyDocument, { ...at(later(30 * DAY)), isNew: true }, now)).toEqual(later(HOUR))
    expect(nextLook(emptyDocument, { ...at(later(10 * MINUTE)), isNew: true }, now)).toEqual(later(10 * MINUTE))
    expect(nextLook(emptyDocument, { ...at(undefined), isNew: true }, now)).toEqual(later(HOUR))
    expect(nextLook(emptyDocument, at(undefined), now)).toEqual(later(6 * HOUR))
  })

  test('after a failure is when it may be tried again, whatever else is due', () => {
    const failure = remember(new Failure('UNREACHABLE', 'x'), undefined, {
      configHash: 'one',
      current: undefined,
      now: now,
    })
    for (const failures of [{ observe: failure }, ordering(failure), { deploy: failure }]) {
      expect(nextLook({ ...emptyDocument, failures }, at(later(-DAY)), now)).toEqual(failure.notBefore)
    }
  })
})

test('F-55: while an order is held back for a day, the authority is asked when it wants to be asked', () => {
  const issue = {
    ...remember(new Failure('ACME_CAA', 'x'), undefined, { configHash: 'one', current: undefined, now: now }),
    notBefore: later(DAY),
  }
  const window = { fingerprint: 'ab', start: later(-DAY), end: later(DAY), checkAfter: later(5 * HOUR) }
  expect(nextLook({ ...emptyDocument, failures: ordering(issue), window }, at(later(-DAY)), now)).toEqual(
    later(5 * HOUR),
  )
})

describe('the next look while something is held back', () => {
  const held = (until: number) => ({ action: 'wait', reason: 'back-off', until: later(until), message: 'x' }) as const
  const window = { fingerprint: 'ab', start: later(-DAY), end: later(DAY), checkAfter: later(5 * HOUR) }
  test.each<[title: string, until: number, document: Partial<CertificateDocument>, expected: number]>([
    ['is when it may be done', 2 * HOUR, { window }, 2 * HOUR],
    ['is when the authority wants to be asked, if that comes first', 9 * HOUR, { window }, 5 * HOUR],
    ['is in six hours where an authority gives no window', 9 * HOUR, {}, 6 * HOUR],
    ['is when it may be looked at again', 9 * HOUR, { window, failures: { observe: failed(9 * HOUR) } }, 9 * HOUR],
    ['is a minute away at least', 0, { window }, MINUTE],
    ['is a day away at most', 9 * DAY, { window, failures: { observe: failed(9 * DAY) } }, DAY],
  ])('%s', (_title, until, document, expected) => {
    expect(nextLookWhileHeld(held(until), { ...emptyDocument, ...document }, now)).toEqual(later(expected))
  })
})

describe('the next look at what cannot be looked at', () => {
  const observe = remember(new Failure('DENIED', 'x'), undefined, { configHash: 'one', current: undefined, now: now })

  test('is not sooner because an order has failed before', () => {
    const issue = remember(new Failure('UNREACHABLE', 'x'), undefined, {
      configHash: 'one',
      current: undefined,
      now: later(-HOUR),
    })
    expect(nextLook({ ...emptyDocument, failures: { observe, ...ordering(issue) } }, at(undefined), now)).toEqual(
      later(DAY),
    )
  })

  test('is at the renewal where one target alone cannot be looked at', () => {
    expect(nextLook({ ...emptyDocument, failures: { observe } }, at(later(5 * HOUR)), now)).toEqual(later(5 * HOUR))
    expect(nextLook({ ...emptyDocument, failures: { observe } }, at(later(-HOUR)), now)).toEqual(later(DAY))
    expect(nextLook({ ...emptyDocument, failures: { observe } }, at(now), now)).toEqual(later(DAY))
  })

  test('is not at the renewal where no order may be tried before', () => {
    const failures = { observe, ...ordering(failed(2 * HOUR)) }
    expect(nextLook({ ...emptyDocument, failures }, at(later(5 * HOUR)), now)).toEqual(later(DAY))
  })
})

describe('what is remembered of a failure', () => {
  const holdsBack = (count: number, code: FailureCode = 'UNREACHABLE', left = 30 * DAY, retryAfter?: Date) => {
    const earlier = { count, code, message: 'x', at: now, notBefore: now, configHash: 'one' }
    const failure = new Failure(code, 'x', { retryAfter })
    return (
      remember(failure, count === 0 ? undefined : earlier, {
        configHash: 'one',
        current: living(left),
        now: now,
      }).notBefore.getTime() - now.getTime()
    )
  }

  test('holds back the next try for 1, 10 and 100 minutes, and then for a day', () => {
    expect([0, 1, 2, 3, 4].map((count) => holdsBack(count))).toEqual([MINUTE, 10 * MINUTE, 100 * MINUTE, DAY, DAY])
  })

  test('holds back for half of the time until the last sixth of the life at most, and for an hour at least', () => {
    expect([0, 1, 2, 3].map((count) => holdsBack(count, 'UNREACHABLE', 15 * DAY + 3 * HOUR))).toEqual([
      MINUTE,
      10 * MINUTE,
      90 * MINUTE,
      90 * MINUTE,
    ])
    expect([72, 40, 20, 2, 1].map((left) => holdsBack(9, 'UNREACHABLE', 15 * DAY + left * HOUR))).toEqual(
      [24, 20, 10, 1, 1].map((hours) => hours * HOUR),
    )
    expect(holdsBack(0, 'DENIED', 15 * DAY + 20 * HOUR)).toBe(10 * HOUR)
  })

  test('F-40: finds an outage over, one that ends twelve hours before the last sixth, at least six hours before it', () => {
    for (let began = 13 * HOUR; began < 12 * DAY; began += 7 * HOUR) {
      let left = began // until the last sixth
      for (let count = 0; left > 12 * HOUR; count++) left -= holdsBack(count, 'UNREACHABLE', 15 * DAY + left)
      expect(left).toBeGreaterThanOrEqual(6 * HOUR)
    }
  })

  test('holds back for an hour at most once less than a sixth of the life is left', () => {
    expect([0, 1, 2, 3].map((count) => holdsBack(count, 'UNREACHABLE', 14 * DAY))).toEqual([
      MINUTE,
      10 * MINUTE,
      HOUR,
      HOUR,
    ])
    expect(holdsBack(0, 'DENIED', 14 * DAY)).toBe(HOUR)
  })

  test('holds back for a day what only a person can mend', () => {
    expect(holdsBack(0, 'DENIED')).toBe(DAY)
  })

  test('keeps to the moment that an authority named, even when time presses', () => {
    expect(holdsBack(0, 'ACME_RATE_LIMITED', 14 * DAY, later(3 * DAY))).toBe(3 * DAY)
  })

  test('keeps when the first failure in a row was, until the configuration changes', () => {
    const failure = new Failure('UNREACHABLE', 'x')
    const first = remember(failure, undefined, { configHash: 'one', current: undefined, now: now })
    const second = remember(failure, first, { configHash: 'one', current: undefined, now: later(HOUR) })
    expect([first.since, second.since, second.at]).toEqual([now, now, later(HOUR)])
    expect(remember(failure, second, { configHash: 'two', current: undefined, now: later(DAY) }).since).toEqual(
      later(DAY),
    )
  })

  test('starts anew when the configuration has changed', () => {
    const earlier = { count: 3, code: 'DENIED', message: 'x', at: now, notBefore: now, configHash: 'old' }
    expect(
      remember(new Failure('UNREACHABLE', 'x'), earlier, { configHash: 'new', current: undefined, now: now }),
    ).toMatchObject({
      count: 1,
      notBefore: later(MINUTE),
    })
  })
})
