import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { renewalTime } from '../../lib/policy/renewal-time.ts'
import { GRACE } from '../../lib/renewal/collect.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import type { Outcome } from '../../lib/types.ts'
import { type Breaking, createMemoryBalancer, type MemoryBalancer, memoryProbe } from '../support/memory-balancer.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
let places = 0
let world: MemoryWorld
let edge: MemoryBalancer
let apps: MemoryBalancer
let ops: ReturnType<typeof createMemoryNotifier>
let first: Outcome

const documentNow = async () =>
  parseDocument('certificate/shop', (await world.state.read(documentKey('shop')))?.document ?? emptyDocument)
const fingerprint = ({ certificate }: Outcome) => certificate?.fingerprint
const stageOf = async (stage: 'current' | 'pending') => (await world.secrets.read('certificate/shop', stage))?.version

/** A certificate is served and verified at a balancer with two addresses, and its renewal is due. */
beforeEach(async () => {
  places += 1
  ops = createMemoryNotifier()
  edge = createMemoryBalancer(`192.0.2.1 ${places}`, `192.0.2.2 ${places}`)
  apps = createMemoryBalancer(`192.0.2.3 ${places}`)
  world = await createMemoryWorld({ balancers: { fr: edge, us: apps }, notifiers: { ops } })
  first = await world.run()
  expect(first).toMatchObject({ result: 'renewed', health: { healthy: true } })
  if (first.certificate) world.pass(renewalTime(first.certificate, undefined).getTime() - world.clock.now().getTime())
})

const breaks = (breaking: Omit<Breaking, 'unless'>) => {
  edge.breaking = { ...breaking, unless: fingerprint(first) }
}

