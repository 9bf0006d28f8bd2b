/** Two who change one listener: newleaf notices, stands back, and says so. */
import { beforeEach, describe, expect, test } from 'vitest'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import type { Outcome } from '../../lib/types.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let ops: ReturnType<typeof createMemoryNotifier>
let world: MemoryWorld
beforeEach(async () => {
  ops = createMemoryNotifier()
  world = await createMemoryWorld({ notifiers: { ops } })
})

const swaps = () => [world.fr, world.us].map(({ changes }) => changes.filter((each) => each.startsWith('swap')).length)
const codes = ({ health: { conditions } }: Outcome) => conditions.map(({ code, message }) => `${code} ${message}`)
const entry = async (of: MemoryWorld) =>
  parseDocument('shop', (await of.state.read(documentKey('shop')))?.document).targets['fr/edge']
/** Puts the object that a listener had before back, as a controller would. */
async function putBack(at: MemoryWorld['fr'], object: string) {
  at.bound = object
  at.served = at.objects.get(object)
}

describe('two environments at the same listeners', () => {
  let prod: MemoryWorld
  beforeEach(async () => {
    prod = await createMemoryWorld({ environment: 'prod', balancers: { fr: world.fr, us: world.us } })
    await world.run()
  })
  const pass = (time: number) => {
    for (const each of [world, prod]) each.pass(time)
  }

  test('the later one takes them over once, and the earlier one stands back and says whose certificate is there', async () => {
    expect(await prod.run()).toMatchObject({ result: 'renewed', health: { healthy: true } })
    expect(swaps()).toEqual([2, 2])
    for (let hour = 0; hour < 72; hour += 1) {
      pass(HOUR)
      expect(await world.run()).toMatchObject({ health: { healthy: false } })
      expect(await prod.run()).toMatchObject({ health: { healthy: true } })
    }
    expect(swaps()).toEqual([2, 2])
    expect(world.fr.bound).toMatch(/^newleaf-prod-shop-/)
    expect(ops.heard()).toEqual(['problem TARGET_CONTESTED'])
    expect(ops.notices[0]).toMatchObject({
      message: expect.stringMatching(/serves newleaf-prod-shop-[0-9a-f]{16}, which another newleaf has put there/),
      advice: expect.stringContaining('stop whoever else changes the listener'),
    })
  })

  test('the one that stands back orders nothing, however old its certificate becomes', async () => {
    await prod.run()
    const orders = world.authority.orders.length
    pass(70 * DAY)
    await prod.run({ force: true })
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'TARGET_CONTESTED' } })
    expect(world.authority.orders).toHaveLength(orders)
  })

  test('it is over, and said to be, once the listeners serve its certificate again', async () => {
    const own = world.fr.bound ?? ''
    await prod.run()
    await world.run()
    for (const each of [world.fr, world.us]) await putBack(each, own)
    expect(await world.run()).toMatchObject({ health: { healthy: true } })
    expect(ops.heard()).toEqual(['problem TARGET_CONTESTED', 'resolved TARGET_CONTESTED'])
  })

  test('it is over once the other one has expired: the listener is repaired', async () => {
    await world.run({ force: true })
    await prod.run()
    pass(20 * DAY)
    await world.run({ force: true })
    const [other] = [...world.fr.objects].filter(([name]) => name.startsWith('newleaf-prod-'))
    if (other === undefined) throw new Error('prod has put nothing there')
    for (const { objects } of [world.fr, world.us]) objects.set(other[0], { ...other[1], notAfter: world.clock.now() })
    expect(await world.run()).toMatchObject({ result: 'deployed' })
  })

  test('who asks for a deployment takes them over, and then the other one stands back', async () => {
    await prod.run()
    await world.run()
    expect(await world.run({ only: ['shop'], deploy: true })).toMatchObject({ health: { healthy: true } })
    expect(world.fr.bound).toMatch(/^newleaf-test-shop-/)
    expect(await prod.run()).toMatchObject({ result: 'failed', error: { code: 'TARGET_CONTESTED' } })
  })
})

describe('a controller that puts its own certificate back', () => {
  const foreign = (at: MemoryWorld['fr']) => {
    at.bound = 'by-a-controller'
    at.served = undefined
  }

  test('is answered three times within a week, and then left alone and reported, and the other target is kept', async () => {
    await world.run()
    for (const _ of [1, 2, 3]) {
      foreign(world.fr)
      expect(await world.run()).toMatchObject({ result: 'deployed', decision: { reason: 'drift' } })
      world.pass(HOUR)
    }
    expect(ops.heard()).toEqual([])
    foreign(world.fr)
    const before = swaps()
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'TARGET_CONTESTED' } })
    expect(codes(outcome).join()).toContain('fr/edge was put right three times since 2026-11-22T06:00:00.000Z')
    world.pass(30 * DAY)
    await world.run()
    expect(swaps()).toEqual(before)
    expect(ops.heard()).toEqual(['problem TARGET_CONTESTED'])

    world.us.bound = 'by-hand'
    world.pass(DAY)
    expect(await world.run()).toMatchObject({ targets: { 'us/apps': { state: 'verified' } } })
    expect([world.fr.bound, world.us.bound]).toEqual(['by-a-controller', expect.stringContaining('newleaf-test')])
  })

  test('a renewal goes to the other target, and does not touch the one that is contested', async () => {
    await world.run()
    for (const _ of [1, 2, 3]) {
      foreign(world.fr)
      await world.run()
    }
    foreign(world.fr)
    expect(await world.run({ force: true, only: ['shop'] })).toMatchObject({
      error: { code: 'TARGET_CONTESTED' },
      targets: { 'fr/edge': { state: 'failed' }, 'us/apps': { state: 'verified' } },
    })
    expect(world.fr.bound).toBe('by-a-controller')
    expect(world.us.served?.fingerprint).toBe((await world.run()).certificate?.fingerprint)
  })

  test('a week in which nothing happens is the end of it, and a fourth repair is a first one', async () => {
    await world.run()
    for (const _ of [1, 2, 3]) {
      foreign(world.fr)
      await world.run()
    }
    world.pass(8 * DAY)
    await world.run()
    expect(await entry(world)).not.toHaveProperty('repairs')
    foreign(world.fr)
    expect(await world.run()).toMatchObject({ result: 'deployed' })
    expect((await entry(world))?.repairs).toHaveLength(1)
  })

  test('is answered again once a person has asked for a deployment', async () => {
    await world.run()
    for (const _ of [1, 2, 3]) {
      foreign(world.fr)
      await world.run()
    }
    foreign(world.fr)
    await world.run()
    expect(await world.run({ only: ['shop'], deploy: true })).toMatchObject({ health: { healthy: true } })
    expect((await entry(world))?.repairs).toHaveLength(1)
  })
})
