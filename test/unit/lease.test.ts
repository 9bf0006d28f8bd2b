import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { createLog, type LogRecord, silent } from '../../lib/platform/log.ts'
import { identify, type ProcessIdentity } from '../../lib/platform/process.ts'
import type { StateStore } from '../../lib/ports.ts'
import { type Lease, openLease, withLease } from '../../lib/renewal/lease.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { createMemoryState } from '../support/memory-stores.ts'

let now = Date.parse('2026-11-22T06:00:00Z')
const clock = { now: () => new Date(now), sleep: async () => {} }
const timeLeft = () => 600_000
const log = createLog(silent, clock)
const opened = (state: StateStore) => openLease('shop', { environment: 'test', state, clock, log, timeLeft })
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

test('what waits for a write is written with the next one, all of it together', async () => {
  const state = createMemoryState()
  const held = await of(state)
  let writes = 0
  const { write } = state
  state.write = (...given) => {
    writes += 1
    return write(...given)
  }
  const issued = (names: string) => ({ at: clock.now(), names })
  await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) =>
      held.save((document) => ({ ...document, issued: [...document.issued, issued(name)] })),
    ),
  )
  expect([writes, (await stored(state)).issued.map(({ names }) => names)]).toEqual([2, ['a', 'b', 'c', 'd']])
})