describe('F-7C: a swap that breaks TLS', () => {
  test.each<[how: string, breaking: Omit<Breaking, 'unless'>]>([
    ['at every address', { how: 'broken' }],
    ['at one address of two', { how: 'broken', address: 1 }],
    ['for one name of two', { how: 'broken', serverName: 'shop.example' }],
    ['so that one address refuses, which answered before', { how: 'refused', address: 1 }],
    ['so that one address is silent, which answered before', { how: 'unreachable', address: 0 }],
  ])('%s is put back in the same run, is no success, and is told', async (_how, breaking) => {
    breaks(breaking)
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' }, health: { healthy: false } })
    expect(outcome.error?.message).toContain('the current certificate was put back, and is shown at 2 of 2 addresses')
    expect(outcome.error?.message).toContain(`(${fingerprint(first)?.slice(0, 16)})`)
    expect(edge.served?.fingerprint).toBe(fingerprint(first))
    expect(fingerprint(outcome)).toBe(fingerprint(first))
    expect(ops.heard()).toEqual(['problem VERIFY_FAILED'])
    expect((await documentNow()).targets['fr/edge']).toMatchObject({
      deployed: { fingerprint: fingerprint(first) },
      verified: true,
    })
  })

  test('that the API only says it has done leaves what was served before, and the failure says so', async () => {
    const swap = edge.swap.bind(edge)
    edge.swap = async () => {}
    const { error } = await world.run()
    edge.swap = swap
    expect(error).toMatchObject({ code: 'VERIFY_FAILED' })
    const before = fingerprint(first)?.slice(0, 16)
    expect(error?.message).toContain(`it shows ${before}`)
    expect(error?.message).toContain(`the API says that ${before} is still served, as before`)
  })

  test('is put back and proved even where the configuration has other names now than what is current', async () => {
    breaks({ how: 'broken' })
    const outcome = await world.run({}, { ...shop, names: ['new.example'], configHash: 'two' })
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' }, health: { healthy: false } })
    expect(outcome.error?.message).toContain('the current certificate was put back, and is shown at 2 of 2 addresses')
    expect(edge.served?.fingerprint).toBe(fingerprint(first))
  })

  test('keeps the new certificate pending, which is brought again without an order once the balancer is mended', async () => {
    breaks({ how: 'broken' })
    await world.run()
    const [orders, pending] = [world.authority.orders.length, await stageOf('pending')]
    edge.breaking = undefined
    world.pass(HOUR)
    const mended = await world.run()
    expect(mended).toMatchObject({ result: 'deployed', decision: { reason: 'pending' }, health: { healthy: true } })
    expect([world.authority.orders.length, await stageOf('current')]).toEqual([orders, pending])
    expect(ops.heard()).toEqual(['problem VERIFY_FAILED', 'resolved VERIFY_FAILED'])
  })

  test('is put back also where the others have gone on, and it was only to catch up', async () => {
    edge.trouble = new Failure('UNAVAILABLE', 'the API is down')
    const ahead = await world.run()
    expect(ahead).toMatchObject({ result: 'failed', targets: { 'us/apps': { state: 'verified' } } })
    expect(fingerprint(ahead)).not.toBe(fingerprint(first))
    edge.trouble = undefined
    breaks({ how: 'broken' })
    world.pass(HOUR)
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' }, health: { healthy: false } })
    expect(outcome.error?.message).toContain('the one before it was put back, and is shown at 2 of 2 addresses')
    expect(edge.served?.fingerprint).toBe(fingerprint(first))

    edge.breaking = undefined
    world.pass(HOUR)
    expect(await world.run()).toMatchObject({ result: 'deployed', targets: { 'fr/edge': { state: 'verified' } } })
    expect(edge.served?.fingerprint).toBe(fingerprint(ahead))
    expect(await world.run()).toMatchObject({ result: 'kept', health: { healthy: true } })
  })

  test.each(['DENIED', 'UNAVAILABLE'] as const)(
    'and whose put-back fails with %s as well is put back by a run of the same hour, once that has passed',
    async (code) => {
      breaks({ how: 'broken' })
      const swap = edge.swap.bind(edge)
      let swaps = 0
      edge.swap = async (...given) => {
        swaps += 1
        if (swaps > 1) throw new Failure(code, 'not now')
        return swap(...given)
      }
      expect(await world.run()).toMatchObject({ result: 'failed', health: { healthy: false } })
      for (const _ of ['held', 'refused once more', 'refused again']) {
        world.pass(31 * MINUTE)
        expect(await world.run()).toMatchObject({ health: { healthy: false } })
      }
      expect(edge.served?.fingerprint).not.toBe(fingerprint(first))
      edge.swap = swap
      world.pass(31 * MINUTE)
      await world.run()
      expect(edge.served?.fingerprint).toBe(fingerprint(first))
    },
  )

  test('is taken off again where there was another certificate before the first of ours', async () => {
    const foreign = edge.served
    if (foreign === undefined) throw new Error('it serves one')
    const fresh = await createMemoryWorld({ balancers: { fr: edge, us: createMemoryBalancer(`192.0.2.4 ${places}`) } })
    edge.breaking = { how: 'broken', unless: foreign.fingerprint }
    const outcome = await fresh.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' }, certificate: undefined })
    expect(outcome.error?.message).toContain('it was taken off again')
    expect(edge.served).toEqual(foreign)
  })

  test('is taken off again also where the others have gone on with the first of ours', async () => {
    const foreign = edge.served
    if (foreign === undefined) throw new Error('it serves one')
    const fresh = await createMemoryWorld({ balancers: { fr: edge, us: createMemoryBalancer(`192.0.2.5 ${places}`) } })
    edge.trouble = new Failure('UNAVAILABLE', 'the API is down')
    expect(await fresh.run()).toMatchObject({ result: 'failed', targets: { 'us/apps': { state: 'verified' } } })
    edge.trouble = undefined
    edge.breaking = { how: 'broken', unless: foreign.fingerprint }
    fresh.pass(HOUR)
    const outcome = await fresh.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' }, health: { healthy: false } })
    expect(outcome.error?.message).toContain('it was taken off again')
    expect(edge.served).toEqual(foreign)
  })

  test('is taken off again, and an expired certificate is not put back', async () => {
    world.pass(31 * 24 * HOUR)
    const old = edge.bound
    breaks({ how: 'broken' })
    edge.changes.length = 0
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' } })
    expect(outcome.error?.message).toContain('it was taken off again, and the listener has what it had before')
    expect(edge.changes.map((each) => each.split(' ')[0])).toEqual(['swap', 'withdraw'])
    expect(edge.bound).toBe(old)
  })

  test('is not taken off where it was refused before anything was changed', async () => {
    const far = createMemoryBalancer(`192.0.2.9 ${places}`)
    const fresh = await createMemoryWorld({ balancers: { fr: far, us: createMemoryBalancer(`192.0.2.10 ${places}`) } })
    far.takesOnly = 'another'
    expect(await fresh.run()).toMatchObject({
      result: 'failed',
      error: { code: 'REJECTED', message: 'the chain is not accepted' },
    })
    expect(far.changes).toEqual([])
  })

  test('is not put back with what was never seen there', async () => {
    edge.trouble = new Failure('UNAVAILABLE', 'the API is down')
    for (const _renewal of [1, 2]) {
      expect(await world.run({ force: true })).toMatchObject({ targets: { 'us/apps': { state: 'verified' } } })
      world.pass(HOUR)
    }
    edge.trouble = undefined
    breaks({ how: 'broken' })
    edge.changes.length = 0
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' } })
    expect(outcome.error?.message).not.toContain('put back')
    expect(edge.changes.map((each) => each.split(' ')[0])).toEqual(['swap'])
  })

  test('is noticed also at an address at which another certificate was shown before the first of ours', async () => {
    const foreign = edge.served
    if (foreign === undefined) throw new Error('it serves one')
    const fresh = await createMemoryWorld({ balancers: { fr: edge, us: createMemoryBalancer(`192.0.2.6 ${places}`) } })
    edge.breaking = { how: 'unreachable', unless: foreign.fingerprint, address: 1 }
    expect(await fresh.run()).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' } })
    expect(edge.served).toEqual(foreign)
  })

  test('is put back where one address cannot be reached from here, and it is said at how many that was seen', async () => {
    const far = createMemoryBalancer(`192.0.2.11 ${places}`, `192.0.2.12 ${places}`)
    const handshake: typeof memoryProbe.handshake = async (endpoint, ...given) =>
      endpoint.address === far.addresses[1]
        ? { result: 'unreachable', reason: 'no answer' }
        : memoryProbe.handshake(endpoint, ...given)
    const balancers = { fr: far, us: createMemoryBalancer(`192.0.2.13 ${places}`) }
    const fresh = await createMemoryWorld({ balancers, probe: { handshake } })
    const before = await fresh.run()
    expect(before).toMatchObject({ result: 'renewed', targets: { 'fr/edge': { state: 'verified' } } })
    far.breaking = { how: 'broken', unless: fingerprint(before) }
    const outcome = await fresh.run({ force: true })
    expect(outcome.error?.message).toContain('was put back, and is shown at 1 of 2 addresses')
  })

  test('is left where there is nothing else, and that is said', async () => {
    const far = createMemoryBalancer(`192.0.2.7 ${places}`)
    const fresh = await createMemoryWorld({ balancers: { fr: far, us: createMemoryBalancer(`192.0.2.8 ${places}`) } })
    far.breaking = { how: 'broken' }
    const outcome = await fresh.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' } })
    expect(outcome.error?.message).toContain('there is no earlier certificate to put back')
    expect(far.changes.map((each) => each.split(' ')[0])).toEqual(['swap'])
  })

  test('and cannot be put back is said with what stands in the way', async () => {
    breaks({ how: 'broken' })
    const { swap } = edge
    edge.swap = async (...given) => {
      await swap(...given)
      edge.trouble = new Failure('UNREACHABLE', 'the API is down')
    }
    const outcome = await world.run()
    expect(outcome.error).toMatchObject({
      code: 'VERIFY_FAILED',
      message: expect.stringContaining('what was served before is not back: UNREACHABLE: the API is down'),
    })
    expect(world.records.filter(({ message }) => message === 'what was served before is not back')).toHaveLength(1)
  })

  test('is found by the next run when the one that swapped was killed before it could look', async () => {
    const { write } = world.state
    const swapped = edge.swap
    edge.swap = async (...args) => {
      await swapped(...args)
      breaks({ how: 'refused', address: 1 })
      world.state.write = () => Promise.reject(new Failure('STORE_FAILED', 'killed'))
      throw new Error('killed')
    }
    await world.run()
    Object.assign(world.state, { write })
    edge.swap = swapped
    world.pass(HOUR)
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' } })
    expect(edge.served?.fingerprint).toBe(fingerprint(first))
  })
})

