import { type Failure, type FailureCode, isFailure } from '../errors.ts'
import type { RetryOptions } from '../platform/retry.ts'

const TRIES = 3
const PAUSE = 300
/** Answers with which a CA may mean: that was done already. */
const PERHAPS_DONE: readonly FailureCode[] = ['ACME_ORDER_NOT_READY', 'ACME_PROBLEM']

/**
 * An effect whose answer may get lost. After a failure that leaves a doubt it looks whether it was done, and only when it was
 * not is the effect tried again or the failure passed on. `look` resolves to undefined when nothing has happened.
 */
export async function withoutDoubt<T>(
  effect: () => Promise<T>,
  look: () => Promise<T | undefined>,
  { clock, random, timeLeft }: RetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await effect()
    } catch (error) {
      if (!isFailure(error) || !doubtful(error)) throw error
      const done = await look()
      if (done !== undefined) return done
      const wait = PAUSE * 2 ** (attempt - 1) * (0.5 + random())
      if (error.retry !== 'soon' || attempt === TRIES || timeLeft() <= wait) throw error
      await clock.sleep(wait)
    }
  }
}

const doubtful = ({ retry, code }: Failure): boolean => retry === 'soon' || PERHAPS_DONE.includes(code)
