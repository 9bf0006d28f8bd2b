import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { StateStore } from '../../lib/ports.ts'
import { decode } from '../../lib/secrets/codec.ts'
import { emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const DAY = 86_400_000

const documentOf = async (state: StateStore) =>
  parseDocument('certificate/shop', (await state.read('certificate/shop'))?.document ?? emptyDocument)
const current = async ({ secrets }: MemoryWorld) => {
  const stored = await secrets.read('certificate/shop', 'current')
  return stored && decode('certificate/shop', stored.value)
}

describe('a certificate that does not exist yet', () => {
  test('is issued, stored, served at every target, verified and promoted in one run', async () => {
    const world = await createMemoryWorld()
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'renewed', error: undefined })
    expect(outcome.targets).toMatchObject({ 'fr/edge': { state: 'verified' }, 'us/apps': { state: 'verified' } })
    expect(world.fr.served?.fingerprint).toBe(outcome.certificate?.fingerprint)
    expect(world.us.served?.fingerprint).toBe(outcome.certificate?.fingerprint)
    expect((await current(world))?.kind).toBe('certificate')
    expect(await world.secrets.read('certificate/shop', 'pending')).toBeUndefined()
  })

  test('leaves no TXT value, no claim and no order behind, and a wake marker for the next look', async () => {
    const world = await createMemoryWorld()
    const { next } = await world.run()
    const document = await documentOf(world.state)
    expect(world.txt.size).toBe(0)
    expect(document).toMatchObject({ challengeRecords: [], nextLook: next })
    expect(Object.keys(document)).not.toContain('lease')
    expect(Object.keys(document)).not.toContain('order')
    expect(await world.state.list('wake/')).toEqual([`wake/${next?.toISOString()}/shop`])
  })

  test('is not ordered when a name has no zone', async () => {
    const world = await createMemoryWorld()
    const outcome = await world.run({}, { ...shop, names: ['shop.test'] })
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'DNS_NO_ZONE' } })
    expect(world.authority.orders).toEqual([])
  })

  test('is not ordered when no target can be used', async () => {
    const world = await createMemoryWorld()
    world.fr.trouble = new Failure('TARGET_REFUSED', 'a controller owns it')
    world.us.trouble = new Failure('DENIED', 'no')
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'TARGET_REFUSED' } })
    expect(world.authority.orders).toEqual([])
  })

  test('is only planned in a dry run', async () => {
    const world = await createMemoryWorld()
    expect(await world.run({ dryRun: true })).toMatchObject({ result: 'planned', decision: { reason: 'absent' } })
    expect(world.authority.orders).toEqual([])
    expect(await world.state.list('')).toEqual([])
  })
})

describe('a certificate that is current', () => {
  test('is kept, and nothing is ordered or changed', async () => {
    const world = await createMemoryWorld()
    await world.run()
    const changes = [...world.fr.changes]
    expect(await world.run()).toMatchObject({ result: 'kept', decision: { action: 'wait', reason: 'fresh' } })
    expect(world.authority.orders).toHaveLength(1)
    expect(world.fr.changes).toEqual(changes)
  })

  test('is renewed with a third of its life left, and says which one it replaces', async () => {
    const world = await createMemoryWorld()
    const first = await world.run()
    world.pass(61 * DAY)
    const second = await world.run()
    expect(second).toMatchObject({ result: 'renewed', decision: { reason: 'due' } })
    expect(world.authority.orders[1]?.replaces).toBe(first.certificate?.serial)
    expect(world.fr.served?.fingerprint).toBe(second.certificate?.fingerprint)
  })

  test('is renewed earlier when the authority’s window says so', async () => {
    const world = await createMemoryWorld()
    await world.run()
    const past = new Date(world.clock.now().getTime() - DAY)
    world.pass(DAY)
    world.authority.window = {
      start: past,
      end: new Date(past.getTime() + 1_000),
      checkAfter: new Date(past.getTime() + 2 * DAY),
    }
    expect(await world.run()).toMatchObject({ result: 'renewed', decision: { reason: 'due' } })
  })

  test('is ordered anew when forced, and when its names or its key changed', async () => {
    const world = await createMemoryWorld()
    await world.run()
    expect(await world.run({ force: true })).toMatchObject({ decision: { reason: 'forced' }, result: 'renewed' })
    const other = { ...shop, names: ['shop.example'], configHash: 'two' }
    expect(await world.run({}, other)).toMatchObject({ decision: { reason: 'names' }, result: 'renewed' })
    expect(await world.run({}, { ...other, key: 'ecdsa-p384', configHash: 'three' })).toMatchObject({
      decision: { reason: 'config' },
      certificate: { keyAlgorithm: 'ecdsa-p384' },
    })
  })

  test('is given again to a target that was changed by hand, and to no other, without an order', async () => {
    const world = await createMemoryWorld()
    const first = await world.run()
    world.fr.bound = 'something-else'
    world.fr.served = undefined
    expect(await world.run()).toMatchObject({ result: 'deployed', decision: { reason: 'drift' } })
    expect(world.fr.served).toMatchObject({ fingerprint: first.certificate?.fingerprint })
    expect([world.fr.changes.length, world.us.changes.length]).toEqual([2, 1])
    expect(world.authority.orders).toHaveLength(1)
  })

  test('outlives its predecessor by a day at the balancer, and then stands alone', async () => {
    const world = await createMemoryWorld()
    await world.run()
    await world.run({ force: true })
    expect(world.fr.objects.size).toBe(2)
    world.pass(DAY + 1_000)
    expect(await world.run()).toMatchObject({ result: 'kept', decision: { reason: 'superseded' } })
    expect(world.fr.objects.size).toBe(1)
    expect(await documentOf(world.state)).toMatchObject({
      targets: { 'fr/edge': { superseded: [], objects: [world.fr.bound] } },
    })
    expect(await world.run()).toMatchObject({ result: 'kept' })
  })
})

