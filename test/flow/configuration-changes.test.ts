/** What a person changes in the configuration between two runs: nothing of it may make a run for ever, lose anything, or order without need. */
import { createPublicKey } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { Dependencies } from '../../lib/ports.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { decode } from '../../lib/secrets/codec.ts'
import { type CertificateDocument, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import type { CertificateSpec, Outcome, RunRequest, Target } from '../../lib/types.ts'
import { createMemoryAuthority, type MemoryAuthority } from '../support/memory-authority.ts'
import { createMemoryBalancer } from '../support/memory-balancer.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'
import { signedKeyOf } from '../support/quick-issuer.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const [edge, apps] = shop.targets as readonly [Target, Target]
const ops = createMemoryNotifier()

let world: MemoryWorld
beforeEach(async () => {
  ops.notices.length = 0
  world = await createMemoryWorld({ notifiers: { ops } })
})

const documentNow = async (): Promise<CertificateDocument> =>
  parseDocument('shop', (await world.state.read('certificate/shop'))?.document ?? emptyDocument)

const changed = (change: Partial<CertificateSpec>, configHash = 'two'): CertificateSpec => ({
  ...shop,
  ...change,
  configHash,
})

async function run(
  spec: CertificateSpec,
  outside: Dependencies = world,
  request: Partial<RunRequest> = {},
): Promise<Outcome> {
  const [outcome] = await renewAll([spec], { force: false, dryRun: false, fullScan: false, ...request }, outside)
  if (outcome === undefined) throw new Error('a run without an outcome')
  return outcome
}

const didOf = ({ result, decision }: Outcome) =>
  `${result} ${decision.action} ${'reason' in decision ? decision.reason : decision.error.code}`

/** Run after run at the moment that each has named, for so many days. */
async function liveOn(spec: CertificateSpec, days: number, outside: Dependencies = world): Promise<string[]> {
  const until = world.clock.now().getTime() + days * DAY
  const did: string[] = []
  while (world.clock.now().getTime() < until) {
    const outcome = await run(spec, outside)
    did.push(didOf(outcome))
    world.pass(Math.max((outcome.next?.getTime() ?? 0) - world.clock.now().getTime(), MINUTE))
  }
  return did
}

describe('a target that is taken out of the configuration', () => {
  const one = changed({ targets: [edge] })

  test('comes to rest, and what it had is deleted once nothing there serves it', async () => {
    await world.run()
    world.us.bound = 'somebody-else'
    const did = await liveOn(one, 3)
    expect(did.at(-1)).toBe('kept wait fresh')
    expect(did.length).toBeLessThan(30)
    expect(world.us.objects.size).toBe(0)
    expect(world.fr.objects.size).toBe(1)
    expect(await documentNow()).toMatchObject({ orphans: [], targets: { 'fr/edge': expect.anything() } })
    expect(Object.keys((await documentNow()).targets)).toEqual(['fr/edge'])
    expect(ops.heard()).toEqual([])
  })

  test('that serves it still is asked once a day, then told of once, and forgotten', async () => {
    await world.run()
    const object = [...world.us.objects.keys()][0]
    const did = await liveOn(one, 16)
    expect(did.filter((each) => each === 'kept clean-up orphans').length).toBeLessThanOrEqual(8)
    expect(did.at(-1)).toBe('kept wait fresh')
    expect([...world.us.objects.keys()]).toEqual([object])
    expect(ops.heard()).toEqual(['problem LEFT_BEHIND'])
    expect(ops.notices[0]?.message).toContain(`${object} at us/apps`)
    expect(await documentNow()).toMatchObject({ orphans: [] })
    expect((await documentNow()).leftBehind).toBeUndefined()
  })

  test('is said by the way, and leaves the certificate healthy', async () => {
    await world.run()
    const outcome = await run(one)
    expect(outcome).toMatchObject({ result: 'kept', health: { healthy: true, conditions: [{ code: 'ORPHANED' }] } })
  })

  test('with its balancer is told of once, and never asked for again', async () => {
    await world.run()
    const { us: _gone, ...balancers } = world.balancers
    const did = await liveOn(one, 10, { ...world, balancers })
    expect(did.at(-1)).toBe('kept wait fresh')
    expect(ops.heard()).toEqual(['problem LEFT_BEHIND'])
    expect((await documentNow()).orphans).toEqual([])
  })

  test('and is put into it again is looked after as before', async () => {
    await world.run()
    await run(one)
    world.pass(DAY)
    expect(await run(changed({}, 'three'))).toMatchObject({ result: 'kept', health: { healthy: true } })
    expect(world.us.objects.size).toBe(1)
    const { orphans, targets } = await documentNow()
    expect(orphans).toEqual([])
    expect(targets['us/apps']).toMatchObject({ objects: [...world.us.objects.keys()], verified: true })
  })

  test('leaves what is superseded after it has left alone for its grace, where another listener of the same balancer had it', async () => {
    await run(changed({ targets: [edge, { ...apps, balancer: 'fr' }] }, 'one'))
    const first = world.fr.bound ?? ''
    await run(changed({ targets: [edge] }), world, { force: true })
    expect(world.fr.objects.has(first)).toBe(true)
    world.pass(DAY + MINUTE)
    await liveOn(changed({ targets: [edge] }), 2)
    expect([...world.fr.objects.keys()]).toEqual([world.fr.bound])
  })

  test('while a superseded certificate has its grace at another listener of the same balancer leaves that one alone', async () => {
    const both = [edge, { ...apps, balancer: 'fr' }]
    await run(changed({ targets: both }, 'one'))
    const first = world.fr.bound ?? ''
    await run(changed({ targets: both }, 'one'), world, { force: true })
    await run(changed({ targets: [edge] }))
    expect(world.fr.objects.has(first)).toBe(true)
    world.pass(DAY + MINUTE)
    await liveOn(changed({ targets: [edge] }), 2)
    expect([...world.fr.objects.keys()]).toEqual([world.fr.bound])
    expect((await documentNow()).orphans).toEqual([])
  })
})

describe('a target that is called otherwise', () => {
  test.each<[what: string, target: Target, outside: (world: MemoryWorld) => Dependencies]>([
    [
      'by another of its fields',
      { ...apps, name: 'us/apps/more', listener: { frontend: 'apps', more: 'x' } },
      (it) => it,
    ],
    ['by its id', { ...apps, id: 'us/4711', name: 'us/4711', listener: { frontend: '4711' } }, (it) => it],
    [
      'because its balancer is',
      { ...apps, id: 'west/apps', name: 'west/apps', balancer: 'west' },
      (it) => ({ ...it, balancers: { fr: it.fr, west: it.us } }),
    ],
  ])('%s keeps what is known of it', async (_what, target, outside) => {
    await world.run()
    const { addresses, deployed } = (await documentNow()).targets['us/apps'] ?? {}
    const did = await liveOn(changed({ targets: [edge, target] }), 2, outside(world))
    expect(new Set(did)).toEqual(new Set(['kept wait fresh']))
    const { targets, orphans } = await documentNow()
    expect(Object.keys(targets).sort()).toEqual(['fr/edge', target.id].sort())
    expect(targets[target.id]).toMatchObject({ name: target.name, balancer: target.balancer, addresses, deployed })
    expect(orphans).toEqual([])
    expect(world.authority.issued).toBe(1)
  })

  test('and cannot be looked at yet keeps it all the same', async () => {
    await world.run()
    world.us.trouble = new Failure('UNAVAILABLE', 'down')
    const other = changed({
      targets: [edge, { ...apps, id: 'us/4711', name: 'us/4711', listener: { frontend: '4711' } }],
    })
    await run(other)
    expect(Object.keys((await documentNow()).targets).sort()).toEqual(['fr/edge', 'us/apps'])
    world.us.trouble = undefined
    world.pass(DAY)
    await run(other)
    expect((await documentNow()).targets['us/4711']).toMatchObject({ verified: true, objects: [world.us.bound] })
  })
})

test('a target that is added is given what is current, without an order', async () => {
  const west = createMemoryBalancer('10.99.0.1')
  await world.run()
  const added = changed({
    targets: [...shop.targets, { id: 'west/x', name: 'west/x', balancer: 'west', listener: {} }],
  })
  const outside = { ...world, balancers: { ...world.balancers, west } }
  expect(await run(added, outside)).toMatchObject({ result: 'deployed', health: { healthy: true } })
  expect([west.bound, world.authority.issued]).toEqual([world.fr.bound, 1])
})

describe('another authority', () => {
  let production: MemoryAuthority
  let both: Dependencies
  beforeEach(async () => {
    production = await createMemoryAuthority(
      world.clock,
      (name) => world.txt.get(name) ?? [],
      'https://production.example/directory',
    )
    both = { ...world, authorities: { ca: world.authority, production } }
  })
  const moved = changed({ authorities: ['production'] })
  const limited = () =>
    new Failure('ACME_RATE_LIMITED', 'too many', { retryAfter: new Date(world.clock.now().getTime() + 6 * DAY) })

  test('is asked at once, however often the first one was tried', async () => {
    for (const force of [false, true, true]) await world.run({ force })
    expect(await run(moved, both)).toMatchObject({ result: 'renewed', health: { healthy: true } })
    expect([production.issued, world.authority.issued]).toEqual([1, 3])
  })

  test('is asked at once when the first one wants to be left alone for days', async () => {
    await world.run()
    world.pass(61 * DAY)
    world.authority.failures.push({ on: 'newOrder', failure: limited() })
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'ACME_RATE_LIMITED' } })
    expect(await run(moved, both)).toMatchObject({ result: 'renewed' })
  })

  test('has a budget of its own, which is the directory’s, whatever it is called', async () => {
    for (const force of [false, true, true]) await world.run({ force })
    const renamed = { ...world, authorities: { renamed: world.authority } }
    const outcome = await run(changed({ authorities: ['renamed'] }), renamed, { force: true })
    expect(didOf(outcome)).toBe('waiting wait budget')
  })

  test('without a limit has no budget', async () => {
    const { issuanceLimit: _none, ...free } = production
    const outside = { ...both, authorities: { production: free } }
    for (let turn = 0; turn < 5; turn++)
      expect(await run(moved, outside, { force: true })).toMatchObject({ result: 'renewed' })
  })

  test('behind the same name is another one: the certificate is ordered there, and nothing of the old one counts', async () => {
    for (const force of [false, true, true]) await world.run({ force })
    const outside = { ...world, authorities: { ca: production } }
    const outcome = await run(changed({}), outside)
    expect(didOf(outcome)).toBe('renewed issue config')
    expect(production.orders).toMatchObject([{ replaces: undefined }])
    expect(await run(changed({}), outside)).toMatchObject({ result: 'kept' })
  })

  test('behind the same name is asked at once when the one before wanted to be left alone for days', async () => {
    await world.run()
    world.pass(61 * DAY)
    world.authority.failures.push({ on: 'newOrder', failure: limited() })
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'ACME_RATE_LIMITED' } })
    const outside = { ...world, authorities: { ca: production } }
    expect(await run(changed({}), outside)).toMatchObject({ result: 'renewed' })
  })

  test('that is put in front of the one that has issued changes nothing before the renewal', async () => {
    await world.run()
    const spec = changed({ authorities: ['production', 'ca'] })
    expect(await run(spec, both)).toMatchObject({ result: 'kept' })
    world.pass(61 * DAY)
    expect(await run(spec, both)).toMatchObject({ result: 'renewed' })
    expect([production.issued, world.authority.issued]).toEqual([1, 1])
  })
})

