/** What is looked at before an order, so that an order is never spent in vain. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { TargetView } from '../../lib/types.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

const DAY = 86_400_000
let world: MemoryWorld
beforeEach(async () => {
  world = await createMemoryWorld()
})

/** Lets the API of a balancer tell that it is full of foreign certificates. */
function fill(balancer: MemoryWorld['fr'], quota: Extract<TargetView, { serves: boolean }>['quota']) {
  const { inspect } = balancer
  balancer.inspect = async (...given) => ({ ...(await inspect(...given)), ...(quota && { quota }) })
}
const FULL = { held: 200, limit: 200, room: 0 }

describe('no order is placed', () => {
  test.each(['REFERENCE_UNRESOLVED', 'DENIED', 'DNS_NO_ZONE'] as const)(
    'where the provider of the zone answers %s',
    async (code) => {
      world.solver.check = () => Promise.reject(new Failure(code, 'the token does not do'))
      expect(await world.run()).toMatchObject({ result: 'failed', error: { code, step: 'order' } })
      expect(world.authority.orders).toEqual([])
      expect(world.txt.size).toBe(0)
    },
  )

  test('where every load balancer is full, by the name of one of them', async () => {
    for (const balancer of [world.fr, world.us]) fill(balancer, FULL)
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'failed', decision: { action: 'blocked' }, error: { code: 'TARGET_FULL' } })
    expect(outcome.error?.message).toMatch(/^fr\/edge: the load balancer holds 200 certificates of at most 200/)
    expect(world.authority.orders).toEqual([])
  })

  test('where one is full and the other cannot be asked', async () => {
    fill(world.fr, FULL)
    world.us.trouble = new Failure('DENIED', 'no')
    expect(await world.run()).toMatchObject({ result: 'failed', decision: { action: 'blocked' } })
    expect(world.authority.orders).toEqual([])
  })
})

test('one that is full keeps no other from its certificate, and a look once a day is enough of one that stays full', async () => {
  fill(world.fr, FULL)
  expect(await world.run()).toMatchObject({ result: 'renewed' })
  fill(world.us, FULL)
  expect(await world.run({ force: true })).toMatchObject({ decision: { action: 'blocked' } })
  expect(world.authority.orders).toHaveLength(1)
  expect(await world.run()).toMatchObject({ decision: { reason: 'fresh' } })
})

test('where room has been made, the certificate is ordered the next day without anybody’s help', async () => {
  const view = { ...FULL }
  for (const balancer of [world.fr, world.us]) fill(balancer, view)
  await world.run()
  Object.assign(view, { room: 1 })
  world.pass(DAY + 1)
  expect(await world.run()).toMatchObject({ result: 'renewed' })
})

test('what is current is repaired while no new one has room', async () => {
  await world.run()
  for (const balancer of [world.fr, world.us]) fill(balancer, FULL)
  world.pass(61 * DAY)
  world.fr.bound = undefined
  expect(await world.run()).toMatchObject({ result: 'deployed', decision: { reason: 'drift' } })
  expect(world.authority.orders).toHaveLength(1)
})