test('what is noted is in the document at once, and in the store with the next saving, also of one that fails first', async () => {
  const state = createMemoryState()
  const held = await of(state)
  const { write } = state
  const noting = (names: string) =>
    held.note((document) => ({ ...document, issued: [...document.issued, { at: clock.now(), names }] }))
  const namesIn = ({ issued }: Pick<Lease['document'], 'issued'>) => issued.map(({ names }) => names)
  noting('a')
  expect([namesIn(held.document), namesIn(await stored(state))]).toEqual([['a'], []])
  state.write = async () => {
    noting('b')
    throw new Failure('STORE_FAILED', 'the disk is full')
  }
  await expect(held.save(unchanged)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  state.write = async (...given) => {
    noting('c')
    return write(...given)
  }
  await held.save(unchanged)
  expect([namesIn(held.document), namesIn(await stored(state))]).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b'],
  ])
  state.write = write
  await held.release(unchanged)
  expect(namesIn(await stored(state))).toEqual(['a', 'b', 'c'])
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

test('a write that is refused though nobody else has written is made again, and not for ever', async () => {
  const state = createMemoryState()
  let [refusals, writes] = [0, 0]
  const held = await of({
    ...state,
    async write(key, document, tag) {
      writes += 1
      if (refusals === 0) return state.write(key, document, tag)
      refusals -= 1
      throw new Failure('STATE_CONFLICT', 'another write came at the same time')
    },
  })
  refusals = 2
  await held.save((document) => ({ ...document, issued: [{ at: clock.now(), names: 'ab' }] }))
  expect(await stored(state)).toMatchObject({ issued: [{ at: clock.now(), names: 'ab' }] })
  ;[refusals, writes] = [9, 0]
  await expect(held.save((document) => ({ ...document, issued: [] }))).rejects.toMatchObject({ code: 'LOCKED' })
  expect(writes).toBe(3)
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

test.each([
  ['a minute at least, also when the run is to end at once', 0, 60_000],
  ['a minute at least', 59_000, 60_000],
  ['as long as the run has time', 300_000, 300_000],
  ['fifteen minutes at most', 3_600_000, 900_000],
])('a lease lasts %s', async (_how_long, left, lasts) => {
  const state = createMemoryState()
  const held = await openLease('shop', { environment: 'test', state, clock, log, timeLeft: () => left })
  await held.hold(unchanged)
  expect((await stored(state)).lease).toMatchObject({ until: new Date(now + lasts), fence: 1 })
  expect(await stored(state)).toMatchObject({ environment: 'test', fence: 1 })
})

test('a lease names the process that holds it, or the invocation', async () => {
  const state = createMemoryState()
  const process = { host: 'machine', pid: 7 }
  const invocation = { function: 'newleaf-renew', requestId: 'request-1' }
  for (const who of [{ process }, { invocation }]) {
    const held = await openLease('shop', { environment: 'test', state, clock, log, timeLeft, ...who })
    await held.hold(unchanged)
    const { lease } = await stored(state)
    expect({ process: lease?.process, invocation: lease?.invocation }).toEqual(who)
    await held.release(unchanged)
  }
})

test('a lease of a process that is gone is taken over, and the log says so once', async () => {
  const state = createMemoryState()
  const own = identify()
  const incarnation = { bootId: 'boot', pidNamespace: 'pid:[1]', startTime: '1' }
  const records: LogRecord[] = []
  const by = (process: ProcessIdentity) =>
    openLease('shop', {
      ...{ environment: 'test', state, clock, timeLeft, process },
      log: createLog((record) => records.push(record), clock),
    })
  await (await by({ ...own, pid: 2 ** 22 + 1, incarnation })).hold(unchanged)
  const next = await by({ ...own, incarnation })
  await next.hold(unchanged)
  await next.save(unchanged)
  await next.release(unchanged)
  expect(records.map(({ message }) => message)).toEqual(['the process that held the lock is gone; it is taken over'])
})

describe('a lease that a clock which was ahead has noted', () => {
  const ahead = { holder: 'other', fence: 4, until: new Date(now + 400 * 86_400_000) }
  async function noted(): Promise<StateStore> {
    const state = createMemoryState()
    await state.write(documentKey('shop'), { ...emptyDocument, fence: 4, lease: ahead }, undefined)
    return state
  }

  test('is over once somebody has taken it, and does not come back with the release', async () => {
    const state = await noted()
    const lease = await of(state)
    expect((await stored(state)).lease).toMatchObject({ fence: 5 })
    await lease.release(unchanged)
    expect((await stored(state)).lease).toBeUndefined()
  })

  test('stays where it is as long as nobody takes it, however often something is noted', async () => {
    const state = await noted()
    const reader = await opened(state)
    for (const _again of [1, 2]) await reader.release((document) => ({ ...document, nextLook: new Date(now) }))
    expect((await stored(state)).lease).toMatchObject({ holder: 'other', fence: 4 })
  })
})

test('a lease is free again at its last moment, and every holder has a name of its own', async () => {
  const state = createMemoryState()
  const first = await of(state)
  const { until = new Date(), holder } = (await stored(state)).lease ?? {}
  now = until.getTime() - 1
  await expect(of(state)).rejects.toMatchObject({
    code: 'LOCKED',
    message: expect.stringContaining('newleaf unlock shop'),
  })
  const { tag } = (await state.read(documentKey('shop'))) ?? {}
  await first.ensureHeld()
  expect((await state.read(documentKey('shop')))?.tag).toBe(tag)
  now = until.getTime()
  await of(state)
  expect((await stored(state)).lease?.holder).not.toBe(holder)
})

test('who was refused is refused an effect too, though its lease would last', async () => {
  const state = createMemoryState()
  const lease = await of(state)
  const there = await state.read(documentKey('shop'))
  await state.write(documentKey('shop'), { ...Object(there?.document), fence: 99 }, there?.tag)
  await lease.ensureHeld() // nobody may write while it lasts, and so nobody is asked
  await expect(lease.save(unchanged)).rejects.toMatchObject({ code: 'LOCKED' })
  await expect(lease.ensureHeld()).rejects.toMatchObject({ code: 'LOCKED' })
})

test('a lease is renewed before an effect at its last moment', async () => {
  const state = createMemoryState()
  const lease = await of(state)
  now = (await stored(state)).lease?.until.getTime() ?? 0
  await lease.ensureHeld()
  expect((await stored(state)).lease?.until.getTime()).toBe(now + 600_000)
})

test('who was refused once asks the store no more', async () => {
  const state = createMemoryState()
  let writes = 0
  const write: StateStore['write'] = (...given) => {
    writes += 1
    return state.write(...given)
  }
  const frozen = await of({ ...state, write })
  now += 3_600_000
  await of(state)
  await expect(frozen.save(unchanged)).rejects.toMatchObject({ code: 'LOCKED' })
  writes = 0
  for (const again of [() => frozen.save(unchanged), () => frozen.ensureHeld(), () => frozen.release(unchanged)])
    await expect(again()).rejects.toMatchObject({ code: 'LOCKED' })
  expect(writes).toBe(0)
})

test('what is held says so, until it is given back', async () => {
  const state = createMemoryState()
  const lease = await opened(state)
  expect(lease.isHeld).toBe(false)
  await lease.hold(unchanged)
  expect(lease.isHeld).toBe(true)
  await lease.release((document) => ({ ...document, nextLook: new Date(now) }))
  expect(lease.isHeld).toBe(false)
  expect(lease.document).toEqual({ ...emptyDocument, environment: 'test', fence: 1, nextLook: new Date(now) })
})

test('what nobody holds can be noted all the same, as long as nobody has written since, and the fence stays', async () => {
  const state = createMemoryState()
  const reader = await opened(state)
  await reader.release((document) => ({ ...document, nextLook: new Date(now) }))
  expect(await stored(state)).toEqual({ ...emptyDocument, environment: 'test', nextLook: new Date(now) })
})

test('before it holds anything a lease is taken where something is to be done', async () => {
  const state = createMemoryState()
  const reader = await opened(state)
  await reader.ensureHeld()
  expect((await stored(state)).lease).toMatchObject({ fence: 1 })
})

test('trouble of the store is heard as what it is, and the next saving may succeed', async () => {
  const state = createMemoryState()
  let isDown = false
  const write: StateStore['write'] = (...given) =>
    isDown ? Promise.reject(new Failure('UNAVAILABLE', 'down')) : state.write(...given)
  const held = await of({ ...state, write })
  isDown = true
  await expect(held.save(unchanged)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  isDown = false
  await held.save((document) => ({ ...document, issued: [{ at: clock.now(), names: 'ab' }] }))
  expect((await stored(state)).issued).toHaveLength(1)
})

test('what another run has saved is read anew', async () => {
  const state = createMemoryState()
  const reader = await opened(state)
  const other = await of(state)
  await other.release((document) => ({ ...document, nextLook: new Date(now) }))
  expect(await reader.reload()).toMatchObject({ nextLook: new Date(now) })
  expect(reader.document).toEqual(emptyDocument)
})

test('F-68: a document of another environment is left as it is', async () => {
  const state = createMemoryState()
  const held = await of(state)
  await held.release(unchanged)
  const before = await state.read(documentKey('shop'))
  const foreign = openLease('shop', { environment: 'staging', state, clock, log, timeLeft })
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

  test('is not begun while another run has the certificate', async () => {
    const state = createMemoryState()
    await of(state)
    let isBegun = false
    const work = async () => {
      isBegun = true
      return { value: 7, change: unchanged }
    }
    await expect(under(state, work)).rejects.toMatchObject({ code: 'LOCKED' })
    expect(isBegun).toBe(false)
  })
})
