/** Renewals of several certificates at one load balancer, whose swaps are gathered, killed at their effects. */
import { HOUR, MINUTE, SECOND } from '../../../lib/platform/clock.ts'
import { renewalTime } from '../../../lib/policy/renewal-time.ts'
import { GRACE } from '../../../lib/renewal/collect.ts'
import type { RunReport } from '../../../lib/report/report.ts'
import { dueMarkers } from '../../../lib/state/schedule.ts'
import type { Effect } from '../effects.ts'
import { CLAIM } from '../killed.ts'
import { resultOf, untilEnded } from '../outside.ts'
import type { Runner } from '../runner.ts'
import { createWatch, type Watch } from './watch.ts'
import { createGathered, type Gathered, parsedOnce } from './world.ts'

/** The load balancer breaks the handshakes of one of them, or goes on serving the one before it, until somebody was told. */
export const COURSES = ['all-well', 'one-breaks', 'one-stale'] as const
export type Course = (typeof COURSES)[number]

/** The one that the load balancer does not serve, where one is: it goes up among others. */
export const BAD = 'site1'
const MOST_ROUNDS = 8
/** One more where one is put back and tried again. */
const MOST_RUNS = 3
const LONGEST = 2 * HOUR

/** All are current everywhere, and due now; today's full scan has been done. Gives the moment as often as it is wanted. */
export async function openGathered(count: number, course: Course): Promise<() => Gathered> {
  const world = await createGathered(count)
  const { memory, notifier, specs } = world
  await untilEnded(world.run())
  const certificates = memory.authority.chains.map(parsedOnce)
  const due = Math.max(...certificates.map((each) => renewalTime(each, undefined).getTime()))
  memory.pass(due - HOUR - memory.clock.now().getTime())
  await untilEnded(world.run())
  memory.pass(HOUR)
  if (specs.length !== certificates.length) throw new Error('not one certificate each was issued')
  const unless = certificates.find(({ names }) => names.includes(`${BAD}.example`))
  if (course !== 'all-well' && unless !== undefined)
    world.bad = { name: `${BAD}.example`, how: course === 'one-breaks' ? 'broken' : 'stale', unless }
  const { send } = notifier
  notifier.send = async (notice) => {
    await send(notice)
    if (notice.event === 'problem') world.bad = undefined // whoever was told has mended it
  }
  world.said.length = 0
  const rewind = world.save()
  return () => {
    rewind()
    return world
  }
}

/** An effect by its name, counted from 1: several are at work at once, and which of them comes first differs from run to run. */
export interface NamedKill {
  readonly name: string
  readonly nth: number
  /** `before`: the effect never happens. `lost`: it happens, and its answer never comes. */
  readonly kind: 'before' | 'lost'
}

export interface Told {
  /** Whether the effect came at which the first run was to be killed. */
  readonly wasKilled: boolean
  /** Those of the story itself, until all was well. */
  readonly effects: readonly Effect[]
  /** What each run said that came to its end. */
  readonly reports: readonly RunReport[]
  /** Runs that did something after the kill, or since the story began. */
  readonly runs: number
  readonly broken: readonly string[]
}

/** What a run is walked through with. */
interface Walk {
  readonly watch: Watch
  readonly effects: Effect[]
  tell(line: string): void
}

/** Run after run until all is well; the first one is killed, where there is a kill. */
export async function tellGathered(
  world: Gathered,
  kill?: NamedKill,
  tell: (line: string) => void = () => {},
): Promise<Told> {
  const { memory, specs } = world
  const watch = await createWatch(world, specs.length * (kill === undefined ? 1 : 2))
  const walked: Walk = { watch, effects: [], tell }
  const begun = memory.clock.now()
  const reports: RunReport[] = []
  let missing: string | undefined = 'no run was started'
  const wasKilled = kill !== undefined && (await walk(world.run(), walked, kill))
  if (wasKilled) {
    tell('it was killed')
    memory.pass(CLAIM)
  }
  for (let round = 0; round < MOST_ROUNDS && missing !== undefined; round++) {
    if (round > 0) await untilNextMarker(world)
    reports.push(await ended(world, walked))
    missing = await watch.missing()
  }
  const runs = reports.filter(didSomething).length
  const broken = missing === undefined ? [] : [`it never became well: ${missing}`]
  if (runs > MOST_RUNS) broken.push(`it took ${runs} runs`)
  const took = memory.clock.now().getTime() - begun.getTime()
  if (took > LONGEST) broken.push(`it took ${Math.round(took / MINUTE)} minutes`)
  const { effects } = walked
  if (missing === undefined) {
    memory.pass(GRACE)
    for (const _ of ['past the grace', 'once more']) {
      await untilNextMarker(world)
      reports.push(await ended(world, { ...walked, effects: [] }))
    }
    if (reports.at(-1)?.ok !== true) broken.push('at rest not all is said to be healthy')
    await watch.checkRest()
  }
  return { wasKilled, effects, reports, runs, broken: [...broken, ...watch.broken] }
}

const didSomething = ({ certificates }: RunReport) =>
  certificates.some(({ result }) => result !== 'waiting' && result !== 'kept')

async function ended(world: Gathered, walked: Walk): Promise<RunReport> {
  const runner = world.run()
  await walk(runner, walked)
  return resultOf(runner)
}

/** Resolves to whether it was killed. */
async function walk(runner: Runner<unknown>, { watch, effects, tell }: Walk, kill?: NamedKill): Promise<boolean> {
  tell('a run starts')
  let left = kill?.nth ?? 0
  for (;;) {
    const effect = await runner.next()
    if (effect === undefined) return false
    if (effect.name === kill?.name) left -= 1
    const isLast = effect.name === kill?.name && left === 0
    if (isLast && kill.kind === 'before') return true
    effects.push(effect)
    tell(`  ${effect.name}`)
    await runner.go(isLast ? 'lost' : 'heard')
    await watch.after(effect)
    if (isLast) return true
  }
}

/** A schedule starts a run when the next one is due, and each five minutes while one is past. */
async function untilNextMarker({ memory: { clock, state, pass } }: Gathered): Promise<void> {
  const now = clock.now().getTime()
  const [first] = dueMarkers(await state.list('wake/'))
  pass(first !== undefined && first.at.getTime() > now ? first.at.getTime() - now + SECOND : 5 * MINUTE)
}
