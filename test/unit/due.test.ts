import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { findDue } from '../../lib/observe/due.ts'
import type { StateStore } from '../../lib/ports.ts'
import { documentKey, emptyDocument } from '../../lib/state/document.ts'
import { listUnhealthy, markHealth, moveMarker } from '../../lib/state/schedule.ts'
import type { CertificateSpec, Outcome } from '../../lib/types.ts'
import { createMemoryState } from '../support/memory-stores.ts'
import { shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
let now = new Date('2026-11-22T06:00:00Z')
const clock = { now: () => now, sleep: async () => {} }
const request = { force: false, dryRun: false, fullScan: false }
const named = (...ids: string[]): CertificateSpec[] => ids.map((id) => ({ ...shop, id, configHash: id }))
const kept = (id: string, next: Date | undefined): Outcome => ({
  id,
  result: next === undefined ? 'failed' : 'kept',
  decision: { action: 'wait', until: now, reason: 'fresh', message: 'because' },
  certificate: undefined,
  targets: {},
  error: undefined,
  missing: [],
  next,
  health: { healthy: next !== undefined, conditions: [] },
})
const later = (hours: number) => new Date(now.getTime() + hours * HOUR)

/** A run in which everybody who is due is looked at, and is to be looked at again in so many hours. */
async function turn(state: StateStore, specs: CertificateSpec[], hours: number | undefined): Promise<string[]> {
  const due = await findDue(specs, request, { state, clock, environment: 'test' })
  const next = hours === undefined ? undefined : later(hours)
  for (const { id } of due.specs) if (next !== undefined) await moveMarker(state, id, undefined, next)
  await due.updateSchedule(due.specs.map(({ id }) => kept(id, next)))
  return due.specs.map(({ id }) => id)
}

describe('who is due', () => {
  test('is everybody at first, then nobody until a marker is past', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    expect(await turn(state, named('a', 'b'), 3)).toEqual(['a', 'b'])
    expect(await turn(state, named('a', 'b'), 3)).toEqual([])
    now = later(4)
    expect(await turn(state, named('a', 'b'), 3)).toEqual(['a', 'b'])
  })

  test('is found with one listing and nothing else', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    await turn(state, named('a', 'b'), 3)
    const calls: string[] = []
    const counted = new Proxy(state, {
      get(target, name: keyof StateStore) {
        calls.push(name)
        return target[name]
      },
    })
    await turn(counted, named('a', 'b'), 3)
    expect(calls).toEqual(['list'])
  })

  test('is everybody once a day, and when the configuration has changed', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    await turn(state, named('a'), 100)
    expect(await turn(state, named('a', 'new'), 100)).toEqual(['a', 'new'])
    now = later(24)
    expect(await turn(state, named('a', 'new'), 100)).toEqual(['a', 'new'])
  })

  test('is everybody again as long as one could not even be looked at', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    expect(await turn(state, named('a'), undefined)).toEqual(['a'])
    expect(await turn(state, named('a'), undefined)).toEqual(['a'])
  })

  test('leaves no marker of the past, and none of a certificate that was taken out of the configuration', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    await turn(state, named('a', 'old'), 1)
    now = later(2)
    await turn(state, named('a'), 1)
    const markers = (await state.list('wake/')).filter((key) => !key.startsWith('wake/0000'))
    expect(markers).toEqual([`wake/${later(1).toISOString()}/a`])
  })

  test('is whoever is named, and everybody for someone who waits for the answer', async () => {
    const state = createMemoryState()
    const { specs } = await findDue(named('a', 'b'), { ...request, only: ['b'] }, { state, clock, environment: 'test' })
    expect(specs.map(({ id }) => id)).toEqual(['b'])
    expect(
      (await findDue(named('a', 'b'), { ...request, fullScan: true }, { state, clock, environment: 'test' })).specs,
    ).toHaveLength(2)
    expect(await state.list('')).toEqual([])
  })

  test('is everybody by hand and under cron: what is past of their markers goes, and nothing of who was not looked at', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    for (const hours of [-5, -2, 0, 3]) await moveMarker(state, 'a', undefined, later(hours))
    for (const id of ['b', 'failed']) await moveMarker(state, id, undefined, later(-1))
    const due = await findDue(
      named('a', 'failed'),
      { ...request, fullScan: true },
      { state, clock, environment: 'test' },
    )
    now = later(1)
    await moveMarker(state, 'a', undefined, now) // of another run, since this one began
    await due.updateSchedule([kept('a', later(30)), kept('failed', undefined)])
    const markers = (await state.list('wake/')).filter((key) => !key.startsWith('wake/0000'))
    expect(markers).toEqual([
      `wake/${later(-2).toISOString()}/b`,
      `wake/${later(-2).toISOString()}/failed`,
      `wake/${later(0).toISOString()}/a`,
      `wake/${later(2).toISOString()}/a`,
    ])
  })

  test('is whoever a queue names, and what is left of their markers goes once they were looked at', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    for (const hours of [-2, -1]) await moveMarker(state, 'a', undefined, later(hours))
    await moveMarker(state, 'b', undefined, later(-1))
    const queued = { ...request, only: ['a'], attended: false }
    const due = await findDue(named('a', 'b'), queued, { state, clock, environment: 'test' })
    expect(due.specs.map(({ id }) => id)).toEqual(['a'])
    await moveMarker(state, 'a', later(-1), later(3))
    await due.updateSchedule([kept('a', later(3))])
    expect(await state.list('wake/')).toEqual([`wake/${later(-1).toISOString()}/b`, `wake/${later(3).toISOString()}/a`])
  })

  test('is whoever a queue names, also where nothing says that it is due', async () => {
    const due = await findDue(
      named('a', 'b'),
      { ...request, only: ['a'], attended: false },
      {
        ...{ state: createMemoryState(), clock, environment: 'test' },
      },
    )
    expect(due.specs.map(({ id }) => id)).toEqual(['a'])
  })

  test('keeps its marker when it was given away, so that nobody is lost whom the other does not look at', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    await turn(state, named('a'), 1)
    now = later(2)
    const due = await findDue(named('a'), request, { state, clock, environment: 'test' })
    await due.updateSchedule([])
    expect((await findDue(named('a'), request, { state, clock, environment: 'test' })).specs).toHaveLength(1)
  })
})

