import type { Failure } from './errors.ts'

/**
 * Which of several failures stands for all of them. There are two answers, and they are opposites: who would have to come back
 * for everything at once must wait for the last, and who can come back for each part by itself may begin with the first.
 */

/** Of the parts of one request that is only repeated as a whole: who asks for the longest wait, otherwise the first. */
export const latestRetry = (failures: readonly Failure[]): Failure | undefined =>
  failures.reduce<Failure | undefined>(
    (found, each) => (found === undefined || waitsUntil(each) > waitsUntil(found) ? each : found),
    undefined,
  )

/** Of things that are repeated each by itself: the first that asks for no wait, otherwise who asks for the shortest. */
export const earliestRetry = (failures: readonly Failure[]): Failure | undefined =>
  failures.reduce<Failure | undefined>(
    (found, each) => (found === undefined || waitsUntil(each) < waitsUntil(found) ? each : found),
    undefined,
  )

/** A moment, or minus infinity for who asks for no wait. */
const waitsUntil = ({ retry, retryAfter }: Failure): number =>
  retry === 'after' ? (retryAfter?.getTime() ?? 0) : Number.NEGATIVE_INFINITY