describe('a second authority', () => {
  let second: MemoryAuthority
  let both: Dependencies
  const spec = changed({ authorities: ['ca', 'second'] }, 'one')
  beforeEach(async () => {
    second = await createMemoryAuthority(
      world.clock,
      (name) => world.txt.get(name) ?? [],
      'https://second.example/directory',
    )
    both = { ...world, authorities: { ca: world.authority, second } }
  })
  const fails = (
    on: 'newOrder' | 'answer' | 'finalize' | 'download',
    code: 'ACME_SERVER' | 'ACME_CAA' | 'UNREACHABLE',
  ) => world.authority.failures.push({ on, failure: new Failure(code, 'not today') })

  test.each([
    ['newOrder', 'UNREACHABLE'],
    ['answer', 'ACME_CAA'],
    ['finalize', 'ACME_SERVER'],
  ] as const)('F-53: is asked in the same run when the first one fails at %s with %s', async (on, code) => {
    fails(on, code)
    const outcome = await run(spec, both)
    expect(outcome).toMatchObject({ result: 'renewed', error: undefined, health: { healthy: true } })
    expect(second.issued).toBe(1)
    expect(world.txt.size).toBe(0)
    expect((await documentNow()).failures).toBeUndefined()
    expect(await run(spec, both)).toMatchObject({ result: 'kept' })
  })

  test('is left to the next run by one with less than two minutes left, which says why the first one failed', async () => {
    fails('newOrder', 'UNREACHABLE')
    let left = 2 * MINUTE - 1
    const timed = { ...both, timeLeft: () => left }
    expect(await run(spec, timed)).toMatchObject({ result: 'failed', error: { code: 'UNREACHABLE' } })
    expect(second.orders).toEqual([])
    left += 1
    world.pass(MINUTE)
    fails('newOrder', 'UNREACHABLE')
    await run(spec, timed)
    expect(second.issued).toBe(1)
  })

  test('is not asked when what fails is not the authority’s, and neither is tried again before its time', async () => {
    const { present } = world.solver
    world.solver.present = async () => Promise.reject(new Failure('DENIED', 'the DNS provider refuses'))
    expect(await run(spec, both)).toMatchObject({ result: 'failed', error: { code: 'DENIED' } })
    expect(second.orders).toEqual([])
    world.solver.present = present
    expect(didOf(await run(spec, both))).toBe('waiting wait back-off')
  })

  const comeBack = (after: number) =>
    new Failure('ACME_RATE_LIMITED', 'not now', { retryAfter: new Date(world.clock.now().getTime() + after) })
  const waitsFor = async (after: number) => {
    const { failures, cooldowns } = await documentNow()
    const at = new Date(world.clock.now().getTime() + after)
    const until = failures?.authorities?.ca?.issue?.notBefore ?? cooldowns?.['authorities/https://ca.example/directory']
    expect(until).toEqual(at)
  }

  test('after which something else fails leaves the first one the time that it asked for', async () => {
    world.authority.failures.push({ on: 'newOrder', failure: comeBack(5 * HOUR) })
    world.solver.present = async () => Promise.reject(new Failure('DENIED', 'the DNS provider refuses'))
    expect(await run(spec, both)).toMatchObject({ result: 'failed', error: { code: 'DENIED' } })
    expect(await documentNow()).toMatchObject({
      failures: {
        authorities: { ca: { issue: { code: 'ACME_RATE_LIMITED' } }, second: { issue: { code: 'DENIED' } } },
      },
    })
    await waitsFor(5 * HOUR)
  })

  test.each([
    ['orders', 'newOrder'],
    ['issues', 'download'],
  ] as const)(
    'that has no time to end what it %s leaves the first one the time that it asked for',
    async (_what, on) => {
      world.authority.failures.push({ on: 'newOrder', failure: comeBack(5 * HOUR) })
      second.failures.push({ on, failure: new Failure('OUT_OF_TIME', 'no time is left') })
      expect(await run(spec, both)).toMatchObject({ result: 'waiting' })
      await waitsFor(5 * HOUR)
      world.pass(2 * MINUTE)
      expect(await run(spec, both)).toMatchObject({ result: 'renewed' })
      expect([world.authority.orders.length, second.issued]).toEqual([0, 1])
    },
  )

  test('that has issued, with no time left to bring it anywhere, leaves the first one the time that it asked for', async () => {
    world.authority.failures.push({ on: 'newOrder', failure: comeBack(5 * HOUR) })
    const { swap } = world.fr
    world.fr.swap = async () => Promise.reject(new Failure('OUT_OF_TIME', 'no time is left'))
    expect(await run(spec, both)).toMatchObject({ result: 'waiting' })
    world.fr.swap = swap
    await waitsFor(5 * HOUR)
  })

  test('that fails as well: each is tried again at its own time', async () => {
    fails('newOrder', 'UNREACHABLE')
    second.failures.push({ on: 'newOrder', failure: new Failure('ACME_CAA', 'forbidden') })
    expect(await run(spec, both)).toMatchObject({ result: 'failed', error: { code: 'ACME_CAA' } })
    expect(await documentNow()).toMatchObject({
      failures: { authorities: { ca: { issue: { code: 'UNREACHABLE' } }, second: { issue: { code: 'ACME_CAA' } } } },
    })
    world.pass(2 * MINUTE)
    expect(await run(spec, both)).toMatchObject({ result: 'renewed' })
    expect([world.authority.issued, second.issued]).toEqual([1, 0])
  })

  test('that is asked once more after the first one has its key in the store before it is given an order', async () => {
    fails('newOrder', 'UNREACHABLE')
    second.failures.push({ on: 'newOrder', failure: new Failure('ACME_SERVER', 'not today') })
    await run(spec, both)
    world.pass(2 * MINUTE)
    fails('newOrder', 'UNREACHABLE')
    const { finalize } = second
    const isKept: boolean[] = []
    second.finalize = async (order, csrPem) => {
      const stored = await world.secrets.read('certificate/shop', 'pending')
      const pending = stored && decode('certificate/shop', stored.value)
      const ours = pending?.kind === 'key' ? createPublicKey(pending.privateKeyPem.reveal()) : undefined
      const signed = signedKeyOf(csrPem)
      isKept.push(ours !== undefined && signed?.equals(ours) === true)
      return finalize(order, csrPem)
    }
    expect(await run(spec, both)).toMatchObject({ result: 'renewed' })
    expect(isKept).toEqual([true])
  })

  test('at which an order is under way carries it on before the first one is asked again', async () => {
    fails('newOrder', 'UNREACHABLE')
    second.failures.push({ on: 'download', failure: new Failure('ACME_SERVER', 'not now') })
    expect(await run(spec, both)).toMatchObject({ result: 'failed' })
    world.pass(2 * MINUTE)
    expect(await run(spec, both)).toMatchObject({ result: 'renewed' })
    expect([world.authority.issued, second.issued, second.orders.length]).toEqual([0, 1, 1])
  })

  test('at which an order for other names is under way is asked after the first one', async () => {
    fails('newOrder', 'UNREACHABLE')
    second.failures.push({ on: 'download', failure: new Failure('ACME_SERVER', 'not now') })
    expect(await run(spec, both)).toMatchObject({ result: 'failed' })
    const narrower = { ...spec, names: ['shop.example'], configHash: 'two' }
    expect(await run(narrower, both)).toMatchObject({ result: 'renewed' })
    expect([world.authority.issued, second.orders.length]).toEqual([1, 1])
  })

  test('is not asked when no time was left for the first one', async () => {
    world.authority.failures.push({ on: 'newOrder', failure: new Failure('OUT_OF_TIME', 'no time is left') })
    expect(await run(spec, both)).toMatchObject({ result: 'waiting', error: { code: 'OUT_OF_TIME' } })
    expect(second.orders).toEqual([])
  })

  test('that fails as well takes nothing away from an order at the first one, whose certificate may be issued', async () => {
    fails('download', 'UNREACHABLE')
    second.failures.push({ on: 'newOrder', failure: new Failure('UNREACHABLE', 'not today') })
    expect(await run(spec, both)).toMatchObject({ result: 'failed' })
    expect((await documentNow()).order).toMatchObject({ authority: 'ca' })
    world.pass(2 * MINUTE)
    expect(await run(spec, both)).toMatchObject({ result: 'renewed' })
    expect([world.authority.orders.length, world.authority.issued, second.issued]).toEqual([1, 1, 0])
  })

  test('issues, and the first one’s own word about when to come back counts on', async () => {
    const retryAfter = new Date(world.clock.now().getTime() + 6 * DAY)
    world.authority.failures.push({
      on: 'newOrder',
      failure: new Failure('ACME_RATE_LIMITED', 'later', { retryAfter }),
    })
    expect(await run(spec, both)).toMatchObject({ result: 'renewed', health: { healthy: true } })
    const orders = world.authority.orders.length
    expect(await run(spec, both, { force: true })).toMatchObject({ result: 'renewed' })
    expect([world.authority.orders.length, second.issued]).toEqual([orders, 2])
    world.pass(6 * DAY)
    expect(await run(spec, both, { force: true })).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders.length).toBe(orders + 1)
  })
})

