import { expect, test } from 'vitest'
import { createPace } from '../../lib/dns/pace.ts'

/** When each of so many queries that are wanted one right after the other had to wait for, in milliseconds. */
async function waits(count: number, beforeEach = 0): Promise<number[]> {
  const began = Date.UTC(2026, 10, 22)
  let time = began
  const until: number[] = []
  const clock = {
    now: () => new Date(time),
    sleep: async (milliseconds: number) => {
      until.push(time + milliseconds - began)
    },
  }
  const pace = createPace(clock)
  for (let query = 0; query < count; query++) {
    time += beforeEach
    await pace()
  }
  return until
}

test('twenty queries go out at once, and no more within a second', async () => {
  expect(await waits(20)).toEqual([])
  expect(await waits(45)).toEqual([...Array<number>(20).fill(1_000), ...Array<number>(5).fill(2_000)])
})

test('who sends fewer waits for nothing', async () => {
  expect(await waits(100, 50)).toEqual([])
})
