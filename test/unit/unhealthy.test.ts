import { beforeEach, describe, expect, test } from 'vitest'
import { type Due, findDue } from '../../lib/observe/due.ts'
import type { ConditionCode } from '../../lib/policy/conditions.ts'
import { condition } from '../../lib/policy/conditions.ts'
import type { StateStore } from '../../lib/ports.ts'
import { documentKey } from '../../lib/state/document.ts'
import { moveMarker } from '../../lib/state/schedule.ts'
import type { CertificateSpec, Outcome, RunRequest } from '../../lib/types.ts'
import { createMemoryState } from '../support/memory-stores.ts'
import { shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
let now: Date
let state: StateStore
beforeEach(() => {
  now = new Date('2026-11-22T06:00:00Z')
  state = createMemoryState()
})
const clock = { now: () => now, sleep: async () => {} }
const pass = (hours: number) => {
  now = new Date(now.getTime() + hours * HOUR)
}
const named = (...ids: string[]): CertificateSpec[] => ids.map((id) => ({ ...shop, id, configHash: id }))
const dueOf = (specs: CertificateSpec[], request: Partial<RunRequest> = {}, from = state) =>
  findDue(
    specs,
    { force: false, dryRun: false, fullScan: false, ...request },
    { state: from, clock, environment: 'test' },
  )

/** It is as these codes say, and is looked at again in a day. */
const found = (id: string, ...codes: ConditionCode[]): Outcome => ({
  id,
  result: 'kept',
  decision: { action: 'wait', until: now, reason: 'fresh', message: 'because' },
  certificate: undefined,
  targets: {},
  error: undefined,
  missing: [],
  next: new Date(now.getTime() + 24 * HOUR),
  health: { healthy: codes.length === 0, conditions: codes.map((code) => condition(code, id, 'so it is')) },
})
const settle = async (due: Due, ...outcomes: Outcome[]) => {
  for (const { id, next } of outcomes) if (next !== undefined) await moveMarker(state, id, undefined, next)
  return due.updateSchedule(outcomes)
}

describe('who is not healthy', () => {
  test('is told by every later run, from its one listing, until a look finds it healthy', async () => {
    const specs = named('a', 'b')
    expect(await settle(await dueOf(specs), found('a'), found('b', 'EXPIRED', 'BACK_OFF'))).toEqual([])
    pass(1)
    const calls: string[] = []
    const counted = new Proxy(state, {
      get(target, name: keyof StateStore) {
        calls.push(name)
        return target[name]
      },
    })
    expect(await settle(await dueOf(specs, {}, counted))).toEqual([{ id: 'b', code: 'EXPIRED' }])
    expect(calls).toEqual(['list'])
    await settle(await dueOf(specs, { only: ['b'] }), found('b', 'BACK_OFF'))
    expect(await settle(await dueOf(specs))).toEqual([{ id: 'b', code: 'BACK_OFF' }])
    await settle(await dueOf(specs, { only: ['b'] }), found('b'))
    expect(await settle(await dueOf(specs))).toEqual([])
    expect((await state.list('wake/')).filter((key) => key.includes('unhealthy'))).toEqual([])
  })

  test('is no longer told once it is taken out of the configuration, and a dry run notes nothing', async () => {
    await settle(await dueOf(named('a')), found('a', 'FAILED'))
    const before = await state.list('')
    expect(await (await dueOf(named('a'), { dryRun: true })).updateSchedule([found('a')])).toEqual([])
    expect(await state.list('')).toEqual(before)
    expect(await settle(await dueOf(named('b')), found('b'))).toEqual([])
    expect((await state.list('wake/')).filter((key) => key.includes('unhealthy'))).toEqual([])
  })

  test('is not told by a run that a queue has started for another one', async () => {
    const specs = named('a', 'b')
    await settle(await dueOf(specs), found('a', 'FAILED'), found('b'))
    const queued = { only: ['b'], attended: false }
    expect(await settle(await dueOf(specs, queued), found('b'))).toEqual([])
    expect(await settle(await dueOf(specs))).toEqual([{ id: 'a', code: 'FAILED' }])
  })

  test('is noted by the run that works on it, and not by one that finds it locked', async () => {
    const specs = named('a', 'b')
    await settle(await dueOf(specs), found('a'), found('b', 'FAILED'))
    const sweep = { fullScan: true }
    await settle(await dueOf(specs, sweep), found('a', 'LOCKED'), found('b', 'LOCKED'))
    expect(await settle(await dueOf(specs))).toEqual([{ id: 'b', code: 'FAILED' }])
    await settle(await dueOf(specs, sweep), found('a', 'EXPIRED', 'LOCKED'))
    expect(await settle(await dueOf(specs))).toEqual([
      { id: 'a', code: 'EXPIRED' },
      { id: 'b', code: 'FAILED' },
    ])
  })
})

describe('who was given away', () => {
  test('and was not looked at for three hours is overdue, once, unless it is known to be worse', async () => {
    const specs = named('a', 'b', 'c')
    await settle(await dueOf(specs), found('a'), found('b', 'EXPIRED'), found('c'))
    for (const id of ['a', 'b']) await moveMarker(state, id, undefined, now)
    await moveMarker(state, 'a', undefined, new Date(now.getTime() - 1))
    expect(await settle(await dueOf(specs))).toEqual([{ id: 'b', code: 'EXPIRED' }])
    pass(3.1)
    expect(await settle(await dueOf(specs))).toEqual([
      { id: 'b', code: 'EXPIRED' },
      { id: 'a', code: 'OVERDUE' },
    ])
  })

  test('and of whom nothing is remembered is due again within the hour', async () => {
    await state.write(documentKey('a'), {}, undefined)
    const specs = named('a', 'new')
    const ids = async () => {
      const due = await dueOf(specs)
      await settle(due)
      return due.specs.map(({ id }) => id)
    }
    expect(await ids()).toEqual(['a', 'new'])
    expect(await ids()).toEqual([])
    pass(0.75)
    expect(await ids()).toEqual(['new'])
  })
})
