import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { StateStore } from '../../lib/ports.ts'
import { type Lease, openLease, withLease } from '../../lib/renewal/lease.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { createMemoryState } from '../support/memory-stores.ts'

let now = Date.parse('2026-11-22T06:00:00Z')
const clock = { now: () => new Date(now), sleep: async () => {} }
const timeLeft = () => 600_000
const opened = (state: StateStore) => openLease('shop', { environment: 'test', state, clock, timeLeft })
const unchanged: Parameters<Lease['save']>[0] = (document) => document
async function of(state: StateStore): Promise<Lease> {
  const lease = await opened(state)
  await lease.hold(unchanged)
  return lease
}
const stored = async (state: StateStore) =>
  parseDocument('x', (await state.read(documentKey('shop')))?.document ?? emptyDocument)

test('a certificate is held by one at a time, and the fence grows with every lease', async () => {
  const state = createMemoryState()
  const first = await of(state)
  await expect(of(state)).rejects.toMatchObject({ code: 'LOCKED' })
  await first.release(unchanged)
  await of(state)
  expect((await stored(state)).fence).toBe(2)
})

test('a holder that was frozen until somebody took over is refused at its next saving, and at every one after', async () => {
  const state = createMemoryState()
  const frozen = await of(state)
  now += 3_600_000
  const next = await of(state)
  await expect(frozen.save(unchanged)).rejects.toMatchObject({ code: 'LOCKED' })
  await expect(frozen.release(unchanged)).rejects.toMatchObject({ code: 'LOCKED' })
  await next.save((document) => ({ ...document, issued: [{ at: clock.now(), names: 'ab' }] }))
  expect((await stored(state)).issued).toHaveLength(1)
})

test('what several save at once is all written', async () => {
  const state = createMemoryState()
  const held = await of(state)
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(
    names.map((name) =>
      held.save((document) => ({ ...document, cooldowns: { ...document.cooldowns, [name]: new Date(now) } })),
    ),
  )
  expect(Object.keys((await stored(state)).cooldowns ?? {}).sort()).toEqual(names)
})

test('a write whose answer was lost is found to be our own', async () => {
  const state = createMemoryState()
  let losing = false
  const held = await of({
    ...state,
    async write(key, document, tag) {
      const written = await state.write(key, document, tag)
      if (!losing) return written
      losing = false
      throw new Failure('STATE_CONFLICT', 'the storage says that somebody else wrote')
    },
  })
  losing = true
  await held.save((document) => ({ ...document, issued: [{ at: clock.now(), names: 'ab' }] }))
  await held.release(unchanged)
  expect(await stored(state)).toMatchObject({ issued: [{ at: clock.now(), names: 'ab' }] })
})

test('F-03: a holder whose lease has run out renews it before an effect, and is refused once somebody took over', async () => {
  const state = createMemoryState()
  const held = await of(state)
  const { tag } = (await state.read(documentKey('shop'))) ?? {}
  await held.ensureHeld()
  expect((await state.read(documentKey('shop')))?.tag).toBe(tag)
  now += 3_600_000
  await held.ensureHeld()
  expect((await stored(state)).lease?.until.getTime()).toBeGreaterThan(now)
  await expect(of(state)).rejects.toMatchObject({ code: 'LOCKED' })
  now += 3_600_000
  await of(state)
  await expect(held.ensureHeld()).rejects.toMatchObject({ code: 'LOCKED' })
  await expect(held.ensureHeld()).rejects.toMatchObject({ code: 'LOCKED' })
})

test('saving renews the lease, so that a long run is not taken over while it is alive', async () => {
  const state = createMemoryState()
  const held = await of(state)
  now += 500_000
  await held.save(unchanged)
  now += 500_000
  await expect(of(state)).rejects.toMatchObject({ code: 'LOCKED' })
})

test('F-68: a document of another environment is left as it is', async () => {
  const state = createMemoryState()
  const held = await of(state)
  await held.release(unchanged)
  const before = await state.read(documentKey('shop'))
  const foreign = openLease('shop', { environment: 'staging', state, clock, timeLeft })
  await expect(foreign).rejects.toMatchObject({ code: 'STORE_FOREIGN' })
  expect(await state.read(documentKey('shop'))).toEqual(before)
})

test('what was read is decided on, and is held only if nobody has written since', async () => {
  const state = createMemoryState()
  const [first, second] = [await opened(state), await opened(state)]
  await first.hold(unchanged)
  await first.release(unchanged)
  await expect(second.hold(unchanged)).rejects.toMatchObject({ code: 'LOCKED' })
  await expect(second.release(unchanged)).rejects.toMatchObject({ code: 'LOCKED' })
  expect((await stored(state)).fence).toBe(1)
})

test('whoever reads while another run has the lease is refused it, and refused again once that run has given it back', async () => {
  const state = createMemoryState()
  const holder = await of(state)
  const reader = await opened(state)
  await expect(reader.hold(unchanged)).rejects.toMatchObject({ code: 'LOCKED' })
  await holder.release(unchanged)
  await expect(reader.hold(unchanged)).rejects.toMatchObject({ code: 'LOCKED' })
})

describe('work under a lease', () => {
  const log = createLog(silent, clock)
  const under = <T>(state: StateStore, work: Parameters<typeof withLease<T>>[2]) =>
    withLease('shop', { environment: 'test', state, clock, timeLeft, log }, work)

  test('is noted with the release once it is done', async () => {
    const state = createMemoryState()
    const change: typeof unchanged = (document) => ({ ...document, issued: [{ at: clock.now(), names: 'ab' }] })
    expect(await under(state, async () => ({ value: 7, change }))).toBe(7)
    expect(await stored(state)).toMatchObject({ fence: 1, issued: [{ names: 'ab' }] })
    expect((await stored(state)).lease).toBeUndefined()
  })

  test('that fails is not noted, and its own failure is heard, also when the lease cannot be given back', async () => {
    const state = createMemoryState()
    let writes = 0
    const broken: StateStore = {
      ...state,
      write: (...given) =>
        ++writes > 1 ? Promise.reject(new Failure('UNAVAILABLE', 'the state is down')) : state.write(...given),
    }
    const fails = async () => {
      throw new Failure('DENIED', 'no right to write')
    }
    await expect(under(state, fails)).rejects.toMatchObject({ code: 'DENIED' })
    expect((await stored(state)).lease).toBeUndefined()
    await expect(under(broken, fails)).rejects.toMatchObject({ code: 'DENIED' })
    expect((await stored(state)).events).toEqual([])
  })
})
