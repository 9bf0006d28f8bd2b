import { beforeEach, describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import { type Observation, observe } from '../../lib/observe/observe.ts'
import { type Action, act } from '../../lib/renewal/act.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import type { CertificateDocument, ChallengeRecord } from '../../lib/state/document.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const cleanUp: Action = { action: 'clean-up', reason: 'superseded', message: 'as told' } as Action
const deployPending: Action = { action: 'deploy', reason: 'pending', message: 'as told' } as Action
const drift: Action = { action: 'deploy', reason: 'drift', message: 'as told' }
const order = { authority: 'ca', directory: 'https://ca.example/directory', url: 'https://ca.example/order/9' }

let world: MemoryWorld
beforeEach(async () => {
  world = await createMemoryWorld()
  await world.run()
})

const value = (change: Partial<ChallengeRecord> = {}): ChallengeRecord => ({
  ...{ name: '_acme-challenge.shop.example', value: 'left', zone: 'shop.example', provider: 'main' },
  since: world.clock.now(),
  ...change,
})

/** What was decided is done with what is remembered changed so, and seen so. */
async function done(decision: Action, known: Partial<CertificateDocument> = {}, seen: Partial<Observation> = {}) {
  const lease = await openLease('shop', world)
  const observation = { ...(await observe(shop, lease.document, world)), ...seen }
  await lease.hold((document) => ({ ...document, ...known }))
  world.records.length = 0
  const progress = await act(shop, decision, observation, lease, world)
  const { document } = lease
  await lease.release((last) => last)
  const steps = world.records.flatMap(({ message, fields }) => (message === 'step done' ? [fields?.step] : []))
  return { ...progress, document, steps }
}

describe('TXT values that an earlier run has left', () => {
  test('are removed before anything else is done, and that is told', async () => {
    world.txt.set('_acme-challenge.shop.example', ['left'])
    const { happened, document } = await done(cleanUp, { challengeRecords: [value()] })
    expect([happened, document.challengeRecords]).toEqual([[{ kind: 'cleaned-up', error: undefined }], []])
    expect(world.txt.size).toBe(0)
  })

  test('are not told of where there are none', async () => {
    expect((await done(cleanUp)).happened).toEqual([])
  })

  test('and cannot be removed are the failure of the run, unless something worse is', async () => {
    const denied = new Failure('DENIED', 'no right')
    world = { ...world, solver: { ...world.solver, cleanUp: () => Promise.reject(denied) } }
    const { error, happened } = await done(cleanUp, { challengeRecords: [value()] })
    expect([error, happened]).toEqual([denied, [{ kind: 'cleaned-up', error: denied }]])
  })
})

describe('a certificate that was stored, and of which nothing was noted any more', () => {
  beforeEach(async () => {
    const swaps = [world.fr, world.us].map((balancer) => ({ balancer, swap: balancer.swap }))
    for (const { balancer } of swaps)
      balancer.swap = () => Promise.reject(new Failure('REJECTED', 'the chain is not accepted'))
    await world.run({ force: true })
    for (const { balancer, swap } of swaps) balancer.swap = swap
  })

  test('counts as issued before it is brought anywhere, and its values are removed', async () => {
    world.txt.set('_acme-challenge.shop.example', ['left'])
    const known = { order, issued: [], challengeRecords: [value({ order: order.url })] }
    const { document, happened } = await done(deployPending, known)
    expect(document.order).toBeUndefined()
    expect(document.issued).toMatchObject([{ authority: 'ca' }])
    expect([document.challengeRecords, world.txt.size]).toEqual([[], 0])
    expect(happened).toEqual([{ kind: 'deployed', error: undefined }])
  })

  test('counts once', async () => {
    const { document } = await done(deployPending, { issued: [] })
    expect(document.issued).toEqual([])
  })

  test('becomes current where one target serves it, though the other cannot be reached', async () => {
    world.us.trouble = new Failure('UNREACHABLE', 'down')
    const { current, error, document } = await done(deployPending)
    expect([current?.certificate.fingerprint, error?.code]).toEqual([world.fr.served?.fingerprint, 'UNREACHABLE'])
    expect(document).not.toHaveProperty('rejected')
  })

  test('stays pending where a target was seen to serve another, and that is remembered of it', async () => {
    const before = world.us.served?.fingerprint
    world.us.stale = true
    const { current, error, document } = await done(deployPending)
    expect([current?.certificate.fingerprint, error?.code]).toEqual([before, 'VERIFY_FAILED'])
    expect(document.rejected).toMatchObject({ fingerprint: world.fr.served?.fingerprint, tries: 2 })
  })

  test('stays pending where no target takes it', async () => {
    const before = world.us.served?.fingerprint
    for (const balancer of [world.fr, world.us]) balancer.takesOnly = 'another'
    const { current, error } = await done(deployPending)
    expect([current?.certificate.fingerprint, error?.code]).toEqual([before, 'REJECTED'])
  })

  test('stays pending where it cannot be made the current one, which is the failure of the run', async () => {
    const activate = () => Promise.reject(new Failure('STORE_FAILED', 'the disk is full'))
    world = { ...world, secrets: { ...world.secrets, activate } }
    const { error, targets } = await done(deployPending)
    expect([error?.code, targets['fr/edge']?.state]).toEqual(['STORE_FAILED', 'verified'])
  })

  test('waits while the current one is brought to a target again', async () => {
    const before = world.us.served?.fingerprint
    ;[world.fr.bound, world.fr.served] = ['by-hand', undefined]
    const { happened } = await done(drift)
    expect(happened).toEqual([{ kind: 'repaired', isPending: true, error: undefined }])
    expect(world.fr.served).toMatchObject({ fingerprint: before })
  })
})

describe('the current certificate, brought to its targets again,', () => {
  test('is not remembered as rejected where none can be reached', async () => {
    for (const balancer of [world.fr, world.us]) balancer.trouble = new Failure('UNREACHABLE', 'down')
    const { happened, document } = await done(drift)
    expect(happened).toMatchObject([{ kind: 'repaired', isPending: false, error: { code: 'UNREACHABLE' } }])
    expect(document).not.toHaveProperty('rejected')
  })

  test('is brought to no target that is contested, and to each that could not be looked at a moment ago', async () => {
    const view = (code: FailureCode) => ({ error: new Failure(code, 'as told') })
    ;[world.fr.bound, world.us.bound] = ['by-hand', 'by-hand']
    const seen = { targets: { 'fr/edge': view('TARGET_CONTESTED'), 'us/apps': view('UNREACHABLE') } }
    const { targets } = await done(drift, {}, seen)
    expect(targets).toMatchObject({
      'fr/edge': { state: 'failed', error: { code: 'TARGET_CONTESTED' } },
      'us/apps': { state: 'verified' },
    })
    expect(world.fr.bound).toBe('by-hand')
  })

  test('goes before no key that is pending alone', async () => {
    world.authority.failures.push({ on: 'newOrder', failure: new Failure('ACME_SERVER', 'as told') })
    await world.run({ force: true })
    expect((await done(drift)).happened).toMatchObject([{ kind: 'repaired', isPending: false }])
  })
})

describe('what is superseded and past its grace', () => {
  const objects = () => world.fr.objects.size
  beforeEach(async () => {
    await world.run({ force: true })
    world.pass(25 * HOUR)
  })

  test('stays where the time is too short, which is no end of the run', async () => {
    world = { ...world, timeLeft: () => 1_000 }
    const { error, steps } = await done(cleanUp)
    expect([error?.code, steps, objects()]).toEqual(['OUT_OF_TIME', [], 2])
  })

  test('is deleted', async () => {
    const { steps } = await done(cleanUp)
    expect([steps, objects()]).toEqual([['delete'], 1])
    expect((await done(cleanUp)).steps).toEqual([])
  })

  test('stays as long as a clock is wrong, or nothing is current', async () => {
    const clockWrong = new Failure('CLOCK_WRONG', 'an hour ahead')
    for (const seen of [{ clockWrong }, { current: undefined }]) {
      expect([(await done(cleanUp, {}, seen as Partial<Observation>)).steps, objects()]).toEqual([[], 2])
    }
  })
})
