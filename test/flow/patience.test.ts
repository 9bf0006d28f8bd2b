import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { after, DAY, HOUR } from '../../lib/platform/clock.ts'
import { createMemoryWorld } from '../support/memory-world.ts'

test('F-74 a balancer that asks for three days of patience is left alone by every run of these days, and looked at again', async () => {
  const world = await createMemoryWorld()
  await world.run()
  const { inspect: look } = world.fr
  let asked = 0
  world.fr.inspect = async (...args) => {
    asked += 1
    if (asked > 1) return look(...args)
    throw new Failure('RATE_LIMITED', 'not now', { retryAfter: after(world.clock.now(), 3 * DAY) })
  }
  world.pass(HOUR)
  expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'RATE_LIMITED' } })
  for (const request of [{}, { only: ['shop'] }, { force: true }]) {
    world.pass(20 * HOUR)
    await world.run(request)
    expect(asked).toBe(1)
  }
  world.pass(12 * HOUR)
  expect(await world.run()).toMatchObject({ error: undefined })
  expect(asked).toBeGreaterThan(1)
})

test('F-22 DNS that asks for patience keeps our TXT values until then, and no longer', async () => {
  const world = await createMemoryWorld()
  const { cleanUp } = world.solver
  let asked = 0
  world.solver.cleanUp = async (records) => {
    asked += 1
    if (asked > 1) return cleanUp(records)
    throw new Failure('RATE_LIMITED', 'not now', { retryAfter: after(world.clock.now(), 2 * DAY) })
  }
  expect(await world.run()).toMatchObject({ result: 'renewed', error: undefined })
  world.pass(DAY)
  await world.run()
  expect([asked, world.txt.size]).toEqual([1, 1])
  world.pass(DAY)
  await world.run()
  expect([asked, world.txt.size]).toEqual([2, 0])
})
