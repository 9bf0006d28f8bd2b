/** An authority that is at work on an order and does not decide. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { Order } from '../../lib/ports.ts'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const byName = { only: ['shop'] }

describe('an authority that has not decided within its time', () => {
  const ops = createMemoryNotifier()
  let world: MemoryWorld
  beforeEach(async () => {
    ops.notices.length = 0
    world = await createMemoryWorld({ notifiers: { ops } })
    const { readOrder } = world.authority
    world.authority.readOrder = async (url) => ({ ...(await readOrder(url)), ...read })
    read = { status: 'processing' }
  })
  let read: Partial<Order>
  const documentNow = async () => parseDocument('shop', (await world.state.read(documentKey('shop')))?.document)
  const fails = (code: 'ACME_UNDECIDED' | 'OUT_OF_TIME', on: 'answer' | 'finalize' = 'finalize') =>
    world.authority.failures.push({ on, failure: new Failure(code, 'not yet', { fields: { authority: 'ca' } }) })

  test('is a failure: it is told, backed off from, and its order is kept', async () => {
    fails('ACME_UNDECIDED')
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'ACME_UNDECIDED', step: 'finalize' } })
    expect(ops.heard()).toEqual(['problem ACME_UNDECIDED'])
    expect(await documentNow()).toMatchObject({
      order: { undecided: { step: 'finalize', since: world.clock.now(), runs: 1 } },
      failures: { authorities: { ca: { issue: { code: 'ACME_UNDECIDED', count: 1 } } } },
    })
    expect(await world.run()).toMatchObject({ result: 'waiting', decision: { reason: 'back-off' } })
  })

  test('and has decided when it is asked again is no trouble any more', async () => {
    fails('ACME_UNDECIDED')
    await world.run()
    world.pass(MINUTE)
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect(ops.heard()).toEqual(['problem ACME_UNDECIDED', 'resolved ACME_UNDECIDED'])
    expect(world.authority.orders).toHaveLength(1)
  })

  test('is asked for another order after six hours and three runs, and not before', async () => {
    fails('ACME_UNDECIDED')
    await world.run()
    for (const passed of [6 * HOUR - 1, 1]) {
      world.pass(passed)
      fails('ACME_UNDECIDED')
      await world.run(byName)
    }
    expect(world.authority.orders).toHaveLength(1)
    expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders).toHaveLength(2)
    expect((await documentNow()).events).toContainEqual(expect.objectContaining({ detail: 'undecided' }))
  })

  test.each(['ready', 'valid'] as const)('and whose order is %s by then goes on with it', async (status) => {
    fails('ACME_UNDECIDED')
    await world.run()
    world.pass(6 * HOUR)
    read = status === 'valid' ? {} : { status }
    expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders).toHaveLength(1)
  })

  test('has its six hours anew for each step', async () => {
    read = { status: 'pending' }
    fails('ACME_UNDECIDED', 'answer')
    await world.run()
    world.pass(5 * HOUR)
    fails('ACME_UNDECIDED')
    await world.run(byName)
    read = { status: 'processing' }
    world.pass(2 * HOUR)
    expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders).toHaveLength(1)
  })

  test('is what runs come to that have less time than it is given, once it has had ten minutes in all', async () => {
    const codes: (string | undefined)[] = []
    for (let minute = 0; minute <= 12; minute += 4) {
      fails('OUT_OF_TIME')
      const { error } = await world.run()
      codes.push(error?.code)
      world.pass(4 * MINUTE)
    }
    expect(codes).toEqual(['OUT_OF_TIME', 'OUT_OF_TIME', 'OUT_OF_TIME', 'ACME_UNDECIDED'])
    expect(ops.heard()).toContain('problem ACME_UNDECIDED')
  })
})
