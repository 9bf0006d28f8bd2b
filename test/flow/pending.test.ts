import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { discard } from '../../lib/renewal/discard.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import type { Outcome } from '../../lib/types.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const DAY = 86_400_000
let world: MemoryWorld
let first: Outcome
let ops: ReturnType<typeof createMemoryNotifier>

/** A certificate is in its place, and one that was forced since is pending: neither of its balancers takes it. */
beforeEach(async () => {
  ops = createMemoryNotifier()
  world = await createMemoryWorld({ notifiers: { ops } })
  first = await world.run()
  for (const balancer of [world.fr, world.us]) {
    const { swap } = balancer
    balancer.swap = async (listener, deployment, keep) => {
      if (deployment.certificate.fingerprint !== first.certificate?.fingerprint && isPicky)
        throw new Failure('REJECTED', 'the chain is not accepted')
      await swap(listener, deployment, keep)
    }
  }
  isPicky = true
  world.pass(8 * DAY)
  expect(await world.run({ force: true })).toMatchObject({ result: 'failed', error: { code: 'REJECTED' } })
})
let isPicky = true

const served = () => [world.fr, world.us].map((balancer) => balancer.served?.fingerprint)
const isInPlace = () => served().every((each) => each === first.certificate?.fingerprint)
const documentNow = async () =>
  parseDocument('certificate/shop', (await world.state.read(documentKey('shop')))?.document ?? emptyDocument)

/** Somebody takes ours off the listener. */
function takeOff() {
  world.fr.bound = 'by-hand'
  world.fr.served = undefined
}

describe('a new certificate that its targets refuse', () => {
  test('does not keep the current one from being put back by the schedule, though its own next try is a day away', async () => {
    takeOff()
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'deployed', decision: { reason: 'drift' }, health: { healthy: false } })
    expect(isInPlace()).toBe(true)
    expect((await documentNow()).failures).toMatchObject({ deploy: { code: 'REJECTED' } })
  })

  test('is tried when a person asks, and what is current is put back in the same run where it is not served', async () => {
    takeOff()
    expect(await world.run({ only: ['shop'], deploy: true })).toMatchObject({ decision: { reason: 'pending' } })
    expect(isInPlace()).toBe(true)
  })

  test('is not tried for ever: it is given up after five tries, with a notice, and costs no order', async () => {
    const orders = world.authority.orders.length
    let tries = 1
    for (let day = 0; day < 10; day++) {
      world.pass(DAY / 2)
      // Thrice within a week would be a fight.
      if (day % 4 === 0) {
        takeOff()
        expect(await world.run()).toMatchObject({ decision: { reason: 'drift' } })
      }
      world.pass(DAY / 2 + 1)
      const { decision } = await world.run()
      if (decision.action === 'deploy' && decision.reason === 'pending') tries++
    }
    expect(tries).toBe(5)
    expect(world.authority.orders).toHaveLength(orders)
    expect(ops.heard()).toContain('problem GIVEN_UP')
    expect((await world.run()).health.conditions.map(({ code }) => code)).toEqual(['GIVEN_UP'])
    expect(isInPlace()).toBe(true)

    isPicky = false
    expect(await world.run({ only: ['shop'] })).toMatchObject({ result: 'deployed', decision: { reason: 'pending' } })
    expect((await world.run()).health.healthy).toBe(true)
    expect(ops.heard().at(-1)).toMatch(/^resolved .*GIVEN_UP/)
  })

  test('leaves room for another one once the current one is due', async () => {
    for (let day = 0; day < 6; day++) {
      world.pass(DAY + 1)
      await world.run()
    }
    isPicky = false
    world.pass(60 * DAY)
    expect(await world.run()).toMatchObject({
      result: 'renewed',
      decision: { reason: 'due' },
      health: { healthy: true },
    })
  })

  test('can be dropped by hand: then nobody brings it anywhere, asked or not, and all is healthy', async () => {
    expect(await discard(shop, world)).toMatch(/^[0-9a-f]{64}$/)
    expect(await world.run()).toMatchObject({ result: 'kept', health: { healthy: true } })
    expect(await world.run({ only: ['shop'] })).toMatchObject({ result: 'kept', health: { healthy: true } })
    expect(isInPlace()).toBe(true)
    isPicky = false
    world.pass(60 * DAY)
    expect(await world.run()).toMatchObject({ result: 'renewed', health: { healthy: true } })
  })

  test('is not there to be dropped once it was taken', async () => {
    isPicky = false
    await world.run({ only: ['shop'] })
    expect(await discard(shop, world)).toBeUndefined()
  })
})
