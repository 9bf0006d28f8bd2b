import { Failure } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { SECOND } from './clock.ts'

/** What is kept back of a run's time, in milliseconds, to clean up and to write down how far it came: nothing waits into it. */
export const RESERVE = 30 * SECOND

/** Milliseconds left until `until`, never below zero. The one way in which a run knows its time. */
export const timeLeftUntil = (until: Date, clock: Clock) => (): number =>
  Math.max(0, until.getTime() - clock.now().getTime())

/** An effect starts only if its worst case still fits in: rejects with OUT_OF_TIME otherwise. Both in milliseconds. */
export function requireTime(timeLeft: () => number, worstCase: number): void {
  if (timeLeft() < worstCase) {
    throw new Failure(
      'OUT_OF_TIME',
      'not enough time is left in this run to start the next effect; the next run carries on',
    )
  }
}

/** Tells whether a run that began to wait now has since been told to end earlier than it was to: somebody has stopped it. */
export function watchForStop(timeLeft: () => number, clock: Clock): () => boolean {
  const until = clock.now().getTime() + timeLeft()
  return () => clock.now().getTime() + timeLeft() < until - SECOND
}
