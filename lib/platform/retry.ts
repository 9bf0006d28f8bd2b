import { type Failure, isFailure } from '../errors.ts'
import type { Clock } from '../ports.ts'

export interface RetryOptions {
  readonly clock: Pick<Clock, 'sleep'>
  readonly random: () => number
  readonly timeLeft: () => number
  /** Tries in all, the first one included. */
  readonly tries?: number
  /** The first pause in milliseconds; it doubles, and each is spread over half to one and a half of itself. */
  readonly pause?: number
  /** Tries and pause after a failure that needs others. */
  readonly pace?: (failure: Failure) => Required<Pick<RetryOptions, 'tries' | 'pause'>> | undefined
}

/** Runs what may be run again, as long as it fails with a failure for which trying again soon helps. */
export async function retrySoon<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, random, timeLeft, pace } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isFailure(error) || error.retry !== 'soon') throw error
      const { tries = 3, pause = 300 } = pace?.(error) ?? options
      const wait = pause * 2 ** (attempt - 1) * (0.5 + random())
      if (attempt >= tries || timeLeft() <= wait) throw error
      await clock.sleep(wait)
    }
  }
}
