import { expect, test } from 'vitest'
import { withIssued } from '../../lib/policy/issuance-budget.ts'
import { type CertificateDocument, emptyDocument } from '../../lib/state/document.ts'
import { withoutFuture } from '../../lib/state/future.ts'

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
  for (const ahead of [-DAY, 0, HOUR / 2]) expect(withoutFuture(notedAt(ahead), now)).toEqual(notedAt(ahead))
})

test('F-14: what a clock noted that was ahead by a day or a year keeps nobody waiting', () => {
  for (const ahead of [DAY, 365 * DAY]) {
    expect(withoutFuture(notedAt(ahead), now)).toEqual({ ...emptyDocument, fence: 7 })
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
