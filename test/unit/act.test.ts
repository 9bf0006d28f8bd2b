import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { type Observation, observe } from '../../lib/observe/observe.ts'
import { type Action, act } from '../../lib/renewal/act.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import type { CertificateDocument, ChallengeRecord } from '../../lib/state/document.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const cleanUp: Action = { action: 'clean-up', reason: 'superseded', message: 'as told' } as Action
const deployPending: Action = { action: 'deploy', reason: 'pending', message: 'as told' } as Action
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
})

describe('what is superseded and past its grace', () => {
  const objects = () => world.fr.objects.size
  beforeEach(async () => {
    await world.run({ force: true })
    world.pass(25 * HOUR)
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
