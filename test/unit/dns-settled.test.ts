import { expect, test } from 'vitest'
import { settled } from '../../lib/dns/settled.ts'

/** A clock of which every pause is kept, and that has so many milliseconds left. */
function timeOf(left: number) {
  const pauses: number[] = []
  const sleep = async (milliseconds: number) => void pauses.push(milliseconds)
  return { pauses, clock: { now: () => new Date(), sleep }, timeLeft: () => left }
}

const counting = (pending: number) => {
  let reads = 0
  return { vendor: 'Example', isPending: (count: number) => count < pending, read: async () => ++reads }
}

test('what is carried out at once is not read again', async () => {
  const time = timeOf(60_000)
  expect(await settled(0, counting(0), time)).toBe(0)
  expect(time.pauses).toEqual([])
})

test('pauses grow, and last a minute together at most', async () => {
  const time = timeOf(60_000)
  await expect(settled(0, counting(1_000), time)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(time.pauses.slice(0, 5)).toEqual([1_000, 1_500, 2_250, 3_375, 5_000])
  expect(time.pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(60_000)
})

test('no pause is begun for which the run has no time', async () => {
  const time = timeOf(2_000)
  await expect(settled(0, counting(4), time)).rejects.toMatchObject({ code: 'OUT_OF_TIME' })
  expect(time.pauses).toEqual([1_000, 1_500])
})
