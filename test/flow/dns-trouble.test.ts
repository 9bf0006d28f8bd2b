import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { parseDocument } from '../../lib/state/document.ts'
import type { CertificateSpec, Outcome } from '../../lib/types.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const DAY = 86_400_000
const MINUTE = 60_000

const documentOf = async ({ state }: MemoryWorld, id = 'shop') => {
  const key = `certificate/${id}`
  return parseDocument(key, (await state.read(key))?.document)
}

describe('F-21: a DNS provider that denies us', () => {
  const blog: CertificateSpec = {
    ...shop,
    id: 'blog',
    names: ['blog.example'],
    targets: [{ id: 'us/apps', name: 'us/apps', balancer: 'us', listener: { frontend: 'apps' } }],
  }
  const denied = new Failure('DENIED', 'Scaleway answered GET /domain with 403: the DNS provider main may not')

  /** Both certificates are there and due; DNS denies us at the names of the shop. */
  async function deniedWorld() {
    const ops = createMemoryNotifier()
    const world = await createMemoryWorld({ notifiers: { ops } })
    const ours = { ...shop, targets: shop.targets.slice(0, 1) }
    const request = { force: false, dryRun: false, fullScan: true }
    const runBoth = async (): Promise<Outcome[]> => renewAll([ours, blog], request, world)
    await runBoth()
    const { present } = world.solver
    let asked = 0
    world.solver.present = async (records) => {
      if (!records.some(({ name }) => name.endsWith('shop.example'))) return present(records)
      asked += 1
      throw denied
    }
    world.pass(61 * DAY)
    return { world, ops, runBoth, asked: () => asked }
  }

  test('the old certificate goes on being served, others are renewed, and it is told', async () => {
    const { world, ops, runBoth } = await deniedWorld()
    const before = world.fr.bound
    const [failed, renewed] = await runBoth()
    expect(failed).toMatchObject({ id: 'shop', result: 'failed', error: { code: 'DENIED', step: 'validate' } })
    expect(renewed).toMatchObject({ id: 'blog', result: 'renewed' })
    expect(world.fr.bound).toBe(before)
    expect(ops.heard()).toEqual(['problem DENIED'])
    expect(ops.notices[0]?.message).toContain('the DNS provider main')
  })

  test('it is not asked again and again, but once a day, and at once when somebody asks by name', async () => {
    const { world, runBoth, asked } = await deniedWorld()
    await runBoth()
    for (let hour = 0; hour < 20; hour++) {
      world.pass(60 * MINUTE)
      await runBoth()
    }
    expect(asked()).toBe(1)
    world.pass(5 * 60 * MINUTE)
    await runBoth()
    expect(asked()).toBe(2)
    await world.run({ only: ['shop'] })
    expect(asked()).toBe(3)
  })
})

describe('F-23: DNS that takes longer than a run', () => {
  test('costs no order, no failed authorization, and the next run carries on where it was', async () => {
    const world = await createMemoryWorld()
    const { present } = world.solver
    const { answer } = world.authority
    let answered = 0
    world.authority.answer = (challenges) => {
      answered += 1
      return answer(challenges)
    }
    let rounds = 0
    world.solver.present = async (records) => {
      rounds += 1
      if (rounds > 3) return present(records)
      throw new Failure('DNS_NOT_PROPAGATED', 'ns1.example does not show it', { fields: { servers: ['ns1.example'] } })
    }
    for (let run = 0; run < 3; run++) {
      expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'DNS_NOT_PROPAGATED' } })
      expect((await documentOf(world)).order?.url).toBe(world.authority.orders[0]?.url)
      expect(world.authority.live()).toHaveLength(1)
      world.pass(DAY)
    }
    expect(answered).toBe(0)
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect([world.authority.orders.length, answered, world.authority.issued]).toEqual([1, 1, 1])
  })
})

test('a value that two providers serve together is noted for each, and removed at each', async () => {
  const world = await createMemoryWorld()
  const { locate, cleanUp, present } = world.solver
  const noted: string[] = []
  world.solver.locate = async (names) =>
    (await locate(names)).flatMap((found) => [found, { ...found, provider: 'second' }])
  world.solver.present = async (records) => {
    noted.push(...(await documentOf(world)).challengeRecords.map(({ provider }) => provider))
    await present(records)
  }
  const removed: string[] = []
  world.solver.cleanUp = async (records) => {
    removed.push(...records.map(({ provider }) => provider))
    await cleanUp(records)
  }
  expect(await world.run()).toMatchObject({ result: 'renewed' })
  expect([noted, removed]).toEqual([
    ['main', 'second', 'main', 'second'],
    ['main', 'second', 'main', 'second'],
  ])
  expect((await documentOf(world)).challengeRecords).toEqual([])
})

describe('an authority that looks late', () => {
  test('finds the values that an earlier run has written, and they go with its verdict', async () => {
    const world = await createMemoryWorld()
    const { answer } = world.authority
    world.authority.answer = async () => {
      throw new Failure('OUT_OF_TIME', 'it had not decided')
    }
    expect(await world.run()).toMatchObject({ result: 'waiting' })
    const shown = world.txt.get('_acme-challenge.shop.example')
    expect(shown).toHaveLength(2)
    world.pass(2 * MINUTE)
    await answer(await world.authority.challenges(await world.authority.readOrder(await orderOf(world))))
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect([world.txt.size, (await documentOf(world)).challengeRecords, world.authority.orders.length]).toEqual([
      0,
      [],
      1,
    ])
  })

  test('and never does, takes them along when its order is over', async () => {
    const world = await createMemoryWorld()
    world.authority.answer = async () => {
      throw new Failure('OUT_OF_TIME', 'it had not decided')
    }
    await world.run()
    const first = world.txt.get('_acme-challenge.shop.example') ?? []
    world.authority.readOrder = async () => {
      throw new Failure('NOT_FOUND', 'no such order')
    }
    await world.run()
    const second = world.txt.get('_acme-challenge.shop.example') ?? []
    expect([first.length, second.length, second.some((value) => first.includes(value))]).toEqual([2, 2, false])
  })

  const orderOf = async (world: MemoryWorld) => (await documentOf(world)).order?.url ?? ''
})

test.each([
  ['was refused is not said to be left, nor removed', true, 0],
  ['may have been written is noted as long as its order is', false, 2],
])('a TXT value that %s', async (_, isRefused, noted) => {
  const world = await createMemoryWorld()
  const denied = new Failure('DENIED', 'the token was refused')
  const asked: number[] = []
  world.solver.present = async (records, _waiting, unwritten) => {
    if (isRefused) unwritten?.(records)
    throw denied
  }
  world.solver.cleanUp = async (records) => {
    asked.push(records.length)
    if (records.length > 0) throw denied
  }
  expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'DENIED' } })
  expect((await documentOf(world)).challengeRecords).toHaveLength(noted)
  expect(asked).toEqual([])
})

test('F-06: runs that never came about leave nothing behind, and the next one does all that is due', async () => {
  const ops = createMemoryNotifier()
  const world = await createMemoryWorld({ notifiers: { ops } })
  await world.run()
  const before = await documentOf(world)
  world.pass(80 * DAY) // whoever should have called was refused, for weeks
  expect(await documentOf(world)).toEqual(before)
  expect(await world.run()).toMatchObject({ result: 'renewed', decision: { reason: 'due' } })
  expect([world.authority.issued, ops.heard()]).toEqual([2, []])
})