describe('the listing', () => {
  test.each<[who: string, change: object, asked: boolean]>([
    ['somebody who waits for one of them', { only: ['a'] }, false],
    ['somebody who forces all', { force: true }, false],
    ['somebody who wants all to be looked at', { fullScan: true }, false],
    ['a schedule', {}, true],
    ['a queue', { only: ['a'], attended: false }, true],
  ])('is asked for by %s: %j %s', async (_who, change, asked) => {
    const state = createMemoryState()
    let listings = 0
    const list: StateStore['list'] = (...given) => {
      listings += 1
      return state.list(...given)
    }
    await findDue(named('a', 'b'), { ...request, ...change }, { state: { ...state, list }, clock, environment: 'test' })
    expect(listings).toBe(asked ? 1 : 0)
  })

  test('is one of the same configuration, in whatever order it stands, and of another once an id or a hash is another', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    const [a, b] = named('a', 'b') as [CertificateSpec, CertificateSpec]
    await turn(state, [a, b], 100)
    expect(await turn(state, [b, a], 100)).toEqual([])
    expect(await turn(state, [a, { ...b, configHash: 'other' }], 100)).toEqual(['a', 'b'])
    expect(await turn(state, [a, { ...b, configHash: 'other' }], 100)).toEqual([])
    expect(
      await turn(
        state,
        [
          { ...a, id: 'c' },
          { ...b, configHash: 'other' },
        ],
        100,
      ),
    ).toEqual(['c', 'b'])
    expect((await state.list('wake/0000-swept/')).map((key) => key.length)).toEqual([
      'wake/0000-swept/2026-11-22-'.length + 16,
    ])
  })
})

