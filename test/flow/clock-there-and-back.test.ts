import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { CertificateAuthority, Clock } from '../../lib/ports.ts'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** The same authority as a machine meets it whose clock is off: it tells the time with every answer. */
const tellingTime = (authority: CertificateAuthority, offset: number): CertificateAuthority => {
  const wrong = () => Promise.reject(new Failure('CLOCK_WRONG', 'set the clock'))
  return Math.abs(offset) > HOUR ? { ...authority, newOrder: wrong, renewalWindow: wrong } : authority
}

/** The same world, seen by a machine whose clock is off by that much. `silent`: nobody tells it. */
async function seenWith(world: MemoryWorld, offset: number, told: 'told' | 'silent'): Promise<MemoryWorld> {
  const clock: Clock = { ...world.clock, now: () => new Date(world.clock.now().getTime() + offset) }
  const { authority, solver, secrets, state, balancers } = world
  const ca = told === 'told' ? tellingTime(authority, offset) : authority
  return createMemoryWorld({ authorities: { ca }, solver, secrets, state, balancers, clock })
}

const remembered = async ({ state, spec }: MemoryWorld) => {
  const key = documentKey(spec.id)
  return parseDocument(key, (await state.read(key))?.document)
}

const windowIn = (world: MemoryWorld, days: number, checkAfter: number) => ({
  start: new Date(world.clock.now().getTime() + days * DAY),
  end: new Date(world.clock.now().getTime() + (days + 1) * DAY),
  checkAfter: new Date(world.clock.now().getTime() + checkAfter),
})

const OFF: readonly (readonly [string, number])[] = [
  ['ten years behind', -10 * YEAR],
  ['eleven days behind', -11 * DAY],
  ['five hours behind', -5 * HOUR],
  ['twenty minutes behind', -20 * MINUTE],
  ['twenty minutes ahead', 20 * MINUTE],
  ['nine days ahead', 9 * DAY],
  ['a century ahead', 100 * YEAR],
]

describe('F-14: what an authority asked for outlives a run by a clock that is', () => {
  test.each(OFF)('%s', async (_how, offset) => {
    const world = await createMemoryWorld()
    await world.run()
    world.authority.closedUntil = new Date(world.clock.now().getTime() + 6 * DAY)
    await world.run({ force: true })
    const { failures } = await remembered(world)
    const mistaken = await seenWith(world, offset, 'told')
    for (let run = 0; run < 3; run++) {
      await mistaken.run({ force: run > 0 })
      world.pass(HOUR)
    }
    expect((await remembered(world)).failures).toEqual(failures)
    world.authority.closedUntil = undefined
    expect(await world.run({ force: true })).toMatchObject({ decision: { action: 'wait', reason: 'retry-after' } })
    expect(world.authority.orders).toHaveLength(1)
    world.pass(6 * DAY)
    expect(await world.run({ force: true })).toMatchObject({ result: 'renewed' })
  })

  test.each(OFF.filter(([, offset]) => offset < 0))('%s, and of which nobody tells it', async (_how, offset) => {
    const world = await createMemoryWorld()
    await world.run()
    world.authority.closedUntil = new Date(world.clock.now().getTime() + 6 * DAY)
    await world.run({ force: true })
    const mistaken = await seenWith(world, offset, 'silent')
    await mistaken.run()
    expect(await world.run({ force: true })).toMatchObject({ decision: { action: 'wait', reason: 'retry-after' } })
  })
})

test('F-14: what an authority asked for outlives the order by which a clock is heard to be wrong, whatever else is done', async () => {
  const world = await createMemoryWorld()
  world.authority.closedUntil = new Date(world.clock.now().getTime() + 6 * DAY)
  await world.run()
  const { failures } = await remembered(world)
  const key = documentKey(world.spec.id)
  const left = { name: '_acme-challenge.shop.example', value: 'left', zone: 'shop.example', provider: 'main' }
  const stored = await world.state.read(key)
  const document = { ...(await remembered(world)), challengeRecords: [{ ...left, since: world.clock.now() }] }
  await world.state.write(key, document, stored?.tag)
  const mistaken = await seenWith(world, 9 * DAY, 'told')
  expect(await mistaken.run({ force: true })).toMatchObject({ error: { code: 'CLOCK_WRONG' } })
  expect(await remembered(world)).toMatchObject({ failures, challengeRecords: [] })
})