describe('F-7C: a swap at a target that was behind, by a run that was killed before it could look,', () => {
  test('is put back by the next run where it breaks TLS, although the other target serves what is current', async () => {
    const swapped = edge.swap
    edge.swap = () => Promise.reject(new Failure('UNREACHABLE', 'the API is down'))
    const renewed = await world.run()
    expect(renewed.targets).toMatchObject({ 'fr/edge': { state: 'failed' }, 'us/apps': { state: 'verified' } })
    expect(edge.served?.fingerprint).toBe(fingerprint(first))

    const { write } = world.state
    edge.swap = async (...args) => {
      await swapped(...args)
      breaks({ how: 'broken', address: 1 })
      world.state.write = () => Promise.reject(new Failure('STORE_FAILED', 'killed'))
      throw new Error('killed')
    }
    world.pass(HOUR)
    await world.run()
    expect(edge.served?.fingerprint).toBe(fingerprint(renewed))
    Object.assign(world.state, { write })
    edge.swap = swapped

    world.pass(HOUR)
    const outcome = await world.run()
    expect(outcome.error).toMatchObject({
      code: 'VERIFY_FAILED',
      message: expect.stringContaining('the one before it was put back, and is shown at 2 of 2 addresses'),
    })
    expect(edge.served?.fingerprint).toBe(fingerprint(first))
  })
})