describe('a run that fails', () => {
  test('after the key was stored takes the same key up again', async () => {
    const world = await createMemoryWorld()
    world.authority.failures.push({ on: 'newOrder', failure: new Failure('ACME_SERVER', 'down') })
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'ACME_SERVER', step: 'order' } })
    const pending = await world.secrets.read('certificate/shop', 'pending')
    world.pass(61_000)
    await world.run()
    const live = await current(world)
    const key = pending && decode('certificate/shop', pending.value)
    expect(key?.kind).toBe('key')
    const same =
      key?.kind === 'key' &&
      live?.kind === 'certificate' &&
      key.privateKeyPem.reveal() === live.certificate.privateKeyPem.reveal()
    expect(same).toBe(true)
  })

  test('after the order was made takes the same order up again', async () => {
    const world = await createMemoryWorld()
    world.authority.failures.push({ on: 'download', failure: new Failure('UNREACHABLE', 'gone') })
    await world.run()
    world.pass(61_000)
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect(world.authority.orders).toHaveLength(1)
    expect(world.authority.issued).toBe(1)
  })

  test('after the order was made, and whose key is another one now, makes another order: an order belongs to its key', async () => {
    const world = await createMemoryWorld()
    world.authority.failures.push({ on: 'finalize', failure: new Failure('UNREACHABLE', 'gone') })
    expect(await world.run()).toMatchObject({ result: 'failed', error: { step: 'finalize' } })
    expect((await documentOf(world.state)).order).toMatchObject({ authority: 'ca' })
    const outcome = await world.run({}, { ...shop, key: 'rsa-2048', configHash: 'two' })
    expect(outcome).toMatchObject({ result: 'renewed', certificate: { keyAlgorithm: 'rsa-2048' } })
    expect(world.authority.orders).toHaveLength(2)
  })

  test('at a validation removes its TXT values and drops the order', async () => {
    const world = await createMemoryWorld()
    world.authority.failures.push({ on: 'answer', failure: new Failure('ACME_VALIDATION_FAILED', 'no TXT record') })
    expect(await world.run()).toMatchObject({ error: { step: 'validate' } })
    expect(world.txt.size).toBe(0)
    expect((await documentOf(world.state)).order).toBeUndefined()
  })

  test('is not repeated before its time, and is when the configuration has changed or someone asks for it by name', async () => {
    const world = await createMemoryWorld()
    world.authority.failures.push(...Array(3).fill({ on: 'newOrder', failure: new Failure('ACME_NAME_REFUSED', 'no') }))
    await world.run()
    expect(await world.run()).toMatchObject({ result: 'waiting', decision: { reason: 'back-off' } })
    expect(await world.run({}, { ...shop, configHash: 'two' })).toMatchObject({ result: 'failed' })
    expect(await world.run({ only: ['shop'] })).toMatchObject({ result: 'failed' })
  })

  test('because the authority asks for patience is not repeated before that, not even when forced', async () => {
    const world = await createMemoryWorld()
    const retryAfter = new Date(world.clock.now().getTime() + 3 * DAY)
    world.authority.failures.push({
      on: 'newOrder',
      failure: new Failure('ACME_RATE_LIMITED', 'later', { retryAfter }),
    })
    await world.run()
    expect(await world.run({ force: true })).toMatchObject({
      result: 'waiting',
      decision: { reason: 'retry-after', until: retryAfter },
    })
    world.pass(3 * DAY)
    expect(await world.run()).toMatchObject({ result: 'renewed' })
  })

  test('because the store is broken starts nothing outside', async () => {
    const broken = () => Promise.reject(new Failure('DENIED', 'denied'))
    const world = await createMemoryWorld({
      secrets: { read: broken, stage: broken, activate: broken, remove: broken },
    })
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'DENIED' } })
    expect(world.authority.orders).toEqual([])
  })
})

