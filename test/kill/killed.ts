/** A story that is killed once or twice, at any effect, and what else may befall at once. */
import { DAY, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import type { Scenario } from './beginnings.ts'
import type { Effect } from './effects.ts'
import { type Outside, resultOf } from './outside.ts'
import { aftermath, type Course, carryOn, type Kill, walk } from './story.ts'
import { createWatch, type Watch } from './watch.ts'

/** After the kill the clock is another one, or a second run starts while the dead one's claim still stands. */
export const BLOWS = ['+20min', '+1day', '+8days', '-10min', 'second'] as const
export type Blow = (typeof BLOWS)[number]
const jumps: Readonly<Partial<Record<Blow, number>>> = {
  '+20min': 20 * MINUTE,
  '+1day': DAY,
  '+8days': 8 * DAY,
  '-10min': -10 * MINUTE,
}

export interface Told {
  /** Since the last kill, or since the story began. */
  readonly effects: readonly Effect[]
  /** Runs that did something after the last kill. */
  readonly runs: number
  /** Milliseconds from the last kill, and whatever else befell, until all was well. */
  readonly delay: number
  readonly broken: readonly string[]
}

/** A claim lasts fifteen minutes at most. */
export const CLAIM = 16 * MINUTE
const MOST_RUNS = 2

/** Each kill is counted from the one before. */
export async function tell(
  { certificates, restless, within = HOUR }: Scenario,
  outside: Outside,
  kills: readonly Kill[],
  blow?: Blow,
): Promise<Told> {
  const watch = await createWatch(outside, { certificates, liveOrders: 1 + kills.length, restless })
  let since = outside.now()
  let course: Course | undefined
  for (const kill of kills) {
    course = await carryOn(outside, watch, kill)
    if (!course.killed) break
    if (blow !== undefined) await strike(blow, outside, watch)
    since = outside.now()
    outside.pass(CLAIM)
    course = undefined
  }
  course ??= await carryOn(outside, watch)
  const delay = outside.now().getTime() - since.getTime()
  const broken = await brokenOf(course, outside, watch)
  // What befalls beside a kill may take longer.
  if (blow === undefined && delay > within) broken.push(`it took ${Math.round(delay / MINUTE)} minutes`)
  return { effects: course.effects, runs: course.runs, delay, broken }
}

/** What did not become well, or not soon enough, and all that was broken on the way. */
export async function brokenOf({ missing, runs }: Course, outside: Outside, watch: Watch): Promise<string[]> {
  if (missing === undefined) await aftermath(outside, watch)
  return [
    ...(missing === undefined ? [] : [`it never became well: ${missing}`]),
    ...(runs > MOST_RUNS ? [`it took ${runs} runs`] : []),
    ...watch.broken,
  ]
}

async function strike(blow: Blow, outside: Outside, watch: Watch): Promise<void> {
  if (blow !== 'second') return outside.pass(jumps[blow] ?? 0)
  const second = await outside.run()
  await walk(second, watch)
  await watch.said(resultOf(second))
}

/**
 * The kills that leave different outsides behind: what a dead run had read, or would have heard, died with it. That time has
 * passed in a sleep is left to the whole matrix.
 */
export const distinctKills = (effects: readonly Effect[]): Kill[] => [
  { at: 1, kind: 'before' },
  ...effects.flatMap(({ changes, place }, index): Kill[] =>
    changes && place !== 'clock' ? [{ at: index + 1, kind: 'lost' }] : [],
  ),
]
