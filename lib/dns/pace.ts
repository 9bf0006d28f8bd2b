import { SECOND } from '../platform/clock.ts'
import type { Clock } from '../ports.ts'

/** A cloud may let through no more than so many a second of one function. */
const MOST = 20

/** Waits until another query may be sent: at most so many within any second, in the order in which they were asked for. */
export function createPace(clock: Clock): () => Promise<void> {
  const sent: number[] = []
  return async () => {
    const now = clock.now().getTime()
    const earliest = sent.length < MOST ? now : (sent.shift() as number) + SECOND
    const at = Math.max(now, earliest)
    sent.push(at)
    if (at > now) await clock.sleep(at - now)
  }
}
