import { expect, test } from 'vitest'
import { createSharedReads, readOnce } from '../../lib/platform/shared-reads.ts'

const start = new Date('2026-11-22T06:00:00Z').getTime()

/** Reads that may be shared, and how often each was made. */
function reading(freshFor = 60_000) {
  let now = start
  let made = 0
  const shared = createSharedReads({ now: () => new Date(now) }, freshFor)
  const read = (key = 'a', answer: () => Promise<unknown> = async () => made) =>
    shared.during(() =>
      readOnce(key, () => {
        made += 1
        return answer()
      }),
    )
  const pass = (ms: number) => {
    now += ms
  }
  return { shared, read, made: () => made, pass }
}

test('what was read by one is given to the next, for as long as it is fresh', async () => {
  const { read, pass } = reading()
  expect(await Promise.all([read(), read()])).toEqual([1, 1])
  pass(59_999)
  expect(await read()).toBe(1)
  pass(1)
  expect(await read()).toBe(2)
})

test('by another key it is another read', async () => {
  const { read } = reading()
  expect([await read('a'), await read('b'), await read('a')]).toEqual([1, 2, 1])
})

test('a clock that was put back makes nothing fresh for longer', async () => {
  const { read, pass } = reading()
  await read()
  pass(-60_000)
  expect(await read()).toBe(2)
})

test('what was forgotten is read again, also where it was asked for before that and comes after it', async () => {
  const { read, shared } = reading()
  const ends: (() => void)[] = []
  const early = read('a', () => new Promise((done) => ends.push(() => done('early'))))
  shared.forget()
  const late = read('a', async () => 'late')
  for (const end of ends) end()
  expect([await early, await late, await read()]).toEqual(['early', 'late', 'late'])
})

test('a failure is told to all who wait for it, and the next one reads again', async () => {
  const { read, made } = reading()
  const fails = async () => Promise.reject(new Error('gone'))
  await Promise.all([read('a', fails), read('a', fails)].map((each) => expect(each).rejects.toThrow('gone')))
  expect(made()).toBe(1)
  expect(await read()).toBe(2)
})

test('nothing is shared where nobody shares', async () => {
  const { read } = reading()
  await read('a')
  expect(await readOnce('a', async () => 'mine')).toBe('mine')
})
