import { Failure, isFailure } from '../errors.ts'
import { MINUTE, SECOND } from '../platform/clock.ts'
import { RESERVE } from '../platform/deadline.ts'
import { retryAfter } from '../platform/retry-after.ts'
import type { Clock } from '../ports.ts'
import type { AcmeAnswer } from './transport.ts'

/** The first request comes at once: by the time it is there, a quick CA has decided. Each pause after it is longer than the one before. */
const FIRST = 100
const GROWTH = 1.5
/** So long it has taken by then that this much more does not matter. */
const LONGEST = 30 * SECOND
/** AWS allows its CA 600 s for an order (docs.aws.amazon.com, acm-acme-issuance). A CA that takes longer is asked again by a later run. */
const TIMEOUT = 10 * MINUTE

export interface PollResult<T> {
  readonly value: T
  readonly pending: boolean
  /** When the CA would like to be asked again. While it is at work this is a pace, and no date (RFC 8555 §7.5.1): see `poll`. */
  readonly retryAfter?: Date | undefined
  /** Why the CA has not decided, as far as it has said. */
  readonly reason?: string | undefined
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

/**
 * Requests it again and again until nothing is pending. `first`: what is known already. Rejects with OUT_OF_TIME where the run's
 * time ends first, and its patience with the CA does, with ACME_UNDECIDED. However long a pause the CA asks for, it may have
 * decided long before: none is longer than half a minute.
 */
export async function poll<T>(
  request: () => Promise<PollResult<T>>,
  { clock, timeLeft, authority }: PollOptions,
  first?: PollResult<T>,
): Promise<T> {
  const until = clock.now().getTime() + TIMEOUT
  let last = first
  let notBefore = first?.retryAfter
  let reason = first?.reason
  for (let pause = 0; last === undefined || last.pending; pause = longer(pause)) {
    const now = clock.now().getTime()
    const asked = notBefore === undefined ? 0 : Math.min(notBefore.getTime() - now, LONGEST)
    const wait = Math.max(asked, pause)
    if (now + wait > until) throw undecided(authority, reason)
    // A wait does not reach into the reserve: who is stopped has to clean up.
    if (timeLeft() <= wait + (wait > 0 ? RESERVE : 0)) throw outOfTime(authority, reason)
    if (wait > 0) await clock.sleep(wait)
    try {
      last = await request()
      notBefore = last.retryAfter
      reason = last.reason ?? reason
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
  retryAfter === undefined || retryAfter.getTime() - clock.now().getTime() > LONGEST

const undecided = (authority: string, reason: string | undefined) =>
  new Failure(
    'ACME_UNDECIDED',
    said(`${authority} has not decided within ten minutes; a later run asks again`, reason),
    {
      fields: { authority },
    },
  )

const outOfTime = (authority: string, reason: string | undefined) =>
  new Failure('OUT_OF_TIME', said(`${authority} had not decided when time was up; the next run asks again`, reason), {
    fields: { authority },
  })

const said = (what: string, reason: string | undefined) => (reason === undefined ? what : `${what}. So far: ${reason}`)
