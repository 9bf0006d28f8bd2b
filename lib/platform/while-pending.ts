/** For whoever answers before a change is carried out. */
import type { Failure } from '../errors.ts'
import { requireTime } from './deadline.ts'
import type { DriverContext } from './driver.ts'

/** Between the reads, in milliseconds: from `first` on each is `growth` times the one before, and none above `longest`. */
export interface Pauses {
  readonly first: number
  readonly growth: number
  readonly longest: number
  /** So long they may last together. */
  readonly together: number
}

export interface Pending<State> {
  isPending(state: State): boolean
  read(): Promise<State>
  readonly pauses: Pauses
  /** Once the pauses are over. */
  overdue(): Failure
}

export type Time = Pick<DriverContext, 'clock' | 'timeLeft'>

/** Reads with pauses until nothing is pending. `state`: what is known already. */
export async function whilePending<State>(
  state: State,
  { isPending, read, pauses, overdue }: Pending<State>,
  { clock, timeLeft }: Time,
): Promise<State> {
  let waited = 0
  for (let pause = pauses.first; isPending(state); pause = Math.min(pause * pauses.growth, pauses.longest)) {
    waited += pause
    if (waited > pauses.together) throw overdue()
    requireTime(timeLeft, pause)
    await clock.sleep(pause)
    state = await read()
  }
  return state
}
