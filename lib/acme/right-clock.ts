import { Failure } from '../errors.ts'
import { HOUR } from '../platform/clock.ts'
import { httpDate } from '../platform/http-date.ts'
import type { AcmeAnswer } from './transport.ts'

/** Less does no harm: nothing is decided by minutes. */
const MOST_SKEW = HOUR

/**
 * Rejects with CLOCK_WRONG when a CA tells another time than we have (RFC 9110 §6.6.1). Whoever orders by a wrong clock
 * refuses what it gets, and orders again.
 */
export function requireRightClock({ headers, receivedAt }: AcmeAnswer, authority: string): void {
  const theirs = httpDate(headers.date ?? '', receivedAt)
  if (theirs === undefined || Math.abs(theirs.getTime() - receivedAt.getTime()) <= MOST_SKEW) return
  throw new Failure(
    'CLOCK_WRONG',
    `the clock here says ${receivedAt.toISOString()}, and ${authority} says ${theirs.toISOString()}: set the clock; nothing is ordered until they agree`,
    { fields: { authority } },
  )
}
