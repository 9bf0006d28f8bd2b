/** Two runs over one outside, an effect of one and then an effect of the other, in every order with few switches. */
import type { RunReport } from '../../lib/report/report.ts'
import type { Scenario } from './beginnings.ts'
import type { Effect } from './effects.ts'
import { brokenOf, CLAIM } from './killed.ts'
import { type Outside, resultOf } from './outside.ts'
import type { Runner } from './runner.ts'
import { carryOn, watched } from './story.ts'
import { createWatch } from './watch.ts'

/**
 * `together`: both within the claim of whoever has it. `frozen`: the first one is switched off so long that its claim runs
 * out, and wakes up at the second switch.
 */
export const FAMILIES = ['together', 'frozen'] as const
export type Family = (typeof FAMILIES)[number]

/** How many effects happen before each switch; after the last one, the run that is on goes to its end, then the other. */
export type Schedule = readonly number[]
const MOST_SWITCHES = 3

export interface Woven {
  /** Every effect of the two, in the order in which they happened, without those of the runs that came after. */
  readonly trace: readonly Step[]
  /** Whether the other one had not ended yet when the run that was on after the last switch did. */
  readonly otherAlive: boolean
  readonly runs: number
  readonly broken: readonly string[]
}

export interface Step {
  readonly runner: number
  readonly effect: Effect
}

export async function weave(
  { certificates, restless }: Scenario,
  outside: Outside,
  family: Family,
  schedule: Schedule,
): Promise<Woven> {
  const takeover = family === 'frozen'
  const watch = await createWatch(outside, { certificates, liveOrders: takeover ? 2 : 1, restless })
  const trace: Step[] = []
  const runners: Runner<RunReport>[] = []
  const some = async (runner: number, most = Number.POSITIVE_INFINITY) => {
    runners[runner] ??= await outside.run()
    for (let done = 0; done < most; done++) {
      const effect = await runners[runner].next()
      if (effect === undefined) break
      trace.push({ runner, effect })
      await watched(runners[runner], effect, watch, 'heard')
    }
  }
  for (const [at, effects] of schedule.entries()) {
    await some(at % 2, effects)
    if (at > 0 || !takeover) continue
    watch.froze(await runners[0]?.next())
    outside.pass(CLAIM)
  }
  const on = schedule.length % 2
  await some(on)
  const otherAlive = (await runners[1 - on]?.next()) !== undefined
  await some(1 - on)

  watch.runEnded('by itself')
  const failed = runners.some((each) => resultOf(each).certificates.some(({ result }) => result === 'failed'))
  if (takeover) outside.pass(CLAIM)
  const course = await carryOn(outside, watch)
  const broken = await brokenOf(course, outside, watch)
  if (failed && !takeover) broken.push('F-02 one of the runs failed instead of leaving it to the other')
  return { trace, otherAlive, runs: course.runs, broken }
}

export interface Explored extends Pick<Woven, 'runs' | 'broken'> {
  readonly schedule: Schedule
}

/** A part of all orders: those whose first switch comes within the given share of the first run, and with fewer switches. */
export interface Slice {
  readonly slice: number
  readonly of: number
  readonly most?: number
}

/**
 * Every order with at most three switches, depth first. Orders that differ only in effects that have nothing to do with
 * each other are one and the same, and happen once.
 */
export async function* explore(
  weaveOne: (schedule: Schedule) => Promise<Woven>,
  family: Family,
  { slice, of, most = MOST_SWITCHES }: Slice = { slice: 0, of: 1 },
): AsyncGenerator<Explored> {
  const seen = new Map<string, number>()
  const root = await weaveOne([])
  if (slice === 0) yield { schedule: [], ...root }
  yield* below([], root)

  async function* below(schedule: Schedule, { trace, otherAlive }: Woven): AsyncGenerator<Explored> {
    const switches = schedule.length
    if (switches === most || (switches > 0 && !otherAlive)) return
    const begun = schedule.reduce((sum, each) => sum + each, 0)
    const on = switches % 2
    const end = trace.findLastIndex(({ runner }) => runner === on) + 1
    let others: readonly Step[] | undefined
    for (let at = begun + 1; at < end; at++) {
      if (switches === 0 && Math.floor(((at - 1) * of) / end) !== slice) continue
      const done = trace.slice(0, at)
      // Moving the last effect behind all that the other run does from here on changes nothing.
      const last = done.at(-1)
      if (switches > 0 && last !== undefined && others?.every(({ effect }) => independent(last.effect, effect)))
        continue
      const order = `${orderOf(done)} ${family === 'frozen' ? (schedule[0] ?? at) : ''}`
      if ((seen.get(`${on} ${order}`) ?? Number.POSITIVE_INFINITY) <= switches) continue
      seen.set(`${on} ${order}`, switches)
      const longer = [...schedule, at - begun]
      const woven = await weaveOne(longer)
      others = woven.trace.slice(at).filter(({ runner }) => runner !== on)
      yield { schedule: longer, ...woven }
      yield* below(longer, woven)
    }
  }
}

/** The same for two orders in which no two effects that have to do with each other have changed places. */
function orderOf(steps: readonly Step[]): string {
  const firsts = steps.flatMap((step, at) => (step.runner === 0 ? [{ ...step, at }] : []))
  const seconds = steps.flatMap((step, at) => (step.runner === 1 ? [{ ...step, at }] : []))
  const places = seconds.map(({ at, effect }) =>
    firsts.findLastIndex((each) => each.at < at && !independent(each.effect, effect)),
  )
  return `${firsts.length} ${places.join(',')}`
}

/** Two effects whose order nobody can tell. */
const independent = (one: Effect, other: Effect): boolean =>
  one.place !== 'clock' &&
  other.place !== 'clock' &&
  ((!one.changes && !other.changes) || !thingsOf(one).some((thing) => thingsOf(other).includes(thing)))

/** What an effect touches: a probe sees what balancers serve, and a CA what DNS shows. */
function thingsOf({ place, name }: Effect): string[] {
  if (place === 'probe') return ['balancers.fr', 'balancers.us']
  if (place === 'solver' || place.startsWith('authorities')) return ['the CA and DNS']
  if (place === 'state') return [name.includes('wake/') ? 'markers' : 'documents']
  return [place]
}
