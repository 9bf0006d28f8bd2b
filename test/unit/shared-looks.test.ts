import { expect, test } from 'vitest'
import { withSharedLooks } from '../../lib/balancers/shared-looks.ts'
import { Failure } from '../../lib/errors.ts'
import { readOnce } from '../../lib/platform/shared-reads.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import { failure } from '../support/failure.ts'

const MINUTE = 60_000
const listener = {}
const view = { resource: 'x', serves: false, endpoints: [] }

/** A balancer that reads once for each look unless somebody shares, and of which the first looks may be refused. */
function world({ refusals = [] as Failure[], timeLeft = 900_000 } = {}) {
  let now = new Date('2026-11-22T06:00:00Z').getTime()
  const slept: number[] = []
  const reads: string[] = []
  const read = () =>
    readOnce('state', async () => {
      reads.push('read')
      const refusal = refusals.shift()
      if (refusal !== undefined) throw refusal
      return view
    })
  const changing =
    <T>(result: T) =>
    async () => {
      await read()
      await read()
      return result
    }
  const balancer = {
    inspect: read,
    list: async () => (await read()) && [],
    swap: changing(undefined),
    attachFirst: changing(undefined),
    detach: changing(true),
    deleteUnused: changing([]),
    deleteById: changing(true),
  } as unknown as LoadBalancer
  const clock = {
    now: () => new Date(now),
    sleep: async (ms: number) => {
      slept.push(ms)
      now += ms
    },
  }
  const shared = withSharedLooks(balancer, { clock, timeLeft: () => timeLeft })
  return { shared, reads, slept, at: (ms: number) => new Date(now + ms) }
}

test('one look serves every certificate of a balancer, and the list of what it holds', async () => {
  const { shared, reads } = world()
  await Promise.all(Array.from({ length: 20 }, () => shared.inspect(listener, undefined)))
  await shared.list(listener)
  expect(reads).toHaveLength(1)
})

test.each<[string, (balancer: LoadBalancer) => Promise<unknown>]>([
  ['swap', (balancer) => balancer.swap(listener, {} as never)],
  ['attachFirst', (balancer) => balancer.attachFirst(listener, {} as never)],
  ['detach', (balancer) => balancer.detach(listener, 'x')],
  ['deleteUnused', (balancer) => balancer.deleteUnused(listener, ['x'])],
  ['deleteById', (balancer) => balancer.deleteById(listener, 'x')],
])('%s reads for itself, as often as it wants, and the look after it looks again', async (_name, change) => {
  const { shared, reads } = world()
  await shared.inspect(listener, undefined)
  await change(shared)
  expect(reads).toHaveLength(3)
  await shared.inspect(listener, undefined)
  await shared.inspect(listener, undefined)
  expect(reads).toHaveLength(4)
})

const asks = (at: Date) => new Failure('RATE_LIMITED', 'later', { retryAfter: at })

test('a balancer that asks for a minute of patience is waited for, once for all who look at it', async () => {
  const refusals: Failure[] = []
  const { shared, reads, slept, at } = world({ refusals })
  refusals.push(asks(at(MINUTE)))
  const views = await Promise.all([shared.inspect(listener, undefined), shared.inspect(listener, undefined)])
  expect(views).toEqual([view, view])
  expect(reads).toHaveLength(2)
  expect(slept).toContain(MINUTE)
})

test('it is not waited for beyond two minutes in all', async () => {
  const refusals: Failure[] = []
  const { shared, at } = world({ refusals })
  refusals.push(asks(at(2 * MINUTE + 1)))
  expect(await failure(shared.inspect(listener, undefined))).toMatchObject({ code: 'RATE_LIMITED' })
  refusals.push(asks(at(MINUTE)), asks(at(2 * MINUTE)), asks(at(3 * MINUTE)))
  expect(await failure(shared.inspect(listener, undefined))).toMatchObject({ code: 'RATE_LIMITED' })
  expect(refusals).toEqual([])
})

test('it is not waited for into the time that is kept back to write down how far a run came', async () => {
  const refusals: Failure[] = []
  const { shared, slept, at } = world({ refusals, timeLeft: 89_000 })
  refusals.push(asks(at(MINUTE)))
  expect(await failure(shared.inspect(listener, undefined))).toMatchObject({ code: 'RATE_LIMITED' })
  expect(slept).toEqual([])
})

test('it is not asked for ever, should it ask for patience and name a moment that is past', async () => {
  const refusals: Failure[] = []
  const { shared, reads, at } = world({ refusals })
  refusals.push(...Array.from({ length: 50 }, () => asks(at(0))))
  expect(await failure(shared.inspect(listener, undefined))).toMatchObject({ code: 'RATE_LIMITED' })
  expect(reads).toHaveLength(10)
})

test('whatever else keeps a look from being had is told at once', async () => {
  const refusals: Failure[] = []
  const { shared, slept, at } = world({ refusals })
  refusals.push(new Failure('UNAVAILABLE', 'down', { retryAfter: at(MINUTE) }))
  expect(await failure(shared.inspect(listener, undefined))).toMatchObject({ code: 'UNAVAILABLE' })
  expect(slept).toEqual([])
})
