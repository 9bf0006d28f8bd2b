/** A story from the moment at which something falls due: run after run, until nothing is left to be done. */
import { DAY, MINUTE, SECOND } from '../../lib/platform/clock.ts'
import { GRACE } from '../../lib/renewal/collect.ts'
import type { RunReport } from '../../lib/report/report.ts'
import { dueMarkers } from '../../lib/state/schedule.ts'
import type { Effect } from './effects.ts'
import { type Outside, resultOf } from './outside.ts'
import type { Runner } from './runner.ts'
import type { Watch } from './watch.ts'

/** `before`: the effect never happens. `lost`: it happens, and its answer never comes. `after`: it happens, is heard of, and nothing happens any more. */
export const KINDS = ['before', 'lost', 'after'] as const
export type Kind = (typeof KINDS)[number]

export interface Kill {
  /** The effect, counted from 1. */
  readonly at: number
  readonly kind: Kind
}

export interface Course {
  readonly effects: readonly Effect[]
  readonly killed: boolean
  /** Runs that did something: those that found nothing due, or had to wait, are not counted. */
  readonly runs: number
  /** What is still not as it must be; undefined: all is well. */
  readonly missing: string | undefined
}

const MOST_ROUNDS = 12

/** Runs as a schedule starts them, until all is well or one of them is killed. */
export async function carryOn(outside: Outside, watch: Watch, kill?: Kill): Promise<Course> {
  const effects: Effect[] = []
  let [runs, missing]: [number, string | undefined] = [0, 'no run was started']
  for (let round = 0; round < MOST_ROUNDS && missing !== undefined; round++) {
    if (round > 0) await untilNextWake(outside)
    const runner = await outside.run()
    const walked = await walk(runner, watch, kill && { ...kill, at: kill.at - effects.length })
    effects.push(...walked.effects)
    watch.runEnded(walked.killed ? 'killed' : 'by itself')
    if (walked.killed) return { effects, killed: true, runs, missing }
    const report = resultOf(runner)
    await watch.said(report)
    if (didSomething(report)) runs++
    missing = await watch.missing()
  }
  return { effects, killed: false, runs, missing }
}

/** Lets the effects of one run happen, up to the one at which it is killed. */
export async function walk(
  runner: Runner<unknown>,
  watch: Watch,
  kill?: Kill,
): Promise<{ effects: Effect[]; killed: boolean }> {
  const effects: Effect[] = []
  for (;;) {
    const effect = await runner.next()
    if (effect === undefined) return { effects, killed: false }
    const isLast = kill?.at === effects.length + 1
    if (isLast && kill.kind === 'before') return { effects, killed: true }
    if (kill?.at === effects.length && kill.kind === 'after') return { effects, killed: true }
    effects.push(effect)
    const isLost = isLast && kill.kind === 'lost'
    await watched(runner, effect, watch, isLost ? 'lost' : 'heard')
    if (isLost) return { effects, killed: true }
  }
}

export async function watched(runner: Runner<unknown>, effect: Effect, watch: Watch, answer: 'heard' | 'lost') {
  await watch.before(effect)
  await runner.go(answer)
  await watch.after(effect)
}

const didSomething = ({ certificates }: RunReport) =>
  certificates.some(({ result }) => result !== 'waiting' && result !== 'kept')

/** How often a schedule starts a run. */
const EVERY = 5 * MINUTE

/** A schedule finds whoever is due; without a marker, the first run of the next day does. */
async function untilNextWake(outside: Outside): Promise<void> {
  const now = outside.now().getTime()
  const [first] = dueMarkers(await outside.stores.state.list('wake/'))
  const next = first?.at.getTime() ?? now - (now % DAY) + DAY
  outside.pass(next > now ? next - now + SECOND : EVERY)
}

/** Goes on until what was superseded is gone, and looks once more. */
export async function aftermath(outside: Outside, watch: Watch): Promise<void> {
  outside.pass(GRACE)
  for (const _ of ['past the grace', 'once more']) {
    await untilNextWake(outside)
    const runner = await outside.run()
    await walk(runner, watch)
    watch.runEnded('by itself')
    await watch.said(resultOf(runner))
  }
  await watch.checkRest()
}
