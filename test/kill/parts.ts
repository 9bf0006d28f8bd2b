/** All cases, in parts that can be gone through side by side. */

import { isRefusable } from './belated.ts'
import { type Fate, judge, nameOf, type Verdict } from './cases.ts'
import { changes } from './changes.ts'
import { GATHERED, type GatheredPart, goThroughGathered } from './gathered/parts.ts'
import { explore, FAMILIES, type Family, type Slice, weave } from './interleaved.ts'
import { BLOWS, distinctKills, tell } from './killed.ts'
import { openings, SCENARIOS, type ScenarioName, scenarios } from './scenarios.ts'
import { openPair, PAIRS, type Pair } from './stores.ts'
import { KINDS, type Kill } from './story.ts'

interface Stage {
  readonly scenario: ScenarioName
  readonly pair: Pair
}
export type Part =
  | (Stage & ({ readonly what: 'kills' | 'pairs' | 'blows' | 'belated' } | ({ readonly what: Family } & Slice)))
  | GatheredPart

export interface Failed {
  /** As `--only` takes it. */
  readonly name: string
  readonly broken: readonly string[]
}

export interface Result {
  readonly cases: number
  readonly failed: readonly Failed[]
  readonly runs: number
  readonly delay: number
}

const MEMORY: Pair = 'memory+memory'
/** It speaks HTTPS, and so is slow: of the kills that leave the same behind only one is tried. */
const S3: Pair = 's3+s3'
/** What the wire shows, and what the configuration names, has nothing to do with where the stores are. */
const WITHOUT_STORES: readonly ScenarioName[] = SCENARIOS.slice(SCENARIOS.indexOf('alert'))
/** All stories where both stores are of one kind; the others share their code with these. */
const toldWith = (pair: Pair): readonly ScenarioName[] => {
  if (pair === S3) return ['first', 'renewal']
  if (pair === MEMORY) return SCENARIOS
  return pair === 'file+file'
    ? SCENARIOS.filter((each) => !WITHOUT_STORES.includes(each))
    : ['first', 'renewal', 'retire']
}
/** Most of what a changed configuration leads to is the story of a renewal, which is killed twice anyway. */
const KILLED_TWICE: readonly ScenarioName[] = SCENARIOS.filter(
  (each) => each === 'fail-over' || !Object.hasOwn(changes, each),
)
const WOVEN: readonly ScenarioName[] = ['renewal', 'retire']
const SLICES = 4

export const PARTS: readonly Part[] = [
  ...PAIRS.flatMap((pair) => toldWith(pair).map((scenario): Part => ({ what: 'kills', scenario, pair }))),
  ...KILLED_TWICE.map((scenario): Part => ({ what: 'pairs', scenario, pair: MEMORY })),
  ...SCENARIOS.map((scenario): Part => ({ what: 'blows', scenario, pair: MEMORY })),
  { what: 'belated', scenario: 'renewal', pair: MEMORY },
  ...FAMILIES.flatMap((what) =>
    WOVEN.flatMap((scenario) =>
      Array.from({ length: SLICES }, (_, slice): Part => ({ what, scenario, pair: MEMORY, slice, of: SLICES })),
    ),
  ),
  ...GATHERED,
]

export const titleOf = ({ what }: Part): string =>
  ({
    kills: 'points × kinds',
    pairs: 'pairs',
    blows: 'kill and blow',
    belated: 'long after',
    together: 'interleavings',
    frozen: 'interleavings, one frozen',
    gathered: 'swaps that go up together',
  })[what]

/** Goes through all cases of a part. */
export async function goThrough(part: Part): Promise<Result> {
  if (part.what === 'gathered') return goThroughGathered(part)
  const { scenario, pair } = part
  const story = scenarios[scenario]
  const stores = await openPair(pair)
  const begin = openings(story, stores.place)
  let [cases, runs, delay] = [0, 0, 0]
  const failed: Failed[] = []
  const note = (fate: Fate, verdict: Verdict) => {
    cases++
    runs = Math.max(runs, verdict.runs)
    delay = Math.max(delay, verdict.delay)
    if (verdict.broken.length > 0) failed.push({ name: nameOf({ scenario, pair, fate }), broken: verdict.broken })
  }
  const put = async (fate: Fate) => note(fate, await judge({ scenario, fate }, await begin()))

  if ('slice' in part) {
    const { what: family } = part
    const orders = explore(async (schedule) => weave(story, await begin(), family, schedule), family, part)
    for await (const { schedule, ...verdict } of orders) note({ family, schedule }, { delay: 0, ...verdict })
  } else {
    const { effects, ...undisturbed } = await tell(story, await begin(), [])
    if (undisturbed.broken.length > 0) note({ kills: [] }, undisturbed)
    if (part.what === 'kills') {
      const kills = effects.flatMap((_, index) => KINDS.map((kind): Kill => ({ at: index + 1, kind })))
      for (const kill of pair === S3 ? distinctKills(effects) : kills) await put({ kills: [kill] })
    } else if (part.what === 'belated') {
      for (const [index, effect] of effects.entries()) if (isRefusable(effect)) await put({ belated: index + 1 })
    } else {
      for (const kill of distinctKills(effects)) {
        if (part.what === 'blows') for (const blow of BLOWS) await put({ kills: [kill], blow })
        else {
          const recovery = await tell(story, await begin(), [kill])
          for (const next of distinctKills(recovery.effects)) await put({ kills: [kill, next] })
        }
      }
    }
  }
  await stores.close()
  return { cases, failed, runs, delay }
}
