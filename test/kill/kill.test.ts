import { expect, test } from 'vitest'
import { nameOf, parseCase } from './cases.ts'
import { explore, weave } from './interleaved.ts'
import { CLAIM, tell } from './killed.ts'
import { openings, scenarios } from './scenarios.ts'
import { openPair } from './stores.ts'
import { carryOn, KINDS } from './story.ts'
import { createWatch } from './watch.ts'

/** A hundred stories and more in each of these. */
const LONG = 120_000

const { place } = await openPair('memory+memory')

test(
  'F-01: a renewal that is killed at any effect, before it or with its answer lost, is finished by the next run',
  async () => {
    const begin = openings(scenarios.renewal, place)
    const { effects, broken } = await tell(scenarios.renewal, await begin(), [])
    expect(broken).toEqual([])
    expect(effects.length).toBeGreaterThan(40)
    const bad: string[] = []
    for (const [index, { name }] of effects.entries()) {
      for (const kind of ['before', 'lost'] as const) {
        const told = await tell(scenarios.renewal, await begin(), [{ at: index + 1, kind }])
        if (told.runs > 1) bad.push(`${index + 1} ${kind} ${name}: ${told.runs} runs`)
        bad.push(...told.broken.map((each) => `${index + 1} ${kind} ${name}: ${each}`))
      }
    }
    expect(bad).toEqual([])
  },
  LONG,
)

test.each([
  { family: 'together', title: 'F-02: of two runs at once one works, and the other leaves it alone' },
  {
    family: 'frozen',
    title: 'F-03: a run that is frozen anywhere, and wakes up when another has taken over, does no harm',
  },
] as const)(
  '$title',
  async ({ family }) => {
    const begin = openings(scenarios.renewal, place)
    const bad: string[] = []
    let orders = 0
    const woven = explore(async (schedule) => weave(scenarios.renewal, await begin(), family, schedule), family, {
      slice: 0,
      of: 1,
      most: 1,
    })
    for await (const { schedule, broken } of woven) {
      orders++
      bad.push(...broken.map((each) => `${schedule.join('/')}: ${each}`))
    }
    expect(bad).toEqual([])
    expect(orders).toBeGreaterThan(40)
  },
  LONG,
)

test(
  'F-03: a run that is frozen as it stages a key or a certificate costs no second one, whenever it wakes up',
  async () => {
    const begin = openings(scenarios.renewal, place)
    const { effects } = await tell(scenarios.renewal, await begin(), [])
    const bad: string[] = []
    for (const [before, { name }] of effects.entries()) {
      if (!name.startsWith('secrets.stage')) continue
      for (let later = 1; later < effects.length; later += 2) {
        const { broken } = await weave(scenarios.renewal, await begin(), 'frozen', [before, later])
        bad.push(...broken.map((each) => `${before}/${later}: ${each}`))
      }
    }
    expect(bad).toEqual([])
  },
  LONG,
)

test(
  'F-03: a run that is frozen as it activates a certificate, and wakes up between two reads of another, leads that one to nothing false',
  async () => {
    const begin = openings(scenarios.renewal, place)
    const { effects } = await tell(scenarios.renewal, await begin(), [])
    const before = effects.findIndex(({ name }) => name.startsWith('secrets.activate'))
    const bad: string[] = []
    for (let later = 1; later < 25; later++) {
      const { broken } = await weave(scenarios.renewal, await begin(), 'frozen', [before, later, 1])
      bad.push(...broken.map((each) => `${before}/${later}/1: ${each}`))
    }
    expect(bad).toEqual([])
  },
  LONG,
)

test('F-75: a run that dies between two balancers leaves the old and the new certificate valid, and the next one ends it', async () => {
  const begin = openings(scenarios.renewal, place)
  const { effects } = await tell(scenarios.renewal, await begin(), [])
  const swaps = effects.flatMap(({ name }, index) => (name.endsWith('.swap') ? [index + 1] : []))
  let halves = 0
  for (const [at, kind] of swaps.flatMap((each) => KINDS.map((kind) => [each, kind] as const))) {
    const outside = await begin()
    const { fr, us } = outside.memory
    const before = fr.served?.fingerprint
    const watch = await createWatch(outside, { certificates: 1, liveOrders: 2 })
    await carryOn(outside, watch, { at, kind })
    if (fr.served?.fingerprint === us.served?.fingerprint) continue
    halves += 1
    for (const { served, objects } of [fr, us]) {
      expect(served?.notAfter.getTime()).toBeGreaterThan(outside.now().getTime())
      expect([...objects.values()].map(({ fingerprint }) => fingerprint)).toContain(before)
    }
    outside.pass(CLAIM)
    expect(await carryOn(outside, watch)).toMatchObject({ runs: 1, missing: undefined })
    expect(us.served?.fingerprint).toBe(fr.served?.fingerprint)
    expect(us.served?.fingerprint).not.toBe(before)
    expect(watch.broken).toEqual([])
  }
  expect(halves).toBeGreaterThan(2)
})

test('F-02: a second run that finds a dead one’s claim leaves the marker by which the certificate is found again', async () => {
  const { delay, broken } = await tell(
    scenarios.renewal,
    await openings(scenarios.renewal, place)(),
    [{ at: 20, kind: 'lost' }],
    'second',
  )
  expect(broken).toEqual([])
  expect(delay).toBeLessThan(60 * 60_000)
})

test(
  'a run that has failed and is killed as it notes when to come back is followed by runs that know of it',
  async () => {
    const begin = openings(scenarios.unwanted, place)
    const { effects } = await tell(scenarios.unwanted, await begin(), [])
    const first = effects.findIndex(({ name }) => /^state\.(write|remove) wake/.test(name))
    const bad: string[] = []
    for (let at = first; at < first + 5; at++) {
      for (const kind of ['before', 'lost'] as const) {
        const { broken } = await tell(scenarios.unwanted, await begin(), [{ at, kind }])
        bad.push(...broken.map((each) => `${at} ${kind}: ${each}`))
      }
    }
    expect(first).toBeGreaterThan(20)
    expect(bad).toEqual([])
  },
  LONG,
)

test('a case is told again by its name', async () => {
  for (const name of [
    'renewal memory+memory 12 lost',
    'first file+file 3 before 4 lost',
    'retire memory+memory 7 after -10min',
    'renewal memory+memory frozen 12/3/5',
    'renewal memory+memory together -',
    'renewal memory+memory belated 41',
  ]) {
    expect(nameOf(parseCase(name))).toBe(name)
  }
  expect(() => parseCase('renewal memory+memory 12 sometimes')).toThrow('there is no case')
})
