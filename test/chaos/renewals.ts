/** One certificate that is renewed again and again, while whatever it has to do with fails. */
import { DAY, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import type { Outcome, RunRequest } from '../../lib/types.ts'
import type { ProbeCount } from '../../sandbox/prober.ts'
import { type Drawn, drawLie } from './drawn-lies.ts'
import type { Early } from './early.ts'
import { chance } from './faults.ts'
import { drawHabit } from './habits.ts'
import type { Wrong } from './judge.ts'
import type { Lane } from './lanes.ts'
import type { Lies } from './lies.ts'
import type { Tally } from './passages.ts'
import { openPlace, type Place, type PlaceOptions } from './place.ts'
import { type Ended, run } from './run.ts'
import { createWitness, type Witness } from './witness.ts'

export interface ChaosOptions extends PlaceOptions {
  /** The share of the runs that are killed. */
  readonly kills: number
  /** The share of the renewals during which the authority has a habit of others. */
  readonly habits: number
  /** The share of the renewals during which a listener lies, or how it lies instead of chance. */
  readonly lies: number | ((isFirst: boolean) => Drawn | undefined)
}

export interface Renewal {
  readonly renewed: boolean
  readonly runs: number
  readonly killed: number
  /** Certificates that the CA issued for it. */
  readonly issued: number
  /** How many of them were given up, and that was noted, because the targets refused them again and again. */
  readonly givenUp: number
  /** How its runs ended, in turn: for whoever must find out why. */
  readonly story: readonly string[]
}

export interface ChaosReport {
  readonly id: string
  readonly renewals: readonly Renewal[]
  readonly tally: Tally
  readonly handshakes: ProbeCount
  readonly early: readonly Early[]
  /** What leaked, never the secret itself. */
  readonly leaks: readonly string[]
  /** What should be gone once all is quiet. */
  readonly left: readonly string[]
  readonly lies: Lies['counts']
  /** How often the authority had a habit, and was asked so that it showed. */
  readonly habits: number
  /** Where what a run said was not so. */
  readonly wrongs: readonly Wrong[]
}

type Run = (request: Partial<RunRequest>) => Promise<Ended>

/** How often runs are started by a schedule when nobody knows better. */
const TICK = HOUR
const MOST_RUNS = 500
/** Between two renewals: a CA issues only so many certificates for one set of names in a week. */
const REST = 3 * DAY
/** A third of a certificate's life. */
const THIRD = 30 * DAY
/** No wait that anybody may ask for is longer. */
const MOST_DAYS = 8

export async function chaos(lane: Lane, count: number, options: ChaosOptions): Promise<ChaosReport> {
  const place = await openPlace(lane, options)
  const random = chance(`${options.seed} ${lane.id}`)
  try {
    const renewals: Renewal[] = []
    const witness = createWitness(place)
    const mortal = runsThatMayDie(place, witness, options.kills, random)
    const lie = liesOf(place, witness, options)
    const habits = habitsOf(place, options)
    for (let each = 0; each < count; each += 1) {
      habits.next()
      renewals.push(await renew(place, mortal, lie, random))
    }
    const left = await leftBehind(place, (request) => run(place, request, { moments: undefined, random }))
    const { tally, early, leaks, lies } = place
    return {
      ...{ lies: lies.counts, habits: habits.shown(), wrongs: witness.wrongs },
      ...{ id: lane.id, renewals, left, tally, early: early.early, handshakes: await place.greeted() },
      leaks: leaks.leaks.map(({ what, line }) => `${what} in line ${line}`),
    }
  } finally {
    await place.close()
  }
}

/** Now and then one is doomed: it, or the next that lives long enough, dies at a moment that chance has chosen. */
function runsThatMayDie(place: Place, witness: Witness, share: number, random: () => number): Run {
  let doomed: number | undefined
  let usual = 50
  return async (request) => {
    if (doomed === undefined && random() < share) doomed = 1 + Math.floor(random() * usual)
    const end = await witness.run(request, { moments: doomed, random })
    if (end.killed) doomed = undefined
    else if (!end.idle) usual = place.life.moments
    return end
  }
}

/** Now and then one of the listeners begins to lie. */
function liesOf({ lane, addresses, lies }: Place, witness: Witness, { seed, lies: share }: ChaosOptions) {
  const random = chance(`${seed} ${lane.id} lies`)
  const byChance = (isFirst: boolean) => {
    // Where one certificate takes the place of the other, nobody can put back what nobody knows the key of.
    const balancers = lane.balancers.filter((kind) => !isFirst || kind === 'scaleway')
    const isTold = random() < Number(share) && balancers.length > 0
    return isTold ? drawLie({ names: lane.names, balancers, addresses }, random) : undefined
  }
  return async (isFirst: boolean): Promise<void> => {
    const drawn = typeof share === 'number' ? byChance(isFirst) : share(isFirst)
    if (drawn === undefined) return
    await witness.lieBegins()
    lies.begin(drawn)
  }
}

/** Now and then the authority has a habit, until the next renewal begins. */
function habitsOf({ lane, misbehave }: Place, { seed, habits: share }: ChaosOptions) {
  const random = chance(`${seed} ${lane.id} habits`)
  let [shown, end] = [0, () => {}]
  return {
    next() {
      end()
      const drawn = drawHabit(share, random)
      if (drawn === undefined) return
      const ending = misbehave(drawn)
      end = () => {
        if (ending.left() < (drawn.times ?? 1)) shown += 1
        ending()
        end = () => {}
      }
    },
    shown() {
      end()
      return shown
    },
  }
}

/** Forced by a person, or due because it is late in the certificate's life: run after run until all is done. */
async function renew(
  place: Place,
  oneRun: Run,
  lie: (isFirst: boolean) => Promise<void>,
  random: () => number,
): Promise<Renewal> {
  const before = place.issued.length
  const last = place.issued.at(-1)
  const forced = last !== undefined && random() < 0.5
  const due = last === undefined || forced ? 0 : Date.parse(last.notAfter) - THIRD + random() * DAY
  place.goTo(Math.max(place.clock.now().getTime() + REST, due))
  await lie(last === undefined)
  const count = { runs: 0, killed: 0 }
  const story: string[] = []
  const end = (renewed: boolean): Renewal => {
    const issued = place.issued.slice(before)
    const givenUp = issued.filter(({ fingerprint }) => place.givenUp.has(fingerprint)).length
    return { renewed, ...count, issued: issued.length, givenUp, story }
  }
  while (count.runs < MOST_RUNS) {
    // Whoever forces it does so until there is a new one: once more would be another request.
    const { outcome, idle, killed } = await oneRun({ force: forced && place.issued.length === before })
    if (!idle) count.runs += 1
    if (killed) count.killed += 1
    if (!idle) story.push(storyOf(place, before, outcome))
    const issued = place.issued.length - before
    // What shows only later is seen through to its end.
    const isOver = issued > 0 && place.lies.told === undefined
    if (isOver && (await isDone(place, outcome))) return end(true)
    const now = place.clock.now().getTime()
    place.goTo(Math.max(outcome?.next?.getTime() ?? now + TICK, now + MINUTE))
  }
  return end(false)
}

/** In one line. */
function storyOf(place: Place, before: number, outcome: Outcome | undefined): string {
  const at = place.clock.now().toISOString().slice(0, 16)
  const issued = place.issued.slice(before).map(({ fingerprint }) => fingerprint.slice(0, 8))
  if (outcome === undefined) return `${at} killed, issued ${issued.join(' ') || 'nothing'}`
  const { decision, error, result } = outcome
  const why = error === undefined ? '' : ` ${error.code}: ${error.message}`
  const cause = 'reason' in decision ? ` (${decision.reason})` : ''
  return `${at} ${decision.action}${cause} ended as ${result}${why}, issued ${issued.join(' ') || 'nothing'}`
}

/** By newleaf's own word, by the CA's ledger, and by the wire. */
async function isDone(place: Place, outcome: Outcome | undefined): Promise<boolean> {
  const newest = place.issued.at(-1)?.fingerprint
  if (outcome === undefined || outcome.error !== undefined || newest === undefined) return false
  return outcome.certificate?.fingerprint === newest && place.isServed(newest)
}

/** What is still there once nothing fails any more, and the days of grace and patience are over. */
async function leftBehind(place: Place, oneRun: Run): Promise<string[]> {
  place.calm()
  for (let days = 1; ; days += 1) {
    place.goTo(place.clock.now().getTime() + DAY + HOUR)
    const { outcome } = await oneRun({ fullScan: true })
    const unquiet = outcome?.result === 'kept' ? [] : [`a run that ended as ${outcome?.result}`]
    const left = [...unquiet, ...place.leftovers(outcome?.certificate?.fingerprint)]
    if (left.length === 0 || days > MOST_DAYS) return left
  }
}
