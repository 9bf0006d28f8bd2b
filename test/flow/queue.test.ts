/** Many certificates that are due at once go through the queue and its workers. */
import { expect, test } from 'vitest'
import { passThroughQueue } from '../support/through-queue.ts'

const HOUR = 3_600_000

test('of certificates that are due none is lost in the queue and none renewed twice, though messages come again', async () => {
  const { broken, messages, refused, calls } = await passThroughQueue({ certificates: 60, renewed: true })
  expect(broken).toEqual([])
  expect(refused).toBe(0)
  expect(messages).toBe(60 + 2) // one in fifty comes twice
  expect(calls.get('authorities newOrder')).toBe(60)
  // The schedule's, whatever the number of certificates; workers list nothing.
  expect(calls.get('state list')).toBeLessThanOrEqual(3)
})

test('where the queue takes longer than an hour, who is given away again is renewed once', async () => {
  const { broken, messages, took, calls } = await passThroughQueue({
    certificates: 30,
    renewed: true,
    workers: 1,
    slowness: 20,
  })
  expect(broken).toEqual([])
  expect(took).toBeGreaterThan(HOUR)
  expect(messages).toBeGreaterThan(30 + 1)
  expect(calls.get('authorities newOrder')).toBe(30)
})

test('workers that run into a limit of the authority ask once each, and again when it says', async () => {
  const { broken, refused, took, calls } = await passThroughQueue({ certificates: 40, renewed: false, spent: 290 })
  expect(broken).toEqual([])
  expect(refused).toBe(30)
  expect(calls.get('authorities newOrder')).toBe(40 + 30)
  expect(took).toBeGreaterThan(3 * HOUR - 60_000)
})
