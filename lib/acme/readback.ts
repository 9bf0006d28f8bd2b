import { type Failure, type FailureCode, isFailure } from '../errors.ts'
import type { RetryOptions } from '../platform/retry.ts'

const TRIES = 3
const PAUSE = 300
/** With these a CA may mean that it was done already. */
const PERHAPS_DONE: readonly FailureCode[] = ['ACME_ORDER_NOT_READY', 'ACME_PROBLEM']

/**
 * For a request whose answer may get lost. After a failure that leaves its outcome unknown the result is read back, and only
 * when there is none is the request sent again or the failure passed on. `readBack` resolves to undefined when nothing was done.
 */
export async function retryWithReadback<T>(
  send: () => Promise<T>,
  readBack: () => Promise<T | undefined>,
  { clock, random, timeLeft }: RetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send()
    } catch (error) {
      if (!isFailure(error) || !outcomeUnknown(error)) throw error
      const done = await readBack()
      if (done !== undefined) return done
      const wait = PAUSE * 2 ** (attempt - 1) * (0.5 + random())
      if (error.retry !== 'soon' || attempt === TRIES || timeLeft() <= wait) throw error
      await clock.sleep(wait)
    }
  }
}

const outcomeUnknown = ({ retry, code }: Failure): boolean => retry === 'soon' || PERHAPS_DONE.includes(code)