describe('after a run', () => {
  const at = (state: StateStore) => ({ state, clock, environment: 'test' })
  const scan = async (state: StateStore, specs: CertificateSpec[], change = {}) =>
    findDue(specs, { ...request, ...change }, at(state))
  const swept = (state: StateStore) => state.list('wake/0000-swept/')

  test('in which one waits for another run, all were looked over; in which one could not be looked at, they were not', async () => {
    for (const [result, expected] of [
      ['waiting', 1],
      ['failed', 0],
    ] as const) {
      const state = createMemoryState()
      await (await scan(state, named('a'))).updateSchedule([{ ...kept('a', undefined), result }])
      expect(await swept(state)).toHaveLength(expected)
    }
  })

  test('the marker at which a certificate is to be looked at again stays, and others of it go', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    for (const hours of [-2, 0]) await moveMarker(state, 'a', undefined, later(hours))
    const due = await scan(state, named('a'))
    await due.updateSchedule([kept('a', later(0))])
    expect(await state.list('wake/2')).toEqual([`wake/${later(0).toISOString()}/a`])
  })

  test.each<[what: string, document: object | undefined, goes: boolean]>([
    ['is remembered here', { ...emptyDocument, environment: 'test' }, true],
    ['nobody remembers', undefined, true],
    ['cannot be read', { v: 0 }, true],
    ['another environment remembers', { ...emptyDocument, environment: 'other' }, false],
  ])('what is noted of a certificate that is not configured, and %s, goes: %#', async (_what, document, goes) => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    if (document !== undefined) await state.write(documentKey('gone'), document, undefined)
    await moveMarker(state, 'gone', undefined, later(-1))
    await markHealth(state, 'gone', 'EXPIRED')
    await (await scan(state, [])).updateSchedule([])
    expect(await state.list('wake/2')).toHaveLength(goes ? 0 : 1)
    expect(await listUnhealthy(state)).toHaveLength(goes ? 0 : 1)
  })

  test('trouble of the store as such a certificate is asked for is heard', async () => {
    const state = createMemoryState()
    await moveMarker(state, 'gone', undefined, later(-1))
    const read: StateStore['read'] = () => Promise.reject(new Failure('UNAVAILABLE', 'down'))
    const due = await scan({ ...state, read }, named('a'))
    await expect(due.updateSchedule([])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('nothing is noted of the health of what another environment keeps, nor by a dry run', async () => {
    const state = createMemoryState()
    const ill = { ...kept('a', undefined), health: { healthy: false, conditions: [] } }
    const foreign = { ...ill, error: new Failure('STORE_FOREIGN', 'not ours') }
    await (await scan(state, named('a'), { fullScan: true })).updateSchedule([foreign])
    await (await scan(state, named('a'), { fullScan: true, dryRun: true })).updateSchedule([ill])
    expect(await listUnhealthy(state)).toEqual([])
    await (await scan(state, named('a'), { fullScan: true })).updateSchedule([ill])
    expect(await listUnhealthy(state)).toHaveLength(1)
  })

  test('of those that were given away, whom nobody came to, who is overdue is told, unless a queue asks for others', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    await moveMarker(state, 'a', undefined, later(-4))
    await moveMarker(state, 'b', undefined, later(-4))
    const told = async (change: object, ...outcomes: Outcome[]) =>
      (await scan(state, named('a', 'b'), { dryRun: true, ...change })).updateSchedule(outcomes)
    expect(await told({})).toEqual(['a', 'b'].map((id) => ({ id, code: 'OVERDUE' })))
    expect(await told({}, kept('a', later(1)))).toEqual([{ id: 'b', code: 'OVERDUE' }])
    expect(await told({ only: ['b'], attended: false })).toEqual([{ id: 'b', code: 'OVERDUE' }])
    await markHealth(state, 'a', 'EXPIRED')
    expect(await told({})).toEqual([
      { id: 'a', code: 'EXPIRED' },
      { id: 'b', code: 'OVERDUE' },
    ])
    expect(await told({ only: ['b'], attended: false })).toEqual([{ id: 'b', code: 'OVERDUE' }])
  })
})
