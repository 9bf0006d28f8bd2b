import { isFailure } from '../errors.ts'
import type { Clock } from '../ports.ts'

export interface RetryOptions {
  readonly clock: Pick<Clock, 'sleep'>
  readonly random: () => number
  readonly timeLeft: () => number
  /** Tries in all, the first one included. */
  readonly tries?: number
  /** The first pause in milliseconds; it doubles, and each is spread over half to one and a half of itself. */
  readonly pause?: number
}

/** Runs what may be run again, as long as it fails with a failure for which trying again soon helps. */
export async function retrySoon<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, random, timeLeft, tries = 3, pause = 300 } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const wait = pause * 2 ** (attempt - 1) * (0.5 + random())
      const helps = isFailure(error) && error.retry === 'soon'
      if (!helps || attempt >= tries || timeLeft() <= wait) throw error
      await clock.sleep(wait)
    }
  }
}