describe('a DNS provider', () => {
  const value = { name: '_acme-challenge.shop.example', value: 'left', zone: 'shop.example', provider: 'old' }
  async function leaveValue() {
    await world.run()
    world.txt.set(value.name, [value.value])
    const stored = await world.state.read('certificate/shop')
    const challengeRecords = [{ ...value, since: world.clock.now() }]
    await world.state.write('certificate/shop', { ...Object(stored?.document), challengeRecords }, stored?.tag)
  }
  const solverWith = (assigned: Dependencies['solver']['assigned']): Dependencies => ({
    ...world,
    solver: { ...world.solver, assigned },
  })

  test('that was renamed removes what is noted under its old name', async () => {
    await leaveValue()
    const did = await liveOn(
      shop,
      1,
      solverWith(async (record) => ({ ...record, provider: 'new' })),
    )
    expect(did[0]).toBe('kept clean-up challenge-records')
    expect(new Set(did.slice(1))).toEqual(new Set(['kept wait fresh']))
    expect([world.txt.size, (await documentNow()).challengeRecords.length]).toEqual([0, 0])
    expect(ops.heard()).toEqual([])
  })

  test('that is gone is told of once, with what it has left, and nothing is tried again', async () => {
    await leaveValue()
    const did = await liveOn(
      shop,
      10,
      solverWith(async () => undefined),
    )
    expect(did.filter((each) => each !== 'kept wait fresh')).toEqual(['kept clean-up challenge-records'])
    expect(ops.heard()).toEqual(['problem LEFT_BEHIND'])
    expect(ops.notices[0]?.message).toContain('a TXT value at _acme-challenge.shop.example (old)')
  })

  test('that may not remove any more is no success, is told, is tried once a day, and given up after a week', async () => {
    await leaveValue()
    let asked = 0
    const denies = async () => {
      asked += 1
      throw new Failure('DENIED', 'the token has lost a right')
    }
    const outside = { ...world, solver: { ...world.solver, cleanUp: denies } }
    expect(await run(shop, outside)).toMatchObject({
      result: 'failed',
      error: { code: 'DENIED' },
      health: { healthy: false, conditions: [{ code: 'CLEAN_UP_FAILED' }] },
    })
    const did = await liveOn(shop, 17, outside)
    expect(asked).toBeLessThanOrEqual(9)
    expect(did.at(-1)).toBe('kept wait fresh')
    expect(ops.heard()).toEqual(['problem DENIED', 'problem LEFT_BEHIND', 'resolved DENIED'])
  })

  test('that may not remove any more and is given up is said to be resolved at once, and what it has left once alone', async () => {
    await leaveValue()
    const denies = async () => Promise.reject(new Failure('DENIED', 'the token has lost a right'))
    const outside = { ...world, solver: { ...world.solver, cleanUp: denies } }
    await liveOn(shop, 9, outside)
    expect((await documentNow()).leftBehind).toBeDefined()
    expect(ops.heard()).toEqual(['problem DENIED', 'problem LEFT_BEHIND', 'resolved DENIED'])
    await liveOn(shop, 3, outside)
    expect(ops.heard()).toHaveLength(3)
  })
})

test('what was left behind by a run that could not tell of it is told by the next one, however late, and then forgotten', async () => {
  await world.run()
  const stored = await world.state.read('certificate/shop')
  const leftBehind = { what: ['a thing at us/apps'], since: world.clock.now() }
  await world.state.write('certificate/shop', { ...Object(stored?.document), leftBehind }, stored?.tag)
  world.pass(8 * DAY)
  await liveOn(shop, 2)
  expect(ops.heard()).toEqual(['problem LEFT_BEHIND'])
  const { leftBehind: known, notified } = await documentNow()
  expect([known, notified]).toEqual([undefined, undefined])
})

test('other names, another key and another environment: each is one order, and then there is rest', async () => {
  await world.run()
  for (const [turn, change] of [{ names: ['shop.example'] }, { key: 'rsa-2048' as const }].entries()) {
    const spec = changed(change, `turn ${turn}`)
    expect(await run(spec)).toMatchObject({ result: 'renewed' })
    expect(await run(spec)).toMatchObject({ result: 'kept' })
  }
  expect(world.authority.issued).toBe(3)
  const elsewhere = await run(shop, { ...world, environment: 'other' })
  expect(elsewhere).toMatchObject({ result: 'failed', error: { code: 'STORE_FOREIGN' } })
})