describe('a listener that stops speaking TLS later', () => {
  test('is a problem with a notice at the next look, and resolved when it is over', async () => {
    world.pass(-30 * 24 * HOUR)
    edge.breaking = { how: 'broken' }
    const broken = await world.run()
    expect(broken).toMatchObject({ decision: { reason: 'drift' }, health: { healthy: false } })
    expect(broken.health.conditions.some(({ message }) => message.includes('TLS alert handshake failure'))).toBe(true)
    expect(ops.heard()).toEqual(['problem VERIFY_FAILED'])
    expect(await documentNow()).not.toHaveProperty('rejected')
    expect(edge.changes.filter((each) => each.startsWith('withdraw'))).toEqual([])
    expect((await world.run({ fullScan: true })).health.healthy).toBe(false)
    edge.breaking = undefined
    world.pass(HOUR)
    expect(await world.run()).toMatchObject({ health: { healthy: true } })
    expect(ops.heard()).toEqual(['problem VERIFY_FAILED', 'resolved VERIFY_FAILED'])
  })

  test('for one name of several, whichever it is, is found as well', async () => {
    world.pass(-30 * 24 * HOUR)
    edge.breaking = { how: 'broken', serverName: '*.shop.example' }
    const broken = await world.run()
    expect(broken).toMatchObject({ decision: { reason: 'drift' }, health: { healthy: false } })
    expect(broken.error?.message).toContain('newleaf-probe.shop.example')
    expect(ops.heard()).toEqual(['problem VERIFY_FAILED'])
  })

  test('at an address that was never reached from here is nothing new: it is said, and is never verified', async () => {
    const far = createMemoryBalancer(`192.0.2.5 ${places}`)
    far.unreachable = true
    const other = await createMemoryWorld({ balancers: { fr: far, us: createMemoryBalancer(`192.0.2.6 ${places}`) } })
    const outcome = await other.run()
    expect(outcome).toMatchObject({
      result: 'renewed',
      targets: { 'fr/edge': { state: 'unverified' } },
      health: { healthy: false, conditions: [{ code: 'UNVERIFIED' }] },
    })
    const again = await other.run()
    expect(again).toMatchObject({ result: 'kept', health: { conditions: [{ code: 'UNVERIFIED' }] } })
    far.unreachable = false
    expect(await other.run()).toMatchObject({ result: 'kept', health: { healthy: true } })
    far.unreachable = true
    expect((await other.run()).health.conditions.map(({ code }) => code)).toContain('BACK_OFF')
  })
})

