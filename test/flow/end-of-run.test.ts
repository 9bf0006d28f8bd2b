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

describe('what a run has done', () => {
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

  test('does not hide what failed before', async () => {
    await world.run()
    const breakIt = broken('STORE_FAILED')
    world.us.trouble = new Failure('DENIED', 'no')
    breakIt()
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'DENIED' }, next: undefined })
    expect(world.records.filter(({ message }) => message === 'the next look could not be noted')).toHaveLength(1)
  })

  test('is no failure of a run that only looked where another run has taken the certificate up', async () => {
    await world.run()
    world.pass(2 * DAY)
    const { write } = world.state
    world.state.write = async (key, document, tag) => {
      if (key !== KEY) return write(key, document, tag)
      world.state.write = write
      await write(key, { ...(await documentNow()), fence: 77 }, tag)
      return write(key, document, tag)
    }
    expect(await world.run()).toMatchObject({ result: 'kept', error: undefined })
    expect(await documentNow()).toMatchObject({ fence: 77 })
  })
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
