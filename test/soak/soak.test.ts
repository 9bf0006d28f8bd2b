import { expect, test } from 'vitest'
import { DAY, MINUTE } from '../../lib/platform/clock.ts'
import { createMemoryWorld } from '../support/memory-world.ts'
import { scenesOf } from './scenes.ts'
import type { Promised } from './watch.ts'
import { type Scene, type Soaked, soak } from './years.ts'

/** One of the scenes, made short. */
const short = (name: string, change: (scene: Scene) => Partial<Scene>): Promise<Soaked> => {
  const scene = scenesOf(7, 1, 100).find((each) => each.name === name)
  if (scene === undefined) throw new Error('there is no such scene')
  return soak({ ...scene, ...change(scene) })
}
/** Most of it is arithmetic: a machine that is busy takes its time. */
const PATIENCE = 3 * MINUTE
const brokenIn = ({ broken }: Soaked) => (Object.keys(broken) as Promised[]).filter((each) => broken[each].length > 0)

test(
  'F-40: half a year of certificates of weeks: a week without the authority, three days without DNS or a store, is outlived',
  async () => {
    const months = await short('weeks', () => ({ certificates: 9, years: 1 / 2, quiet: DAY }))
    expect(brokenIn(months)).toEqual([])
    expect(Math.min(...Object.values(months.least))).toBeGreaterThanOrEqual(1 / 6)
    expect(months.outages.length).toBeGreaterThan(5)
    expect(months.counts.issued).toBeGreaterThan(12)
    expect(new Set(months.spells).size).toBeGreaterThan(3)
  },
  PATIENCE,
)

test(
  'F-40: a season of certificates of 144 and 160 hours: any 48 hours without the authority, DNS or a store are outlived',
  async () => {
    const season = await short('days', () => ({ certificates: 2, years: 1 / 4, quiet: DAY }))
    expect(brokenIn(season)).toEqual([])
    expect(Object.keys(season.least)).toEqual(['160 hours', '144 hours'])
    expect(season.outages.length).toBeGreaterThan(6)
  },
  PATIENCE,
)

test(
  'an outage that is longer than a certificate can bear is found out',
  async () => {
    const months = await short('weeks', ({ durations }) => ({
      lifetimes: { '45 days': 45 * 24 },
      durations: { ...durations, authority: 8 * DAY },
      certificates: 2,
      years: 0.4,
      quiet: DAY,
    }))
    expect(brokenIn(months)).toEqual(['sixth'])
    expect(months.least['45 days']).toBeLessThan(1 / 6)
  },
  PATIENCE,
)

test('when a certificate is renewed depends on its serial: the same certificates have the same ones in every world', async () => {
  const serials = async () => {
    const world = await createMemoryWorld()
    const outcomes = [await world.run(), await world.run({ force: true })]
    return outcomes.map(({ certificate }) => certificate?.serial)
  }
  const [first, second] = await serials()
  expect(first).not.toBe(second)
  expect(await serials()).toEqual([first, second])
})

test(
  'the same seed gives the same years, whatever keys are made and however long that takes',
  async () => {
    const season = () => short('days', () => ({ certificates: 4, years: 0.3, quiet: DAY }))
    const [{ seconds: _, ...one }, { seconds: __, ...other }] = await Promise.all([season(), season()])
    expect(one).toEqual(other)
    expect(one.outages.length).toBeGreaterThan(2)
    expect(new Set(one.edits).size).toBe(4)
  },
  PATIENCE,
)