describe('a superseded certificate', () => {
  test('stays at its balancer until its successor was seen at every address that was ever seen', async () => {
    const second = await world.run()
    expect(second.health.healthy).toBe(true)
    const old = [...edge.objects.keys()].find((name) => name.endsWith(fingerprint(first)?.slice(0, 16) ?? '-'))
    edge.breaking = { how: 'refused', address: 1 }
    // As a run would have left it that could not look at the second address.
    const document = await documentNow()
    const { addresses = {} } = document.targets['fr/edge'] ?? {}
    const [one, other] = Object.keys(addresses)
    const unseen = { ...addresses, [other ?? '']: { answersSince: world.clock.now() } }
    const entry = { ...document.targets['fr/edge'], addresses: unseen, verified: false }
    const stored = await world.state.read(documentKey('shop'))
    await world.state.write(
      documentKey('shop'),
      { ...document, targets: { ...document.targets, 'fr/edge': entry } },
      stored?.tag,
    )
    expect(one).toBeDefined()
    world.pass(GRACE + HOUR)
    await world.run()
    expect([...edge.objects.keys()]).toContain(old)
    edge.breaking = undefined
    world.pass(GRACE + HOUR)
    await world.run()
    world.pass(GRACE + HOUR)
    await world.run()
    expect([...edge.objects.keys()]).not.toContain(old)
  })

  test('has its whole day from when it was superseded, though an earlier run was about to and was stopped', async () => {
    const { activate: promote } = world.secrets
    world.secrets.activate = () => Promise.reject(new Failure('STORE_FAILED', 'stopped'))
    expect(await world.run()).toMatchObject({ result: 'failed', certificate: { fingerprint: fingerprint(first) } })
    const held = [...edge.objects.keys()]
    world.secrets.activate = promote
    world.pass(2 * GRACE)
    const second = await world.run()
    expect(second).toMatchObject({ result: 'deployed', health: { healthy: true } })
    expect(fingerprint(second)).not.toBe(fingerprint(first))
    expect([...edge.objects.keys()]).toEqual(held)
    world.pass(GRACE + HOUR)
    await world.run()
    expect([...edge.objects.keys()]).toHaveLength(held.length - 1)
  })

  test('has its whole day at a target that was behind for most of one', async () => {
    const [fr, us] = [edge, apps]
    const old = fr.bound ?? ''
    expect([fr, us].map(({ bound }) => bound)).toEqual([old, old])
    us.trouble = new Failure('UNREACHABLE', 'down')
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'UNREACHABLE' } })
    expect(fr.bound).not.toBe(old)
    world.pass(GRACE - HOUR)
    us.trouble = undefined
    expect(await world.run()).toMatchObject({ result: 'deployed', error: undefined })
    world.pass(2 * HOUR)
    await world.run()
    expect([fr, us].map(({ objects }) => objects.has(old))).toEqual([false, true])
    world.pass(GRACE)
    await world.run()
    expect(us.objects.has(old)).toBe(false)
  })

  test('stays where its successor was never seen at every address, though that balancer would delete it', async () => {
    const { us } = world.balancers as unknown as { us: MemoryBalancer }
    const { inspect: look } = us
    us.inspect = () => Promise.reject(new Failure('TARGET_MISSING', 'it cannot be looked at'))
    us.bound = 'by-hand' // so that it is bound nowhere
    expect(await world.run()).toMatchObject({ result: 'failed', decision: { reason: 'due' } })
    const held = [...us.objects.keys()]
    world.pass(GRACE + HOUR)
    expect(await world.run()).toMatchObject({ decision: { reason: 'superseded' } })
    expect([...us.objects.keys()]).toEqual(held)
    us.inspect = look
    for (const _ of ['repaired', 'past the grace', 'retired']) {
      world.pass(GRACE + HOUR)
      await world.run()
    }
    expect([...us.objects.keys()]).not.toEqual(held)
  })

  test('F-14: is not deleted by a clock of which the authority says that it is wrong', async () => {
    await world.run()
    const held = [...edge.objects.keys()]
    world.pass(2 * GRACE)
    const { renewalWindow } = world.authority
    world.authority.renewalWindow = () => Promise.reject(new Failure('CLOCK_WRONG', 'the clock here is ahead'))
    expect((await world.run()).decision).not.toMatchObject({ reason: 'superseded' })
    expect([...edge.objects.keys()]).toEqual(held)
    world.authority.renewalWindow = renewalWindow
    expect(await world.run()).toMatchObject({ decision: { reason: 'superseded' } })
    expect([...edge.objects.keys()]).toHaveLength(held.length - 1)
  })
})