test.each(OFF)('F-14: a budget that is spent stays spent after a run by a clock that is %s', async (_how, offset) => {
  const world = await createMemoryWorld()
  for (let order = 0; order < 3; order++) await world.run({ force: true })
  const mistaken = await seenWith(world, offset, 'told')
  for (const force of [false, true]) await mistaken.run({ force })
  expect(await world.run({ force: true })).toMatchObject({ decision: { action: 'wait', reason: 'budget' } })
  expect(world.authority.orders).toHaveLength(3)
})

test.each(OFF.filter(([, offset]) => Math.abs(offset) > HOUR))(
  'F-14: by a clock that stays %s an order is tried less and less often, and at once when it is right',
  async (_how, offset) => {
    const world = await createMemoryWorld()
    const mistaken = await seenWith(world, offset, 'told')
    for (const count of [1, 2, 3]) {
      expect(await mistaken.run()).toMatchObject({ error: { code: 'CLOCK_WRONG' } })
      expect((await remembered(world)).failures?.authorities?.ca?.issue).toMatchObject({ code: 'CLOCK_WRONG', count })
      world.pass(2 * HOUR)
    }
    expect(await world.run({ force: true })).toMatchObject({ result: 'renewed' })
    expect(await world.run()).toMatchObject({ result: 'kept' })
  },
)

test.each([
  ['an hour and a half', 1.5 * HOUR],
  ['twenty hours', 20 * HOUR],
  ['forty days', 40 * DAY],
])(
  'F-14: nothing is deleted by a clock that is ahead by %s, though the window was asked for a moment ago',
  async (_by, offset) => {
    const world = await createMemoryWorld()
    await world.run()
    await world.run({ force: true })
    world.pass(DAY - HOUR)
    world.authority.window = windowIn(world, 50, DAY)
    await world.run() // it knows the window for another day
    const held = [...world.fr.objects.keys()]
    const mistaken = await seenWith(world, offset, 'told')
    for (const force of [false, true]) await mistaken.run({ force })
    expect([...world.fr.objects.keys()]).toEqual(held)
    world.pass(2 * HOUR)
    world.authority.window = windowIn(world, 49, DAY)
    await world.run()
    expect(world.fr.objects.size).toBe(held.length - 1)
  },
)

test('F-14: what a wrong clock noted ahead is gone once an authority has told that the clock here is right', async () => {
  const world = await createMemoryWorld()
  await world.run()
  const mistaken = await seenWith(world, 300 * DAY, 'silent')
  world.fr.trouble = new Failure('UNREACHABLE', 'down')
  world.us.trouble = world.fr.trouble
  await mistaken.run()
  world.fr.trouble = undefined
  world.us.trouble = undefined
  const { failures } = await remembered(world)
  expect(failures?.observe).toMatchObject({ code: 'UNREACHABLE' })
  await world.run()
  expect((await remembered(world)).failures).toEqual(failures) // nobody has told
  world.authority.window = windowIn(world, 50, DAY)
  await world.run()
  expect((await remembered(world)).failures).toBeUndefined()
})

test('F-14: a clock that is wrong makes no room at a balancer', async () => {
  const world = await createMemoryWorld()
  await world.run()
  await world.run({ force: true })
  const held = [...world.fr.objects.keys()]
  const kept: (readonly string[] | undefined)[] = []
  const { swap } = world.fr
  world.fr.swap = (listener, deployment, keep) => {
    kept.push(keep)
    return swap(listener, deployment, keep)
  }
  world.fr.bound = 'by-hand'
  await (await seenWith(world, 90 * DAY - HOUR, 'told')).run({ deploy: true })
  expect(kept.map((each) => held.every((name) => each?.includes(name)))).toEqual([true])
})
