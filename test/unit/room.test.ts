import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { refusalEverywhere, refusalOf } from '../../lib/policy/room.ts'
import type { TargetView } from '../../lib/types.ts'

const now = new Date('2026-11-22T06:00:00Z')
const holding = (held: number, limit: number, room = limit - held): TargetView => {
  return { serves: false, endpoints: [], probes: [], quota: { held, limit, room } }
}
const open: TargetView = { serves: false, endpoints: [], probes: [] }
const denied: TargetView = { error: new Failure('DENIED', 'no') }
const busy: TargetView = { error: new Failure('RATE_LIMITED', 'later', { retryAfter: now }) }

test('a target takes another certificate as long as its load balancer has room, or nobody knows of a limit', () => {
  for (const view of [open, holding(4, 5), holding(5, 5, 1)]) expect(refusalOf(view)).toBeUndefined()
  expect(refusalOf(denied)).toBe('error' in denied && denied.error)
  expect(refusalOf(holding(5, 5))).toMatchObject({
    code: 'TARGET_FULL',
    message: "the load balancer holds 5 certificates of at most 5, and none of newleaf's can be spared",
    fields: { count: 5, limit: 5 },
  })
})

test('a certificate could be served nowhere where no target takes it: which of them are full is said', () => {
  expect(refusalEverywhere({})).toBeUndefined()
  expect(refusalEverywhere({ 'fr/edge': holding(5, 5), 'us/apps': open })).toBeUndefined()
  expect(refusalEverywhere({ 'fr/edge': denied, 'us/apps': holding(4, 5) })).toBeUndefined()
  expect(refusalEverywhere({ 'fr/edge': holding(5, 5), 'us/apps': holding(9, 9) })).toMatchObject({
    code: 'TARGET_FULL',
    message: expect.stringMatching(/^fr\/edge: the load balancer holds 5 /),
  })
  expect(refusalEverywhere({ 'fr/edge': busy, 'us/apps': denied })).toMatchObject({ code: 'DENIED', message: 'no' })
})
