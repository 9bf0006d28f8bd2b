/** Orders that an earlier run began, and what is done with them; TXT values that were noted before. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import type { RunEvent } from '../../lib/events.ts'
import type { OrderRequest } from '../../lib/ports.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { createMemoryAuthority } from '../support/memory-authority.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'
import { issue as issueAnother } from '../support/practice-world.ts'

const MINUTE = 60_000
let world: MemoryWorld
beforeEach(async () => {
  world = await createMemoryWorld()
})
const documentNow = async () =>
  parseDocument('shop', (await world.state.read(documentKey('shop')))?.document ?? emptyDocument)
const fails = (on: 'newOrder' | 'readOrder' | 'answer' | 'finalize' | 'download', code: FailureCode) =>
  world.authority.failures.push({ on, failure: new Failure(code, 'as told') })
const byName = { only: ['shop'] }

describe('an order that was begun', () => {
  beforeEach(async () => {
    fails('finalize', 'UNREACHABLE')
    expect(await world.run()).toMatchObject({ result: 'failed', error: { step: 'finalize' } })
  })

  test('is noted with its authority, its directory and its address, and is taken up by the next run', async () => {
    const [{ url } = { url: '' }] = world.authority.orders
    expect((await documentNow()).order).toEqual({ authority: 'ca', directory: 'https://ca.example/directory', url })
    let asked = 0
    const { challenges } = world.authority
    world.authority.challenges = (...given) => {
      asked += 1
      return challenges(...given)
    }
    world.pass(MINUTE)
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect([world.authority.orders.length, asked]).toEqual([1, 0])
  })

  test.each<FailureCode>(['ACME_ORDER_GONE', 'NOT_FOUND'])(
    'and that the authority knows no more (%s) is made anew',
    async (code) => {
      fails('readOrder', code)
      expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
      expect(world.authority.orders).toHaveLength(2)
    },
  )

  test('and cannot be read is not made anew', async () => {
    fails('readOrder', 'UNREACHABLE')
    expect(await world.run(byName)).toMatchObject({ result: 'failed', error: { code: 'UNREACHABLE', step: 'order' } })
    expect(world.authority.orders).toHaveLength(1)
    expect(await documentNow()).toHaveProperty('order')
  })

  test.each<FailureCode>([
    ...(['URL_REFUSED', 'ACME_ACCOUNT_REFUSED', 'ACME_NAME_REFUSED', 'ACME_ALREADY_REPLACED', 'CONFLICT'] as const),
  ])(
    'and cannot be read for a reason that stays (%s) is let go: another is made, once, and that is noted',
    async (code) => {
      fails('readOrder', code)
      expect(await world.run()).toMatchObject({ result: 'waiting' })
      world.pass(MINUTE)
      expect(await world.run()).toMatchObject({ result: 'renewed', error: undefined })
      expect(world.authority.orders).toHaveLength(2)
      expect((await documentNow()).events).toContainEqual({
        at: world.clock.now(),
        event: 'order let go',
        detail: code,
      })
      expect(world.records).toContainEqual(
        expect.objectContaining({
          message: 'an order was let go, and another one was made',
          fields: expect.objectContaining({ why: code }),
        }),
      )
    },
  )

  test.each<[FailureCode, times: number, orders: number]>([
    ['ANSWER_INVALID', 5, 1],
    ['ANSWER_INVALID', 6, 2],
    ['ACME_PROBLEM', 5, 1],
    ['ACME_PROBLEM', 6, 2],
    ['UNEXPECTED', 6, 2],
  ])(
    'and is answered by something else than its authority (%s) is let go at the sixth time: %i are %i orders',
    async (code, times, orders) => {
      for (let each = 0; each < times; each += 1) fails('readOrder', code)
      expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
      expect(world.authority.orders).toHaveLength(orders)
    },
  )

  test('and is refused by a problem of ACME is let go at once', async () => {
    const fields = { type: 'urn:ietf:params:acme:error:malformed', status: 400 }
    world.authority.failures.push({ on: 'readOrder', failure: new Failure('ACME_PROBLEM', 'no', { fields }) })
    expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders).toHaveLength(2)
  })

  test('and is to be let go stays as long as no other can be made', async () => {
    fails('readOrder', 'ACME_ACCOUNT_REFUSED')
    fails('newOrder', 'ACME_SERVER')
    expect(await world.run(byName)).toMatchObject({ error: { code: 'ACME_SERVER', step: 'order' } })
    expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders).toHaveLength(1)
  })

  test.each<FailureCode>([
    ...(['UNREACHABLE', 'ACME_SERVER', 'ACME_BAD_NONCE', 'ACME_RATE_LIMITED', 'OUT_OF_TIME'] as const),
    ...(['CLOCK_WRONG', 'STORE_UNREADABLE', 'REFERENCE_UNRESOLVED', 'ACME_PAUSED'] as const),
  ])('and cannot be read for a reason that passes (%s) is gone on with', async (code) => {
    fails('readOrder', code)
    world.pass(MINUTE)
    expect(await world.run()).toMatchObject({ error: { code } })
    world.pass(120 * MINUTE)
    expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders).toHaveLength(1)
  })

  test('is let go once its end is past, even if nobody can read it any more', async () => {
    const expires = new Date(world.clock.now().getTime() + 60 * MINUTE)
    const { document, tag } = (await world.state.read(documentKey('shop'))) ?? { document: {}, tag: '' }
    const { order, ...rest } = document as { order: object }
    await world.state.write(documentKey('shop'), { ...rest, order: { ...order, expires } }, tag)
    fails('readOrder', 'UNREACHABLE')
    world.pass(59 * MINUTE)
    expect(await world.run(byName)).toMatchObject({ error: { code: 'UNREACHABLE' } })
    fails('readOrder', 'UNREACHABLE')
    world.pass(MINUTE)
    expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders).toHaveLength(2)
  })

  test('and is found expired is let go, and one that was issued before is fetched', async () => {
    const { readOrder } = world.authority
    const past = new Date(world.clock.now().getTime() - MINUTE)
    world.authority.readOrder = async (url) => ({ ...(await readOrder(url)), expires: past })
    expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
    expect((await documentNow()).events).toContainEqual(expect.objectContaining({ detail: 'expired' }))
    fails('download', 'UNREACHABLE')
    await world.run({ force: true })
    expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders).toHaveLength(3)
  })

  test('and has become invalid is not taken up', async () => {
    const { readOrder } = world.authority
    world.authority.readOrder = async (url) => ({ ...(await readOrder(url)), status: 'invalid' })
    expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders).toHaveLength(2)
  })

  test.each<[FailureCode, stays: boolean]>([
    ['ACME_ORDER_INVALID', false],
    ['ACME_ORDER_GONE', false],
    ['ACME_CSR', false],
    ['ACME_NAME_REFUSED', false],
    ['ACME_ACCOUNT_REFUSED', false],
    ['ACME_PROBLEM', true],
    ['UNREACHABLE', true],
    ['ACME_SERVER', true],
    ['ACME_RATE_LIMITED', true],
    ['ACME_PAUSED', true],
    ['ACME_UNDECIDED', true],
    ['ANSWER_INVALID', true],
  ])('and fails at its end with %s stays: %s', async (code, stays) => {
    fails('finalize', code)
    await world.run(byName)
    expect('order' in (await documentNow())).toBe(stays)
  })

  test.each<[FailureCode, stays: boolean]>([
    ['ACME_PROBLEM', true],
    ['ANSWER_INVALID', true],
    ['ACME_ORDER_GONE', false],
  ])('and whose certificate is not given (%s) stays: %s', async (code, stays) => {
    fails('download', code)
    await world.run(byName)
    expect('order' in (await documentNow())).toBe(stays)
  })

  test('at another authority of that name is not asked for', async () => {
    const other = await createMemoryAuthority(world.clock, (name) => world.txt.get(name) ?? [], 'https://other.example')
    let asked = 0
    const readOrder: typeof other.readOrder = (url) => {
      asked += 1
      return other.readOrder(url)
    }
    const request = { force: false, dryRun: false, fullScan: true }
    const outside = { ...world, authorities: { ca: { ...other, readOrder } } }
    expect(await renewAll([shop], request, outside)).toMatchObject([{ result: 'renewed' }])
    expect([asked, other.orders.length]).toEqual([0, 1])
  })
})

test.each<[code: FailureCode, stays: boolean]>([
  ['ACME_VALIDATION_FAILED', false],
  ['ACME_ORDER_INVALID', false],
  ['ACME_CAA', false],
  ['ACME_NAME_REFUSED', false],
  ['ANSWER_INVALID', true],
  ['UNREACHABLE', true],
])('an order whose validation fails with %s stays: %s, and its TXT values with it', async (code, stays) => {
  fails('answer', code)
  expect(await world.run()).toMatchObject({ result: 'failed', error: { code, step: 'validate' } })
  expect('order' in (await documentNow())).toBe(stays)
  expect([world.txt.size, (await documentNow()).challengeRecords.length]).toEqual(stays ? [1, 2] : [0, 0])
  expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
  expect([world.txt.size, (await documentNow()).challengeRecords.length]).toEqual([0, 0])
})

test('an order whose authorizations cannot be read is let go after six hours', async () => {
  const { challenges } = world.authority
  world.authority.challenges = () => Promise.reject(new Failure('ANSWER_INVALID', 'a page of a proxy'))
  for (let hour = 0; hour < 6; hour += 1) {
    expect(await world.run(byName)).toMatchObject({ error: { code: 'ANSWER_INVALID', step: 'validate' } })
    expect(world.authority.orders).toHaveLength(1)
    world.pass(60 * MINUTE)
  }
  world.authority.challenges = challenges
  expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
  expect(world.authority.orders).toHaveLength(2)
})

test('a chain whose form is of no use is asked for again, and costs no other certificate', async () => {
  const { download } = world.authority
  world.authority.download = async (_order, take) => take('not a chain')
  for (const _ of [1, 2, 3]) {
    expect(await world.run(byName)).toMatchObject({
      error: { code: 'ANSWER_INVALID', step: 'finalize', fields: { authority: 'ca' } },
    })
  }
  expect(await documentNow()).toMatchObject({ order: { authority: 'ca' }, issued: [] })
  world.authority.download = download
  expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
  expect(world.authority.issued).toBe(1)
})

test('a certificate that is of no use counts as issued, and another is ordered', async () => {
  const { download } = world.authority
  const { chainPem } = await issueAnother(await createAuthority({ name: 'another' }), 'ecdsa-p256', shop.names)
  world.authority.download = async (_order, take) => take(chainPem)
  expect(await world.run()).toMatchObject({
    error: { code: 'CHAIN_INVALID', step: 'finalize', fields: { authority: 'ca' } },
  })
  expect(await documentNow()).toMatchObject({ issued: [{ authority: 'ca', at: world.clock.now() }] })
  expect(await documentNow()).not.toHaveProperty('order')
  world.authority.download = download
  expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
})

test('an order asks for the profile of the configuration, and says which certificate it replaces', async () => {
  const requests: OrderRequest[] = []
  const { newOrder } = world.authority
  world.authority.newOrder = (request) => {
    requests.push(request)
    return newOrder(request)
  }
  await world.run()
  const { certificate } = await world.run({}, { ...shop, profile: 'short', configHash: 'two' })
  expect(certificate).toBeDefined()
  expect(requests[0]).toStrictEqual({ names: shop.names })
  expect(requests[1]).toMatchObject({ profile: 'short', replaces: { serial: expect.any(String) } })
})

describe('TXT values', () => {
  const denied = new Failure('DENIED', 'the token has lost a right')
  const noted = async () => (await documentNow()).challengeRecords.length

  test('that are shown again are noted once', async () => {
    const { cleanUp } = world.solver
    world.solver.cleanUp = () => Promise.reject(denied)
    fails('answer', 'UNREACHABLE')
    await world.run()
    expect(await noted()).toBe(2)
    fails('answer', 'UNREACHABLE')
    await world.run(byName)
    expect(await noted()).toBe(2)
    world.solver.cleanUp = cleanUp
    await world.run(byName)
    expect([await noted(), world.authority.orders.length]).toEqual([0, 1])
  })

  test('of another order at the same name are noted beside them', async () => {
    world.solver.cleanUp = () => Promise.reject(denied)
    for (const count of [2, 4]) {
      fails('answer', 'ACME_VALIDATION_FAILED')
      await world.run(byName)
      expect(await noted()).toBe(count)
    }
  })

  test('whose writing was refused are not noted any more, unless an earlier run may have written them', async () => {
    world.solver.cleanUp = () => Promise.reject(denied)
    world.solver.present = async ([refused], _waiting, unwritten) => {
      if (refused !== undefined) unwritten?.([refused])
      throw denied
    }
    await world.run()
    expect(await noted()).toBe(1)
    world.solver.present = async () => Promise.reject(denied)
    await world.run(byName)
    expect(await noted()).toBe(2)
    world.solver.present = async (records, _waiting, unwritten) => {
      unwritten?.(records)
      throw denied
    }
    await world.run(byName)
    expect(await noted()).toBe(2)
  })

  test('are waited for, and it is told at which name server', async () => {
    const heard: RunEvent[] = []
    const told = await createMemoryWorld({ emit: (event) => heard.push(event) })
    const { present } = told.solver
    for (const servers of [['ns1.example', 'ns2.example'], []]) {
      told.solver.present = async (records, waiting) => {
        waiting?.(servers)
        return present(records)
      }
      await told.run({ force: true })
    }
    expect(heard.filter(({ kind }) => kind === 'waiting')).toMatchObject(
      ['ns1.example', 'a name server'].map((server) => ({
        ...{ step: 'validate', what: `${server} to show the TXT value` },
      })),
    )
  })

  test('are noted before they are shown', async () => {
    let before = 0
    const { present } = world.solver
    world.solver.present = async (records) => {
      before = await noted()
      await present(records)
    }
    await world.run()
    expect(before).toBe(2)
  })

  test('of a domain that was not ordered are not shown', async () => {
    const { challenges } = world.authority
    world.authority.challenges = async (order) =>
      (await challenges(order)).map((each) => ({ ...each, domain: 'other.example' }))
    const outcome = await world.run()
    expect(outcome.error).toMatchObject({ code: 'ACME_PROBLEM', message: expect.stringContaining('other.example') })
    expect([world.txt.size, await noted()]).toEqual([0, 0])
  })

  test('are asked of no DNS provider by a run that has none', async () => {
    await world.run()
    let asked = 0
    world.solver.cleanUp = async () => {
      asked += 1
    }
    world.fr.bound = 'by-hand'
    expect(await world.run()).toMatchObject({ result: 'deployed', decision: { reason: 'drift' } })
    expect(asked).toBe(0)
  })
})
