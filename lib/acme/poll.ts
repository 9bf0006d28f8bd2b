import { Failure, isFailure } from '../errors.ts'
import { MINUTE, SECOND } from '../platform/clock.ts'
import { RESERVE } from '../platform/deadline.ts'
import { retryAfter } from '../platform/retry-after.ts'
import type { Clock } from '../ports.ts'
import type { AcmeAnswer } from './transport.ts'

/** The first request comes at once: by the time it is there, a quick CA has decided. Each pause after it is longer than the one before. */
const FIRST = 100
const GROWTH = 1.5
const LONGEST = 10 * SECOND
/** A CA that asks for a longer pause is asked again by a later run. */
const LONGEST_RETRY_AFTER = 30 * SECOND
/** AWS allows its CA 600 s for an order (docs.aws.amazon.com, acm-acme-issuance). */
const TIMEOUT = 10 * MINUTE

export interface PollResult<T> {
  readonly value: T
  readonly pending: boolean
  /** Not to be requested again before. */
  readonly retryAfter?: Date | undefined
}

export interface PollOptions {
  readonly authority: string
  readonly clock: Clock
  readonly timeLeft: () => number
}

export const pollResult = <T>(value: T, pending: boolean, answer: AcmeAnswer): PollResult<T> => ({
  value,
  pending,
  retryAfter: retryAfter(answer.headers, answer.receivedAt),
})

/** Requests it again and again until nothing is pending. `first`: what is known already. */
export async function poll<T>(
  request: () => Promise<PollResult<T>>,
  options: PollOptions,
  first?: PollResult<T>,
): Promise<T> {
  const { clock, timeLeft, authority } = options
  const until = clock.now().getTime() + TIMEOUT
  let last = first
  let notBefore = first?.retryAfter
  for (let pause = 0; last === undefined || last.pending; pause = longer(pause)) {
    const now = clock.now().getTime()
    const requested = notBefore === undefined ? 0 : notBefore.getTime() - now
    if (requested > LONGEST_RETRY_AFTER) throw stillPending(authority, notBefore)
    const wait = Math.max(requested, pause)
    // A wait does not reach into the reserve: who is stopped has to clean up.
    if (timeLeft() <= wait + (wait > 0 ? RESERVE : 0) || now + wait > until) throw outOfTime(authority)
    if (wait > 0) await clock.sleep(wait)
    try {
      last = await request()
      notBefore = last.retryAfter
    } catch (error) {
      // Too many requests: a pause that is short enough is taken, and there is no result this time.
      if (!isFailure(error, 'ACME_RATE_LIMITED') || longPause(error, clock)) throw error
      notBefore = error.retryAfter
    }
  }
  return last.value
}

const longer = (pause: number): number => Math.min(Math.max(pause * GROWTH, FIRST), LONGEST)

const longPause = ({ retryAfter }: Failure, clock: Clock): boolean =>
  retryAfter === undefined || retryAfter.getTime() - clock.now().getTime() > LONGEST_RETRY_AFTER

const stillPending = (authority: string, retryAfter: Date | undefined) =>
  new Failure('RATE_LIMITED', `${authority} is still at work and asks to be asked again later`, {
    fields: { authority },
    retryAfter,
  })

const outOfTime = (authority: string) =>
  new Failure('OUT_OF_TIME', `${authority} had not decided when time was up; the next run asks again`, {
    fields: { authority },
  })
