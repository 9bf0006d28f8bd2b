import { describe, expect, test } from 'vitest'
import type { Clock } from '../../lib/ports.ts'
import { createMemoryWorld } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A world with a certificate, and the same world as a machine sees it whose clock is off by that much. */
async function seenWith(offset: number) {
  const world = await createMemoryWorld()
  await world.run()
  const clock: Clock = { ...world.clock, now: () => new Date(world.clock.now().getTime() + offset) }
  const { authorities, solver, secrets, state, balancers } = world
  const mistaken = await createMemoryWorld({ authorities, solver, secrets, state, balancers, clock })
  return { world, mistaken }
}

describe('F-14: a machine whose clock is wrong', () => {
  test.each([
    ['a year behind', -365 * DAY, 0],
    ['a day behind', -DAY, 0],
    ['a day ahead', DAY, 0],
    // What it is given has expired by its clock, and every one of them counts.
    ['a year ahead', 365 * DAY, 3],
  ])('by %s orders no more than the budget, and takes nothing from the frontends', async (_by, offset, orders) => {
    const { world, mistaken } = await seenWith(offset)
    const served = world.fr.served?.fingerprint
    for (let run = 0; run < 48; run++) {
      await mistaken.run()
      world.pass(HOUR)
    }
    expect(world.authority.orders.length - 1).toBe(orders)
    expect([world.fr.served?.fingerprint, world.us.served?.fingerprint]).toEqual([served, served])
    expect(world.fr.objects.size).toBe(1)
  })

  test('by a day ahead renews a day early, once', async () => {
    const { world, mistaken } = await seenWith(DAY)
    world.pass(59 * DAY + HOUR)
    expect(await mistaken.run()).toMatchObject({ result: 'renewed', decision: { reason: 'due' } })
    for (let run = 0; run < 24; run++) {
      world.pass(HOUR)
      await mistaken.run()
    }
    expect(world.authority.orders).toHaveLength(2)
  })

  test.each([DAY, 365 * DAY])(
    'by %d milliseconds ahead, once it is right again, has kept nothing from its time',
    async (offset) => {
      const { world, mistaken } = await seenWith(offset)
      for (let run = 0; run < 5; run++) {
        await mistaken.run()
        world.pass(HOUR)
      }
      await mistaken.run({ force: true })
      const orders = world.authority.orders.length
      expect(await world.run()).toMatchObject({ result: 'kept' })
      world.pass(61 * DAY)
      expect(await world.run()).toMatchObject({ result: 'renewed', decision: { reason: 'due' } })
      expect(world.authority.orders).toHaveLength(orders + 1)
    },
  )
})
