import { describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import { type AttemptResult, isHeldBack, nextOrder, remember, transition } from '../../lib/policy/back-off.ts'
import { type Failures, failureIn, type Slot } from '../../lib/state/failures.ts'

const HOUR = 3_600_000
const now = new Date('2026-11-22T06:00:00Z')
const later = (hours: number) => new Date(now.getTime() + hours * HOUR)
const at = { configHash: 'one', current: undefined, now }
const [CA, OTHER] = [{ authority: 'ca', directory: 'https://ca.example' }, { authority: 'other' }]
const error = new Failure('UNREACHABLE', 'gone')
const earlier = {
  ...{ count: 2, code: 'DENIED', message: 'no', configHash: 'one' },
  ...{ since: later(-9), at: later(-5), notBefore: later(3) },
}
const orders = { issue: earlier, expand: earlier }
/** Something was tried everywhere before, and failed. */
const all: Failures = {
  ...{ observe: earlier, deploy: earlier, repair: earlier, cleanUp: earlier },
  authorities: { ca: { directory: CA.directory, ...orders }, other: orders },
}
const SLOTS: Readonly<Record<string, Slot>> = {
  ...{ observe: 'observe', deploy: 'deploy', repair: 'repair', cleanUp: 'cleanUp' },
  'ca issue': { order: 'issue', issuer: CA },
  'ca expand': { order: 'expand', issuer: CA },
  'other issue': { order: 'issue', issuer: OTHER },
  'other expand': { order: 'expand', issuer: OTHER },
}

/** What became of each slot; those of which nothing stands there stay as they are. */
const fates = (before: Failures, after: Failures) =>
  Object.fromEntries(
    Object.entries(SLOTS).flatMap(([name, slot]) => {
      const [one, other] = [failureIn(before, slot), failureIn(after, slot)]
      return one === other ? [] : [[name, other === undefined ? 'over' : 'failed again']]
    }),
  )

describe('what is remembered of failures, once', () => {
  const orderedAt = { kind: 'not-issued', issuer: CA, error } as const
  test.each<[what: string, happened: AttemptResult, fate: Record<string, 'over' | 'failed again'>]>([
    ['it could not be looked at', { kind: 'not-observed', error }, { observe: 'failed again' }],
    [
      'an order of all names has failed',
      { ...orderedAt, order: 'issue' },
      { observe: 'over', 'ca issue': 'failed again' },
    ],
    [
      'an order of more names has failed',
      { ...orderedAt, order: 'expand' },
      { observe: 'over', 'ca expand': 'failed again' },
    ],
    [
      'a certificate for all names was issued',
      { kind: 'issued', isWhole: true },
      {
        ...{ observe: 'over', repair: 'over' },
        ...{ 'ca issue': 'over', 'ca expand': 'over', 'other issue': 'over', 'other expand': 'over' },
      },
    ],
    [
      'a certificate for some of the names was issued',
      { kind: 'issued', isWhole: false },
      { observe: 'over', repair: 'over', 'ca issue': 'over', 'other issue': 'over' },
    ],
    [
      'a new one has come to its targets',
      { kind: 'deployed', error: undefined },
      { observe: 'over', repair: 'over', deploy: 'over' },
    ],
    [
      'a new one was not taken by its targets',
      { kind: 'deployed', error },
      { observe: 'over', repair: 'over', deploy: 'failed again' },
    ],
    [
      'the current one was brought to its targets again',
      { kind: 'repaired', isPending: false, error: undefined },
      { observe: 'over', repair: 'over', deploy: 'over' },
    ],
    [
      'the current one was brought there again while a new one waits',
      { kind: 'repaired', isPending: true, error: undefined },
      { observe: 'over', repair: 'over' },
    ],
    [
      'the current one was not taken again',
      { kind: 'repaired', isPending: false, error },
      { observe: 'over', deploy: 'over', repair: 'failed again' },
    ],
    ['all that was left is removed', { kind: 'cleaned-up', error: undefined }, { observe: 'over', cleanUp: 'over' }],
    ['what was left could not be removed', { kind: 'cleaned-up', error }, { observe: 'over', cleanUp: 'failed again' }],
    ['all is as it should be', { kind: 'fresh' }, { observe: 'over', deploy: 'over', repair: 'over' }],
  ])('%s: nothing else has changed', (_what, happened, fate) => {
    const known = transition(all, happened, at)
    expect(fates(all, known)).toEqual(fate)
    for (const [name, slot] of Object.entries(SLOTS)) {
      if (fate[name] === 'failed again') expect(failureIn(known, slot)).toMatchObject({ code: 'UNREACHABLE', count: 3 })
    }
  })

  test('all is as it should be: only what nobody may try again yet, under this configuration, is still of interest', () => {
    const over = { ...earlier, notBefore: now }
    const known = transition(
      { cleanUp: over, authorities: { ca: { issue: earlier, expand: over }, other: { issue: over } } },
      { kind: 'fresh' },
      at,
    )
    expect(known).toEqual({ authorities: { ca: { issue: earlier } } })
    expect(transition(all, { kind: 'fresh' }, { ...at, configHash: 'two' })).toEqual({})
  })

  test('an order has failed at an authority that has taken the name of another: nothing of that one counts', () => {
    const issuer = { authority: 'ca', directory: 'https://new.example' }
    const known = transition(all, { kind: 'not-issued', order: 'issue', issuer, error }, at)
    expect(known.authorities?.ca).toEqual({
      directory: 'https://new.example',
      issue: expect.objectContaining({ count: 1 }),
    })
  })

  test('a certificate was issued, and nothing had failed: nothing is remembered', () => {
    expect(transition({}, { kind: 'issued', isWhole: true }, at)).toEqual({})
    expect(transition({}, { kind: 'issued', isWhole: false }, at)).toEqual({})
  })

  test('a certificate for some of the names was issued: of an authority that had failed at these nothing is left', () => {
    const known: Failures = { authorities: { ca: { issue: earlier }, other: orders } }
    expect(transition(known, { kind: 'issued', isWhole: false }, at)).toStrictEqual({
      authorities: { other: { expand: earlier } },
    })
  })
})

describe('a failure is remembered', () => {
  test('with its code, its message, its step and its configuration', () => {
    expect(remember(error.with({ step: 'order' }), undefined, at)).toEqual({
      ...{ count: 1, code: 'UNREACHABLE', message: 'gone', step: 'order', configHash: 'one' },
      ...{ since: now, at: now, notBefore: new Date(now.getTime() + 60_000) },
    })
    expect(remember(error, undefined, at)).not.toHaveProperty('step')
  })

  test('with what the references stood for, where that is known', () => {
    const references = { salt: 's', digest: 'd' }
    expect(remember(error, undefined, { ...at, references })).toEqual({ ...remember(error, undefined, at), references })
  })

  test('with its own pause where it names a moment, and asks for no patience', () => {
    const busy = new Failure('UNAVAILABLE', 'busy', { retryAfter: later(9) })
    expect(remember(busy, undefined, at).notBefore).toEqual(new Date(now.getTime() + 60_000))
  })

  test('with its own pause where the moment that was asked for is past', () => {
    const asked = (retryAfter: Date) =>
      remember(new Failure('RATE_LIMITED', 'later', { retryAfter }), undefined, at).notBefore
    expect(asked(now)).toEqual(new Date(now.getTime() + 60_000))
    expect(asked(later(-1))).toEqual(new Date(now.getTime() + 60_000))
    expect(asked(new Date(now.getTime() + 1))).toEqual(new Date(now.getTime() + 1))
  })
})

test('values that do not show are looked at again after fifteen minutes, for thirty hours, and then once a day', () => {
  const pause = (failing: number, code: FailureCode = 'DNS_NOT_PROPAGATED') => {
    const before = { ...earlier, count: 9, since: new Date(now.getTime() - failing) }
    return (remember(new Failure(code, 'x'), before, at).notBefore.getTime() - now.getTime()) / 60_000
  }
  expect([pause(0), pause(30 * HOUR - 1), pause(30 * HOUR)]).toEqual([15, 15, 1440])
  expect(pause(0, 'UNREACHABLE')).toBe(1440)
  expect(remember(new Failure('DNS_NOT_PROPAGATED', 'x'), undefined, at).notBefore).toEqual(later(0.25))
})

test('newleaf’s own word holds a failure back until its time, and that of whoever asks for patience is no word of ours', () => {
  const held = (code: FailureCode, notBefore: Date) => isHeldBack({ ...earlier, code, notBefore }, now)
  expect([held('DENIED', later(1)), held('UNREACHABLE', later(1)), held('DENIED', now)]).toEqual([true, true, false])
  expect([held('ACME_RATE_LIMITED', later(1)), held('RATE_LIMITED', later(1))]).toEqual([false, false])
})

describe('putting the current certificate back is tried again within half an hour', () => {
  const pauses = (failure: Failure, kind: 'repaired' | 'deployed') => {
    let failures: Failures = {}
    let time = now
    return Array.from({ length: 5 }, () => {
      const happened: AttemptResult =
        kind === 'deployed' ? { kind, error: failure } : { kind, isPending: false, error: failure }
      failures = transition(failures, happened, { ...at, now: time })
      const [began, until] = [time, failures[kind === 'deployed' ? 'deploy' : 'repair']?.notBefore ?? time]
      time = until
      return (until.getTime() - began.getTime()) / 60_000
    })
  }

  test.each([
    ['UNREACHABLE', [1, 10, 30, 30, 30]],
    ['VERIFY_FAILED', [1, 10, 30, 30, 30]],
    ['DENIED', [30, 30, 30, 30, 30]],
    ['REJECTED', [30, 30, 30, 30, 30]],
  ] as const)('after %s', (code, expected) => {
    expect(pauses(new Failure(code, 'x'), 'repaired')).toEqual(expected)
  })

  test('unless the vendor asks for more patience', () => {
    const later = new Failure('RATE_LIMITED', 'later', { retryAfter: new Date(now.getTime() + 5 * HOUR) })
    expect(pauses(later, 'repaired')[0]).toBe(300)
  })

  test('which says nothing of a new certificate, for which nobody waits', () => {
    expect(pauses(new Failure('DENIED', 'x'), 'deployed')).toEqual([1440, 1440, 1440, 1440, 1440])
  })
})

test('an order that has failed at every authority is tried again at the first that may be asked', () => {
  const failed = (hours: number) => ({ issue: { ...earlier, notBefore: later(hours) } })
  const authorities = { ca: failed(5), other: failed(3) }
  expect(nextOrder({ authorities }, [CA, OTHER])).toEqual(later(3))
  expect(nextOrder({ authorities }, [OTHER, CA])).toEqual(later(3))
  expect(nextOrder({ authorities: { ca: failed(5) } }, [CA])).toEqual(later(5))
  expect(nextOrder({ authorities: { ca: failed(5) } }, [CA, OTHER])).toBeUndefined()
  expect(nextOrder({ authorities: { ca: { expand: earlier } } }, [CA])).toBeUndefined()
  expect(nextOrder({}, [])).toBeUndefined()
})
