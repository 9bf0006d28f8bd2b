import { describe, expect, test } from 'vitest'
import { leftBehind, withoutOldLeftBehind } from '../../lib/renewal/left-behind.ts'
import { type CertificateDocument, emptyDocument } from '../../lib/state/document.ts'

const now = new Date('2026-11-22T06:00:00Z')
const days = (count: number) => new Date(now.getTime() + count * 86_400_000)

describe('what was left behind', () => {
  test('is noted once each, since the last of it, with an event', () => {
    const first = leftBehind(emptyDocument, ['a', 'b'], days(-3))
    const second = leftBehind(first, ['b', 'c'], now)
    expect(second.leftBehind).toEqual({ what: ['a', 'b', 'c'], since: now })
    expect(second.events).toEqual([
      { at: days(-3), event: 'left behind', detail: 'a, b' },
      { at: now, event: 'left behind', detail: 'b, c' },
    ])
  })

  test('is said for a week', () => {
    const document = leftBehind(emptyDocument, ['a'], now)
    expect(withoutOldLeftBehind(document, new Date(days(7).getTime() - 1))).toBe(document)
    expect(withoutOldLeftBehind(document, days(7))).not.toHaveProperty('leftBehind')
    expect(withoutOldLeftBehind(emptyDocument, now)).toBe(emptyDocument)
  })

  const told = (document: CertificateDocument): CertificateDocument => ({
    ...document,
    notified: {
      ops: { problems: ['LEFT_BEHIND'], since: now },
      team: { problems: ['DENIED', 'LEFT_BEHIND'], since: days(-1) },
    },
  })
  const others = { team: { problems: ['DENIED'], since: days(-1) } }

  test('is forgotten together with who was told of it', () => {
    const document = told(leftBehind(emptyDocument, ['a'], now))
    expect(withoutOldLeftBehind(document, days(6)).notified).toEqual(document.notified)
    expect(withoutOldLeftBehind(document, days(7)).notified).toEqual(others)
    const { team: _other, ...one } = document.notified ?? {}
    expect(withoutOldLeftBehind({ ...document, notified: one }, days(7))).not.toHaveProperty('notified')
  })

  test('is told again when more of it comes, and only then', () => {
    const document = told(leftBehind(emptyDocument, ['a'], now))
    expect(leftBehind(document, ['a', 'b'], days(1)).notified).toEqual(others)
    expect(leftBehind(document, ['a'], days(1)).notified).toEqual(document.notified)
  })
})