describe('a balancer that misbehaves', () => {
  test('F-7C: and keeps serving the old certificate is given it back, and the new one stays pending', async () => {
    const world = await createMemoryWorld()
    const first = await world.run()
    world.fr.stale = true
    const second = await world.run({ force: true })
    expect(second).toMatchObject({ result: 'failed', error: { code: 'VERIFY_FAILED' } })
    expect(second.certificate?.fingerprint).toBe(first.certificate?.fingerprint)
    expect(second.targets['us/apps']).toMatchObject({ state: 'verified' })
    expect(world.fr.changes.at(-1)).toBe(world.fr.changes[0])
    expect((await world.secrets.read('certificate/shop', 'pending'))?.version).toBeDefined()
  })

  test('once mended is given the pending certificate without another order', async () => {
    const world = await createMemoryWorld()
    await world.run()
    world.fr.stale = true
    await world.run({ force: true })
    world.fr.stale = false
    world.pass(61_000)
    expect(await world.run()).toMatchObject({ result: 'deployed', decision: { reason: 'pending' } })
    expect(world.authority.orders).toHaveLength(2)
    expect(world.fr.served?.fingerprint).toBe(world.us.served?.fingerprint)
  })

  test('and cannot be used does not hold up the other, and is brought up later without an order', async () => {
    const world = await createMemoryWorld()
    world.us.trouble = new Failure('TARGET_MISSING', 'deleted')
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'TARGET_MISSING' } })
    expect(outcome.targets['fr/edge']).toMatchObject({ state: 'verified' })
    expect((await current(world))?.kind).toBe('certificate')
    world.us.trouble = undefined
    world.pass(61_000)
    expect(await world.run()).toMatchObject({
      ...{ result: 'deployed', decision: { reason: 'drift' }, health: { healthy: true, conditions: [] } },
    })
    expect(world.authority.orders).toHaveLength(1)
  })

  test('and cannot be reached from here is unverified on the word of its API, never verified', async () => {
    const world = await createMemoryWorld()
    world.us.unreachable = true
    const outcome = await world.run()
    expect(outcome.result).toBe('renewed')
    expect(outcome.targets).toMatchObject({ 'fr/edge': { state: 'verified' }, 'us/apps': { state: 'unverified' } })
  })
})

describe('two runs at once', () => {
  test('make one order, and the other leaves it alone', async () => {
    const world = await createMemoryWorld()
    const outcomes = await Promise.all([world.run(), world.run()])
    expect(outcomes.map(({ result }) => result).sort()).toEqual(['renewed', 'waiting'])
    expect(world.authority.orders).toHaveLength(1)
  })

  test('a claim that was left behind is taken over once it has expired', async () => {
    const world = await createMemoryWorld()
    const until = new Date(world.clock.now().getTime() + 60_000)
    await world.state.write(
      'certificate/shop',
      { ...emptyDocument, fence: 7, lease: { holder: 'dead', fence: 7, until } },
      undefined,
    )
    expect(await world.run()).toMatchObject({ result: 'waiting', decision: { reason: 'locked' } })
    world.pass(61_000)
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect((await documentOf(world.state)).fence).toBe(8)
  })
})

describe('a run whose time is nearly over', () => {
  test('starts nothing, and the certificate waits for the next run', async () => {
    const world = await createMemoryWorld({ timeLeft: () => 20_000 })
    expect(await world.run()).toMatchObject({ result: 'waiting', error: { code: 'OUT_OF_TIME' } })
    expect(world.authority.orders).toEqual([])
  })

  test('stops between two steps, and that is no failure: the next run carries on at once', async () => {
    let left = 3_600_000
    const world = await createMemoryWorld({ timeLeft: () => left })
    const { finalize } = world.authority
    world.authority.finalize = async (...args) => {
      left = 20_000
      return finalize(...args)
    }
    expect(await world.run()).toMatchObject({ result: 'waiting', error: { code: 'OUT_OF_TIME', step: 'store' } })
    const document = await documentOf(world.state)
    expect(Object.keys(document)).not.toContain('failures')
    expect(Object.keys(document)).not.toContain('lease')
    world.authority.finalize = finalize
    left = 3_600_000
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect(world.authority.issued).toBe(1)
  })
})

