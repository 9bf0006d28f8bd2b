import { expect, test } from 'vitest'
import { leftBehind, withoutOldLeftBehind } from '../../lib/renewal/left-behind.ts'
import { emptyDocument } from '../../lib/state/document.ts'

const now = new Date('2026-11-22T06:00:00Z')
const days = (count: number) => new Date(now.getTime() + count * 86_400_000)

test('what was left behind is noted once each, since the last of it, with an event', () => {
  const first = leftBehind(emptyDocument, ['a', 'b'], days(-3))
  const second = leftBehind(first, ['b', 'c'], now)
  expect(second.leftBehind).toEqual({ what: ['a', 'b', 'c'], since: now })
  expect(second.events).toEqual([
    { at: days(-3), event: 'left behind', detail: 'a, b' },
    { at: now, event: 'left behind', detail: 'b, c' },
  ])
})

test('what was left behind is said for a week', () => {
  const document = leftBehind(emptyDocument, ['a'], now)
  expect(withoutOldLeftBehind(document, new Date(days(7).getTime() - 1))).toBe(document)
  expect(withoutOldLeftBehind(document, days(7))).not.toHaveProperty('leftBehind')
  expect(withoutOldLeftBehind(emptyDocument, now)).toBe(emptyDocument)
})
