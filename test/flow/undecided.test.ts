/** An authority that is at work on an order and does not decide. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { Order } from '../../lib/ports.ts'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'
import { withJson } from '../support/rewriting-proxy.ts'
import { wireWorld } from '../support/wire-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
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
      order: { undecided: { step: 'finalize', since: world.clock.now() } },
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

  test('is asked for another order after six hours, and not before', async () => {
    fails('ACME_UNDECIDED')
    await world.run()
    world.pass(6 * HOUR - 1)
    fails('ACME_UNDECIDED')
    await world.run(byName)
    expect(world.authority.orders).toHaveLength(1)
    world.pass(1)
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

/** Looked at as a schedule would that runs every five minutes. */
async function looksOfADay({ run, clock }: Awaited<ReturnType<typeof wireWorld>>) {
  const until = clock.now().getTime() + DAY
  let next: Date | undefined
  for (; clock.now().getTime() < until; clock.pass(5 * MINUTE)) {
    if (next === undefined || next <= clock.now()) next = (await run()).next
  }
}

test.each([
  { runTime: 4 * MINUTE, names: ['shop.test'] },
  { runTime: 15 * MINUTE, names: Array.from({ length: 12 }, (_, at) => `n${at}.shop.test`) },
])(
  'a day of looking at names ($runTime ms a run) costs some hundreds of requests and one notice',
  async (given) => {
    const world = await wireWorld({
      ...given,
      rewrite: ({ path }, answer) =>
        path.startsWith('/authorization/')
          ? withJson(answer, ({ challenges: [challenge], ...body }) => {
              const shown = challenge.status === 'pending' ? challenge : { ...challenge, status: 'processing' }
              return { ...body, status: 'pending', challenges: [shown] }
            })
          : path.startsWith('/order/')
            ? withJson(answer, (body) => ({ ...body, status: 'pending' }))
            : answer,
    })
    await looksOfADay(world)
    expect(world.notifier.heard()).toEqual(['problem ACME_UNDECIDED'])
    expect(world.exchanges.length).toBeLessThan(700)
    expect(world.exchanges.filter((each) => each.startsWith('POST /new-order'))).toHaveLength(1)
  },
  60_000,
)

test('a day of issuing costs some hundreds of requests and one notice, and the certificate is fetched once it is there', async () => {
  let isAtWork = true
  const world = await wireWorld({
    names: ['www.shop.test'],
    rewrite: ({ path }, answer) =>
      path.startsWith('/order/') && isAtWork
        ? withJson(answer, ({ certificate: _certificate, ...body }) =>
            body.status === 'valid' ? { ...body, status: 'processing' } : body,
          )
        : answer,
  })
  await looksOfADay(world)
  expect(world.notifier.heard()).toEqual(['problem ACME_UNDECIDED'])
  expect(world.exchanges.length).toBeLessThan(300)
  isAtWork = false
  expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
  expect(world.ca.ledger.certificates).toHaveLength(1)
})
