/** What a run writes down at its end, when it looks again, and what it says. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { type CertificateDocument, documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { moveMarker } from '../../lib/state/schedule.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const KEY = documentKey('shop')
let world: MemoryWorld
let left: number
const ops = createMemoryNotifier()

beforeEach(async () => {
  left = HOUR
  ops.notices.length = 0
  world = await createMemoryWorld({ timeLeft: () => left, notifiers: { ops } })
})

const documentNow = async () => parseDocument(KEY, (await world.state.read(KEY))?.document ?? emptyDocument)
const later = (milliseconds: number) => new Date(world.clock.now().getTime() + milliseconds)
const markers = () => world.state.list('wake/2')
const eventsNow = async () => (await documentNow()).events.map(({ event, detail }) => `${event} ${detail}`)
async function change(work: (document: CertificateDocument) => object) {
  const stored = await world.state.read(KEY)
  await world.state.write(KEY, work(parseDocument(KEY, stored?.document ?? emptyDocument)), stored?.tag)
}

describe('the marker of the next look', () => {
  test('that stands later than somebody must look comes nearer', async () => {
    await world.run()
    await world.run()
    const { nextLook } = await documentNow()
    await moveMarker(world.state, 'shop', nextLook, later(20 * DAY))
    await change((document) => ({ ...document, nextLook: later(20 * DAY) }))
    const { next } = await world.run()
    expect(next?.getTime()).toBeLessThanOrEqual(later(DAY).getTime())
    expect(await documentNow()).toMatchObject({ nextLook: next })
    expect(await markers()).toEqual([`wake/${next?.toISOString()}/shop`])
  })

  test('that stands sooner than somebody must look stays, and nothing is written', async () => {
    await world.run()
    await world.run()
    const { nextLook } = await documentNow()
    await moveMarker(world.state, 'shop', nextLook, later(2 * MINUTE))
    await change((document) => ({ ...document, nextLook: later(2 * MINUTE) }))
    const tag = (await world.state.read(KEY))?.tag
    expect(await world.run()).toMatchObject({ result: 'kept', next: later(2 * MINUTE) })
    expect((await world.state.read(KEY))?.tag).toBe(tag)
    world.pass(2 * MINUTE)
    const { next } = await world.run()
    expect(next?.getTime()).toBeGreaterThan(world.clock.now().getTime())
    expect(await markers()).toEqual([`wake/${next?.toISOString()}/shop`])
  })

  test('is set where there is none', async () => {
    await world.run()
    await world.run()
    await change(({ nextLook: _none, ...document }) => document)
    const { next } = await world.run()
    expect(await documentNow()).toMatchObject({ nextLook: next })
  })

  test('stands before the document says so, and a certificate that is not well is noted before that', async () => {
    const writes: string[] = []
    const { write } = world.state
    world.state.write = async (key, ...given) => {
      writes.push(key.replace(/\d{4}-.*Z/, 'TIME'))
      return write(key, ...given)
    }
    world.us.trouble = new Failure('DENIED', 'no')
    await world.run()
    const health = expect.stringMatching(/^wake\/0000-unhealthy\/shop\//)
    expect(writes.slice(-3)).toEqual([health, 'wake/TIME/shop', KEY])
  })
})

describe('the next look', () => {
  test('at a certificate that is as it should be is in six hours, when its authority is asked for its window', async () => {
    await world.run()
    world.pass(HOUR)
    expect((await world.run()).next).toEqual(later(6 * HOUR))
  })

  test('is at the renewal that its window asks for', async () => {
    await world.run()
    world.pass(HOUR)
    const window = { start: later(2 * HOUR), end: later(3 * HOUR), checkAfter: later(5 * HOUR) }
    world.authority.window = window
    const { next } = await world.run()
    expect(next?.getTime()).toBeGreaterThanOrEqual(window.start.getTime())
    expect(next?.getTime()).toBeLessThan(window.end.getTime())
    expect((await documentNow()).window).toMatchObject(window)
  })

  test('is when a superseded certificate may go', async () => {
    await world.run()
    await world.run({ force: true })
    world.pass(20 * HOUR)
    expect((await world.run()).next).toEqual(later(4 * HOUR))
  })

  test('that stands where it must stand is no news', async () => {
    await world.run()
    world.authority.window = { start: later(20 * DAY), end: later(21 * DAY), checkAfter: later(30 * MINUTE) }
    expect((await world.run()).next).toEqual(later(30 * MINUTE))
    const tag = (await world.state.read(KEY))?.tag
    expect((await world.run()).next).toEqual(later(30 * MINUTE))
    expect((await world.state.read(KEY))?.tag).toBe(tag)
  })
})

describe('what a run has done', () => {
  test('is told step by step: nothing is deleted where nothing is superseded', async () => {
    await world.run()
    const steps = world.records.filter(({ message }) => message === 'step done').map(({ fields }) => fields?.step)
    expect([...steps].sort()).toEqual(
      [
        ...['lock', 'key', 'order', 'validate', 'finalize', 'store'],
        ...['deploy', 'deploy', 'verify', 'verify', 'activate'],
      ].sort(),
    )
    expect(world.records.filter(({ message }) => message === 'planned')).toMatchObject([
      { fields: { reason: 'absent' } },
    ])
  })

  test('is noted with its reason, and what failed with its code', async () => {
    await world.run()
    world.fr.bound = 'by-hand'
    await world.run()
    world.us.stale = true
    await world.run({ force: true })
    expect(await eventsNow()).toEqual(['renewed absent', 'deployed drift', 'failed VERIFY_FAILED'])
    const { events } = await documentNow()
    expect(events.at(-1)?.at).toEqual(world.clock.now())
  })

  test('is not noted where nothing was done', async () => {
    await world.run()
    world.pass(7 * HOUR)
    await world.run()
    expect(await eventsNow()).toEqual(['renewed absent'])
  })
})

describe('runs that have too little time', () => {
  async function hurried() {
    const { finalize } = world.authority
    world.authority.finalize = async (...given) => {
      left = 20_000
      return finalize(...given)
    }
    const outcome = await world.run({ force: true })
    world.authority.finalize = finalize
    left = HOUR
    return outcome
  }

  test('are counted since the first, carry on within a minute, and are over with the first that comes to its end', async () => {
    const since = world.clock.now()
    const { next } = await hurried()
    expect(next).toEqual(later(MINUTE))
    expect(await documentNow()).toMatchObject({ unfinished: { count: 1, since } })
    expect(await eventsNow()).toEqual(['waiting OUT_OF_TIME'])
    for (const count of [2, 3]) {
      world.pass(HOUR)
      await world.run() // brings what is pending, so that there is something to order again
      await change((document) => ({ ...document, unfinished: { count: count - 1, since } }))
      await hurried()
      expect(await documentNow()).toMatchObject({ unfinished: { count, since } })
    }
    expect(ops.heard()).toEqual(['problem OUT_OF_TIME'])
    await world.run()
    expect(await documentNow()).not.toHaveProperty('unfinished')
  })

  test('say that they wait, what for, and that the certificate is not well', async () => {
    expect(await hurried()).toMatchObject({
      ...{ result: 'waiting', error: { code: 'OUT_OF_TIME', step: 'store' } },
      health: { healthy: false },
    })
  })

  test('are no failure, though a target was being proved', async () => {
    await world.run()
    const { swap } = world.us
    world.us.stale = true
    world.us.swap = async (...given) => {
      await swap(...given)
      left = 20_000
    }
    expect(await world.run({ force: true })).toMatchObject({ result: 'waiting', error: { code: 'OUT_OF_TIME' } })
    expect(await documentNow()).toMatchObject({ unfinished: { count: 1 } })
    expect(await documentNow()).not.toHaveProperty('failures')
    expect(world.us.changes.map((each) => each.split(' ')[0])).toEqual(['swap', 'swap'])
  })

  test('to delete what is superseded have renewed all the same', async () => {
    await world.run()
    const { certificate: before } = await world.run({ force: true })
    world.pass(DAY + HOUR)
    const { activate } = world.secrets
    world.secrets.activate = async (...given) => {
      await activate(...given)
      left = 20_000
    }
    const outcome = await world.run({ force: true })
    expect(outcome).toMatchObject({ result: 'waiting', error: { code: 'OUT_OF_TIME', step: 'delete' } })
    expect(outcome.certificate?.fingerprint).not.toBe(before?.fingerprint)
    expect(world.fr.objects.size).toBe(3)
    left = HOUR
    expect(await world.run()).toMatchObject({ result: 'kept', decision: { reason: 'superseded' } })
    expect(world.fr.objects.size).toBe(2)
  })

  test('write nothing where only a look was to be noted', async () => {
    await world.run()
    world.pass(2 * DAY)
    const tag = (await world.state.read(KEY))?.tag
    left = 14_000
    expect(await world.run()).toMatchObject({ result: 'waiting', error: { code: 'OUT_OF_TIME' }, next: undefined })
    expect((await world.state.read(KEY))?.tag).toBe(tag)
    left = 15_000
    expect(await world.run()).toMatchObject({ result: 'kept' })
  })

  test('in which it could not even be looked at write nothing', async () => {
    await world.run()
    const tag = (await world.state.read(KEY))?.tag
    world.secrets.read = () => Promise.reject(new Failure('OUT_OF_TIME', 'no time'))
    expect(await world.run()).toMatchObject({ result: 'waiting', error: { code: 'OUT_OF_TIME' }, next: undefined })
    expect((await world.state.read(KEY))?.tag).toBe(tag)
  })
})

describe('a store of the state that fails at the end', () => {
  const broken = (code: 'STORE_FAILED' | 'STATE_CONFLICT') => {
    const { write } = world.state
    let isOn = false
    world.state.write = (key, document, tag) => {
      if (isOn) return Promise.reject(new Failure(code, 'the disk is full'))
      return write(key, document, tag)
    }
    return () => {
      isOn = true
    }
  }

  test('is a failure of a run that went well', async () => {
    await world.run()
    world.pass(2 * DAY)
    broken('STORE_FAILED')()
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'STORE_FAILED' }, next: undefined })
  })

  test('is a failure, also where only the document cannot be written', async () => {
    await world.run()
    world.pass(2 * DAY)
    const { write } = world.state
    world.state.write = (key, ...given) =>
      key === KEY ? Promise.reject(new Failure('STORE_FAILED', 'the disk is full')) : write(key, ...given)
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'STORE_FAILED' }, next: undefined })
  })

  test('right after a certificate was stored: the next run notes that it was issued, and brings it, without an order', async () => {
    const { write } = world.state
    const { stage } = world.secrets
    world.secrets.stage = async (...given) => {
      const version = await stage(...given)
      if (world.authority.issued === 1)
        world.state.write = () => Promise.reject(new Failure('STORE_FAILED', 'the disk is full'))
      return version
    }
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'STORE_FAILED' } })
    Object.assign(world.state, { write })
    world.secrets.stage = stage
    expect(await documentNow()).toMatchObject({ issued: [], order: { authority: 'ca' } })
    world.pass(HOUR)
    expect(await world.run()).toMatchObject({ result: 'deployed', decision: { reason: 'pending' } })
    expect(await documentNow()).toMatchObject({ issued: [{ authority: 'ca' }] })
    expect(await documentNow()).not.toHaveProperty('order')
    expect(world.authority.orders).toHaveLength(1)
  })

  test('does not hide what failed before', async () => {
    await world.run()
    const breakIt = broken('STORE_FAILED')
    world.us.trouble = new Failure('DENIED', 'no')
    breakIt()
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'DENIED' }, next: undefined })
    expect(
      world.records.filter(({ message }) => message === 'the time of the next look could not be saved'),
    ).toHaveLength(1)
  })

  test('is no failure of a run that only looked where another run has taken the certificate up', async () => {
    await world.run()
    world.pass(2 * DAY)
    const { write } = world.state
    world.state.write = async (key, document, tag) => {
      if (key !== KEY) return write(key, document, tag)
      world.state.write = write
      const lease = { holder: 'another', fence: 77, until: later(HOUR) }
      await write(key, { ...(await documentNow()), fence: 77, lease }, tag)
      return write(key, document, tag)
    }
    expect(await world.run()).toMatchObject({ result: 'kept', error: undefined })
    expect(await documentNow()).toMatchObject({ fence: 77 })
  })
})

describe('what is remembered at the end', () => {
  const failure = (code: string) => ({
    ...{ count: 1, code, message: 'x', at: world.clock.now(), notBefore: later(DAY), configHash: shop.configHash },
  })

  test('of an authority that asks for patience is its failure, and its patience by itself once another one has issued', async () => {
    world.authority.failures.push({
      on: 'newOrder',
      failure: new Failure('ACME_RATE_LIMITED', 'later', { retryAfter: later(2 * DAY) }),
    })
    expect(await world.run()).toMatchObject({ result: 'failed' })
    expect(await documentNow()).toMatchObject({
      failures: { authorities: { ca: { issue: { code: 'ACME_RATE_LIMITED' } } } },
    })
    expect(await documentNow()).not.toHaveProperty('cooldowns')
  })

  test('of somebody’s patience stays where nothing can be looked at', async () => {
    await world.run()
    await change((document) => ({ ...document, cooldowns: { dns: later(DAY) } }))
    world.secrets.read = () => Promise.reject(new Failure('STORE_FAILED', 'down'))
    await world.run()
    expect((await documentNow()).cooldowns).toEqual({ dns: later(DAY) })
  })

  test('of the patience of a load balancer is noted by the look that has heard of it', async () => {
    await world.run()
    world.us.trouble = new Failure('RATE_LIMITED', 'not now', { retryAfter: later(DAY) })
    await world.run()
    expect((await documentNow()).cooldowns).toEqual({ 'balancers/us': later(DAY) })
  })

  test('of a deployment that failed is over once the current one was brought again, though a key is pending', async () => {
    await world.run()
    world.authority.failures.push({ on: 'newOrder', failure: new Failure('ACME_SERVER', 'down') })
    await world.run({ force: true })
    await change((document) => ({ ...document, failures: { deploy: failure('DENIED') } }))
    world.fr.bound = 'by-hand'
    expect(await world.run()).toMatchObject({ result: 'deployed', decision: { reason: 'drift' } })
    expect((await documentNow()).failures?.deploy).toBeUndefined()
  })

  test('of the secrets store that fails as a certificate becomes current is a failed deployment', async () => {
    await world.run()
    world.secrets.activate = () => Promise.reject(new Failure('STORE_FAILED', 'down'))
    expect(await world.run({ force: true })).toMatchObject({
      result: 'failed',
      error: { code: 'STORE_FAILED', step: 'activate' },
    })
    expect((await documentNow()).failures?.deploy).toMatchObject({ code: 'STORE_FAILED', step: 'activate' })
    expect(await eventsNow()).toEqual(['renewed absent', 'failed STORE_FAILED'])
  })

  test('of a certificate that no target has taken is a rejection, and what was current stays so', async () => {
    const { certificate } = await world.run()
    for (const balancer of [world.fr, world.us]) balancer.takesOnly = certificate?.fingerprint
    expect(await world.run({ force: true })).toMatchObject({
      result: 'failed',
      error: { code: 'REJECTED' },
      certificate,
    })
    expect(world.fr.changes).toHaveLength(1)
    expect(await documentNow()).toMatchObject({
      rejected: { tries: 1 },
      current: { fingerprint: certificate?.fingerprint },
    })
    expect(await world.secrets.read('certificate/shop', 'pending')).toBeDefined()
  })

  test('of the current one that is not taken again is no rejection, and what is served meanwhile is said', async () => {
    const { certificate } = await world.run()
    world.us.refusesOnly = certificate?.fingerprint
    world.us.bound = 'by-hand'
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'REJECTED' } })
    expect(await documentNow()).not.toHaveProperty('rejected')
    const held = await world.run()
    expect(held).toMatchObject({ result: 'waiting', decision: { reason: 'back-off' } })
    expect(held.health.conditions.map(({ code }) => code)).toContain('SERVES_OTHER')
  })

  test('of names that could not be had stays after a degraded renewal, and is over with a whole one', async () => {
    await world.run()
    const wider = { ...shop, names: [...shop.names, 'new.example'], configHash: 'wider' }
    const { newOrder } = world.authority
    world.authority.newOrder = async (request) => {
      if (request.names.includes('new.example')) throw new Failure('ACME_NAME_REFUSED', 'refused')
      return newOrder(request)
    }
    await world.run({}, wider)
    world.pass(61 * DAY)
    await world.run({}, wider)
    const degraded = await world.run({}, wider)
    const outcomes = [degraded.decision, (await documentNow()).failures?.authorities?.ca]
    expect(outcomes).toMatchObject([{}, { expand: { code: 'ACME_NAME_REFUSED' } }])
    expect((await documentNow()).failures?.authorities?.ca?.issue).toBeUndefined()
    world.authority.newOrder = newOrder
    world.pass(2 * DAY)
    expect(await world.run({}, wider)).toMatchObject({ result: 'renewed', missing: [] })
    expect(await documentNow()).not.toHaveProperty('failures')
  })
})

test('nothing is deleted by a clock that is wrong, though a certificate is renewed', async () => {
  await world.run()
  await world.run({ force: true })
  world.pass(DAY + HOUR)
  world.authority.renewalWindow = () => Promise.reject(new Failure('CLOCK_WRONG', 'an hour ahead'))
  expect(await world.run({ force: true })).toMatchObject({ result: 'renewed' })
  expect(world.fr.objects.size).toBe(3)
})

describe('what is known of a certificate whose secrets cannot be read', () => {
  test('is how long it lives and who issued it, as it was last seen', async () => {
    const { certificate } = await world.run()
    world.secrets.read = () => Promise.reject(new Failure('STORE_UNREADABLE', 'another master key'))
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'STORE_UNREADABLE' }, certificate })
    expect(outcome.health.conditions.map(({ code }) => code)).toEqual(['BACK_OFF'])
    world.pass(76 * DAY)
    expect((await world.run()).health.conditions.map(({ code }) => code)).toContain('EXPIRES_SOON')
    expect(ops.heard()).toEqual(['problem STORE_UNREADABLE', 'problem EXPIRES_SOON'])
    const other = await world.run({}, { ...shop, authorities: ['other'], configHash: 'two' })
    expect(other.health.conditions.map(({ code }) => code)).toContain('OTHER_AUTHORITY')
  })
})

test('a run that renews says what is current now, when it is looked at again, and that it is well', async () => {
  await world.run()
  world.pass(61 * DAY)
  const { certificate: before } = await world.run({ dryRun: true })
  const { certificate, next, health } = await world.run()
  expect(certificate?.fingerprint).not.toBe(before?.fingerprint)
  expect([next, health]).toEqual([later(HOUR), { healthy: true, conditions: [] }])
  expect((await documentNow()).current?.fingerprint).toBe(certificate?.fingerprint)
})

test('the window of a certificate is not noted of the one that takes its place', async () => {
  await world.run()
  world.authority.window = { start: later(-2 * DAY), end: later(-DAY), checkAfter: later(HOUR) }
  world.pass(7 * HOUR)
  const { certificate } = await world.run()
  const { window, current } = await documentNow()
  expect(current?.fingerprint).toBe(certificate?.fingerprint)
  expect(window?.fingerprint).not.toBe(certificate?.fingerprint)
})
