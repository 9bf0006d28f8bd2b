import { after, SECOND } from '../platform/clock.ts'
import { timeLeftUntil } from '../platform/deadline.ts'
import type { DriverContext } from '../platform/driver.ts'

/** How long a notice may keep a run waiting, in milliseconds. */
export const TIMEOUT = 10 * SECOND

/** The same context for one notice: its time is over when the patience for it is. */
export const quickly = <Context extends Pick<DriverContext, 'clock' | 'timeLeft'>>(context: Context): Context => {
  const left = timeLeftUntil(after(context.clock.now(), TIMEOUT), context.clock)
  return { ...context, timeLeft: () => Math.min(left(), context.timeLeft()) }
}
