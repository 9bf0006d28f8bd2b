/** A case: one story and what befalls it, under a name that tells both, so that it can be told again. */

import { tellBelated } from './belated.ts'
import { FAMILIES, type Family, type Schedule, weave } from './interleaved.ts'
import { BLOWS, type Blow, tell } from './killed.ts'
import type { Outside } from './outside.ts'
import { isScenario, type ScenarioName, scenarios } from './scenarios.ts'
import { isPair, type Pair } from './stores.ts'
import { KINDS, type Kill } from './story.ts'

export type Fate =
  | { readonly kills: readonly Kill[]; readonly blow?: Blow }
  | { readonly family: Family; readonly schedule: Schedule }
  | { readonly belated: number }

export interface Case {
  readonly scenario: ScenarioName
  readonly pair: Pair
  readonly fate: Fate
}

/** `renewal file+file 12 lost`, `renewal memory+memory 12 lost 3 before`, `… 12 lost +1day`, `… frozen 12/3/5`, `… belated 41`. */
export function nameOf({ scenario, pair, fate }: Case): string {
  const words =
    'belated' in fate
      ? ['belated', fate.belated]
      : 'family' in fate
        ? [fate.family, fate.schedule.join('/') || '-']
        : [...fate.kills.flatMap(({ at, kind }) => [at, kind]), ...(fate.blow === undefined ? [] : [fate.blow])]
  return [scenario, pair, ...words].join(' ')
}

export function parseCase(name: string): Case {
  const [scenario, pair, ...words] = name.trim().split(/\s+/)
  const fate = fateOf(words)
  if (!isScenario(scenario) || !isPair(pair) || fate === undefined) throw new Error(`there is no case "${name}"`)
  return { scenario, pair, fate }
}

function fateOf(words: readonly string[]): Fate | undefined {
  const family = FAMILIES.find((each) => each === words[0])
  if (family !== undefined) {
    const schedule = (words[1] ?? '').split('/').map(Number)
    return { family, schedule: words[1] === '-' ? [] : schedule }
  }
  if (words[0] === 'belated')
    return words.length === 2 && Number(words[1]) > 0 ? { belated: Number(words[1]) } : undefined
  const blow = BLOWS.find((each) => each === words.at(-1))
  const kills: Kill[] = []
  for (let at = 0; at < words.length - (blow === undefined ? 0 : 1); at += 2) {
    const kind = KINDS.find((each) => each === words[at + 1])
    const effect = Number(words[at])
    if (kind === undefined || !Number.isSafeInteger(effect) || effect < 1) return undefined
    kills.push({ at: effect, kind })
  }
  return { kills, ...(blow && { blow }) }
}

export interface Verdict {
  readonly runs: number
  /** Milliseconds from the last kill until all was well. */
  readonly delay: number
  readonly broken: readonly string[]
}

export async function judge({ scenario, fate }: Omit<Case, 'pair'>, outside: Outside): Promise<Verdict> {
  const story = scenarios[scenario]
  if ('kills' in fate) return tell(story, outside, fate.kills, fate.blow)
  if ('belated' in fate) return { delay: 0, ...(await tellBelated(story, outside, fate.belated)) }
  return { delay: 0, ...(await weave(story, outside, fate.family, fate.schedule)) }
}
