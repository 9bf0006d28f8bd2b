import { expect, test } from 'vitest'
import type { Call } from '../../cli/call.ts'
import { looking } from '../../cli/looking.ts'

/** A look of so many seconds, in the middle of which something may be warned of; what standard error shows of it. */
async function look({ seconds = 0, isTTY = true, json = undefined as 'document' | undefined, warns = false } = {}) {
  const written: string[] = []
  const stderr = { isTTY, columns: 80, write: (text: string) => written.push(text) }
  let now = 0
  let tick = () => {}
  let ended = false
  const ticker = {
    now: () => new Date(now),
    every(_milliseconds: number, work: () => void) {
      tick = work
      return () => {
        ended = true
      }
    },
  }
  const call = { io: { stderr, stdout: stderr, env: { NO_COLOR: '1' } }, json } as unknown as Call
  const done = await looking(
    call,
    'asking the balancers',
    async ({ sink }) => {
      for (let at = 0; at < seconds; at++) {
        now += 1_000
        tick()
        if (warns && at === 0) sink({ time: new Date(0), level: 'warn', message: 'something is amiss', fields: {} })
      }
      return 'seen'
    },
    ticker,
  )
  return { done, written, ended }
}

test('a look that takes long says for how long, and leaves nothing of that', async () => {
  const { done, written, ended } = await look({ seconds: 2 })
  expect([done, ended]).toEqual(['seen', true])
  expect(written).toEqual(['\r\x1b[Kasking the balancers … 1 s', '\r\x1b[Kasking the balancers … 2 s', '\r\x1b[K'])
})

test('what is warned of meanwhile stands on a line of its own', async () => {
  const { written } = await look({ seconds: 2, warns: true })
  expect(written.slice(1, 3)).toEqual(['\r\x1b[K', 'something is amiss\n'])
})

test('a quick look, a pipe and a JSON document show nothing of it', async () => {
  expect((await look()).written).toEqual([])
  expect((await look({ seconds: 3, isTTY: false })).written).toEqual([])
  expect((await look({ seconds: 3, json: 'document' })).written).toEqual([])
})

test('nothing of it is left when the look fails', async () => {
  const written: string[] = []
  const stderr = { isTTY: true, columns: 80, write: (text: string) => written.push(text) }
  let tick = () => {}
  const ticker = {
    now: () => new Date(0),
    every(_milliseconds: number, work: () => void) {
      tick = work
      return () => {}
    },
  }
  const call = { io: { stderr, stdout: stderr, env: {} } } as unknown as Call
  const failing = looking(
    call,
    'asking',
    async () => {
      tick()
      throw new Error('no')
    },
    ticker,
  )
  await expect(failing).rejects.toThrow('no')
  expect(written.at(-1)).toBe('\r\x1b[K')
})
