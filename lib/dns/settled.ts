/** For vendors that answer before a change is carried out. */
import { Failure } from '../errors.ts'
import { MINUTE, SECOND } from '../platform/clock.ts'
import { requireTime } from '../platform/deadline.ts'
import type { DriverContext } from '../platform/driver.ts'

export interface Settling<State> {
  /** Of whom a message says that it has not carried out the change. */
  readonly vendor: string
  isPending(state: State): boolean
  read(): Promise<State>
}

export type Time = Pick<DriverContext, 'clock' | 'timeLeft'>

const FIRST_PAUSE = SECOND
const GROWTH = 1.5
const LONGEST_PAUSE = 5 * SECOND
const LONGEST = MINUTE

/** Reads with pauses until nothing is pending. `first`: what the vendor has answered to the change. */
export async function settled<State>(
  first: State,
  { vendor, isPending, read }: Settling<State>,
  { clock, timeLeft }: Time,
): Promise<State> {
  let state = first
  let waited = 0
  for (let pause = FIRST_PAUSE; isPending(state); pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    waited += pause
    if (waited > LONGEST) throw new Failure('UNAVAILABLE', `${vendor} has not carried out a change within a minute`)
    requireTime(timeLeft, pause)
    await clock.sleep(pause)
    state = await read()
  }
  return state
}