describe('what is written down', () => {
  test('of a certificate that another run holds is left to that run', async () => {
    const world = await createMemoryWorld()
    const until = new Date(world.clock.now().getTime() + 60_000)
    const tag = await world.state.write(
      'certificate/shop',
      { ...emptyDocument, fence: 1, lease: { holder: 'other', fence: 1, until } },
      undefined,
    )
    expect(await world.run()).toMatchObject({ result: 'waiting', decision: { until }, next: undefined })
    expect((await world.state.read('certificate/shop'))?.tag).toBe(tag)
  })

  test('of a failure is forgotten once all is well', async () => {
    const world = await createMemoryWorld()
    await world.run()
    world.us.trouble = new Failure('DENIED', 'the token has expired')
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'DENIED' } })
    expect((await documentOf(world.state)).failures?.observe).toMatchObject({ code: 'DENIED', count: 1 })
    world.us.trouble = undefined
    expect(await world.run()).toMatchObject({ result: 'kept' })
    expect(Object.keys(await documentOf(world.state))).not.toContain('failures')
  })

  test('of trouble that keeps a target from being looked at is when to look again', async () => {
    const world = await createMemoryWorld()
    world.fr.trouble = new Failure('UNREACHABLE', 'no answer')
    world.us.trouble = new Failure('UNREACHABLE', 'no answer')
    const { next } = await world.run()
    expect(next).toEqual(new Date(world.clock.now().getTime() + 60_000))
    expect(await world.state.list('wake/2')).toEqual([`wake/${next?.toISOString()}/shop`])
  })

  test('when nothing has changed is nothing', async () => {
    const world = await createMemoryWorld()
    await world.run()
    await world.run()
    const tag = (await world.state.read('certificate/shop'))?.tag
    await world.run()
    expect((await world.state.read('certificate/shop'))?.tag).toBe(tag)
  })

  test('may fail, and what went wrong before is heard all the same', async () => {
    const world = await createMemoryWorld()
    const { write } = world.state
    world.authority.failures.push({ on: 'newOrder', failure: new Failure('ACME_SERVER', 'down') })
    let claimed = false
    world.state.write = async (key, document, tag) => {
      if (claimed && key.startsWith('certificate/')) throw new Failure('STORE_FAILED', 'the disk is full')
      claimed ||= key.startsWith('certificate/')
      return write(key, document, tag)
    }
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'ACME_SERVER' } })
  })
})

test('no log record, outcome or state document holds a line of a private key', async () => {
  const world = await createMemoryWorld()
  const outcome = await world.run()
  world.fr.stale = true
  const failed = await world.run({ force: true })
  const document = await world.state.read('certificate/shop')
  const shown =
    inspect([world.records, outcome, failed, document], { depth: 20 }) +
    JSON.stringify([world.records, outcome, failed, document])
  for (const { privateKeyPem } of world.fr.objects.values()) {
    const lines = privateKeyPem
      .reveal()
      .split('\n')
      .filter((line) => line.length > 20)
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) expect(shown.includes(line)).toBe(false)
  }
})

describe('a run that finds that somebody has noted something since it has read', () => {
  /** As if another run noted something, and held no lease, right before this one takes it, so often. */
  async function notedMeanwhile(times: number, change: object = {}) {
    const world = await createMemoryWorld()
    await world.run()
    let left = times
    const { write, read } = world.state
    world.state.write = async (key, document, tag) => {
      if (left > 0 && key.startsWith('certificate/') && Object.hasOwn(Object(document), 'lease')) {
        left -= 1
        const stored = await read(key)
        await write(key, { ...Object(stored?.document), ...change, note: left }, stored?.tag)
      }
      return write(key, document, tag)
    }
    return world
  }

  test('decides again, and does what it was asked for', async () => {
    const world = await notedMeanwhile(2)
    expect(await world.run({ force: true })).toMatchObject({ result: 'renewed' })
    expect(world.authority.issued).toBe(2)
  })

  test('leaves it when that goes on and on', async () => {
    const world = await notedMeanwhile(30)
    expect(await world.run({ force: true })).toMatchObject({ result: 'waiting', error: undefined })
    expect(world.authority.issued).toBe(1)
  })

  test('leaves it to whoever has taken the lease', async () => {
    const until = new Date('2026-11-22T07:00:00Z')
    const world = await notedMeanwhile(1, { lease: { holder: 'another', fence: 9, until } })
    expect(await world.run({ force: true })).toMatchObject({
      result: 'waiting',
      health: { conditions: [{ code: 'LOCKED' }] },
    })
    expect(world.authority.issued).toBe(1)
  })
})
