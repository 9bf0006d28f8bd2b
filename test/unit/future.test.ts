import { describe, expect, test } from 'vitest'
import { LONGEST_WAIT } from '../../lib/platform/retry-after.ts'
import { withIssued } from '../../lib/policy/issuance-budget.ts'
import { type CertificateDocument, emptyDocument } from '../../lib/state/document.ts'
import { datedOf, withHidden, withoutFuture } from '../../lib/state/future.ts'

const CA = { authority: 'ca' }
const HOUR = 3_600_000
const DAY = 24 * HOUR
const now = new Date('2026-11-22T06:00:00Z')
const later = (milliseconds: number) => new Date(now.getTime() + milliseconds)

/** What a run notes whose clock is ahead by so much. */
const notedAt = (ahead: number): CertificateDocument => {
  const at = later(ahead)
  const failure = { count: 1, code: 'UNREACHABLE', message: 'x', at, notBefore: later(ahead + DAY), configHash: 'one' }
  return {
    ...emptyDocument,
    fence: 7,
    lease: { holder: 'x', fence: 7, until: later(ahead + HOUR / 4) },
    window: { fingerprint: 'ab', start: later(60 * DAY), end: later(61 * DAY), checkAfter: later(ahead + DAY) },
    cooldowns: { dns: later(ahead + 7 * DAY) },
    failures: { observe: failure, authorities: { ca: { directory: 'https://ca.example', issue: failure } } },
    issued: [{ at, names: 'x' }],
  }
}

test('F-14: what was noted until now, by a clock that is like ours, is remembered', () => {
  for (const ahead of [-DAY, 0, HOUR / 2]) expect(withoutFuture(notedAt(ahead), now).known).toEqual(notedAt(ahead))
})

test('F-14: what a clock noted that was ahead by a day or a year keeps nobody waiting', () => {
  for (const ahead of [DAY, 365 * DAY]) {
    expect(withoutFuture(notedAt(ahead), now).known).toEqual({ ...emptyDocument, fence: 7 })
  }
})

test('F-5A: a certificate counts from when it was issued, however late it was fetched', () => {
  const issuedAt = (notBefore: Date) =>
    withIssued(emptyDocument, ['shop.example'], CA, now, { notBefore }).issued[0]?.at
  expect(issuedAt(later(-3 * DAY))).toEqual(later(-3 * DAY + HOUR))
  expect(issuedAt(later(-HOUR))).toEqual(now)
  expect(issuedAt(now)).toEqual(now)
  expect(withIssued(emptyDocument, ['shop.example'], CA, now).issued[0]?.at).toEqual(now)
})

describe('F-14: what lies ahead by more than two clocks may differ, and than anybody may ask for', () => {
  const failure = (at: Date) => ({ ...{ count: 1, code: 'X', message: 'x', notBefore: at, configHash: 'one' }, at })
  const window = (checkAfter: Date) => ({ fingerprint: 'ab', start: now, end: now, checkAfter })
  test.each<[what: string, longest: number, of: (at: Date) => Partial<CertificateDocument>]>([
    ['the end of a lease', HOUR, (until) => ({ lease: { holder: 'x', fence: 1, until } })],
    ['a window', DAY + HOUR, (checkAfter) => ({ window: window(checkAfter) })],
    ['somebody’s patience', LONGEST_WAIT.authority + HOUR, (until) => ({ cooldowns: { dns: until } })],
    ['a failure', HOUR, (at) => ({ failures: { observe: failure(at) } })],
    ['a failure of an authority', HOUR, (at) => ({ failures: { authorities: { ca: { issue: failure(at) } } } })],
  ])('is not gone by: %s', (_what, longest, of) => {
    const at = (ahead: number): CertificateDocument => ({ ...emptyDocument, ...of(later(ahead)) })
    expect(withoutFuture(at(longest), now).known).toEqual(at(longest))
    expect(withoutFuture(at(longest + 1), now).known).toEqual(emptyDocument)
  })

  test('is not gone by: a certificate that was issued; what else is remembered stays', () => {
    const issued = [HOUR, HOUR + 1].map((ahead) => ({ at: later(ahead), names: 'x' }))
    expect(withoutFuture({ ...emptyDocument, issued }, now).known.issued).toEqual(issued.slice(0, 1))
    const cooldowns = { dns: later(HOUR), 'balancers/fr': later(365 * DAY) }
    expect(withoutFuture({ ...emptyDocument, cooldowns }, now).known.cooldowns).toEqual({ dns: later(HOUR) })
    const document = { ...emptyDocument, nextLook: later(365 * DAY), fence: 9 }
    expect(withoutFuture(document, now).known).toEqual(document)
  })
})

describe('F-14: what a run does not go by', () => {
  test.each([-30 * 365 * DAY, -3 * DAY, -5 * HOUR, 0, 7 * DAY])(
    'is written again as it was, %d ms from here',
    (off) => {
      const { known, hidden } = withoutFuture(notedAt(DAY), later(off))
      expect(withHidden(known, hidden)).toEqual(notedAt(DAY))
    },
  )

  test('is neither replaced nor doubled by what the run notes itself', () => {
    const document = notedAt(3 * DAY)
    const { known, hidden } = withoutFuture(document, now)
    const own = notedAt(0)
    const written = withHidden({ ...own, fence: known.fence + 1 }, hidden)
    expect(written.failures).toEqual(document.failures)
    expect(written.cooldowns).toEqual(document.cooldowns)
    expect(written.issued).toEqual([...own.issued, ...document.issued])
    expect(written).toMatchObject({ lease: own.lease, window: own.window, fence: 8 })
    expect(withHidden(written, hidden)).toEqual(written)
  })

  test('is of one authority, and says nothing of another one that has its name now', () => {
    const { hidden } = withoutFuture(notedAt(DAY), now)
    const [failure] = Object.values(notedAt(0).failures?.authorities?.ca ?? {}).slice(1)
    const moved = { authorities: { ca: { directory: 'https://other.example', ...(failure && { issue: failure }) } } }
    expect(
      withHidden({ ...emptyDocument, failures: moved } as CertificateDocument, hidden).failures?.authorities,
    ).toEqual(moved.authorities)
  })

  test('by a clock that is known to be wrong is all that holds something back', () => {
    const document = notedAt(-DAY)
    expect(withHidden({ ...emptyDocument, fence: 7 }, datedOf(document))).toEqual({
      ...document,
      lease: undefined,
    })
  })

  test('is written again also where it is one failure alone', () => {
    const { observe } = notedAt(DAY).failures ?? {}
    const document = { ...emptyDocument, failures: { ...(observe && { observe }) } }
    const { known, hidden } = withoutFuture(document, now)
    expect(withHidden(known, hidden)).toEqual(document)
  })

  test('is not that a clock was wrong, which is told anew each time', () => {
    const { observe } = notedAt(0).failures ?? {}
    const wrong = { ...emptyDocument, failures: { ...(observe && { observe: { ...observe, code: 'CLOCK_WRONG' } }) } }
    expect(withHidden(emptyDocument, datedOf(wrong))).toEqual(emptyDocument)
  })
})
