import { describe, expect, test } from 'vitest'
import { findDue } from '../../lib/observe/due.ts'
import type { StateStore } from '../../lib/ports.ts'
import { moveMarker } from '../../lib/state/schedule.ts'
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

  test('is whoever a queue names, and what is left of their markers goes once they were looked at', async () => {
    now = new Date('2026-11-22T06:00:00Z')
    const state = createMemoryState()
    for (const hours of [-2, -1]) await moveMarker(state, 'a', undefined, later(hours))
    await moveMarker(state, 'b', undefined, later(-1))
    const queued = { ...request, only: ['a'], unattended: true }
    const due = await findDue(named('a', 'b'), queued, { state, clock, environment: 'test' })
    expect(due.specs.map(({ id }) => id)).toEqual(['a'])
    await moveMarker(state, 'a', later(-1), later(3))
    await due.updateSchedule([kept('a', later(3))])
    expect(await state.list('wake/')).toEqual([`wake/${later(-1).toISOString()}/b`, `wake/${later(3).toISOString()}/a`])
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
