import { isFailure } from '../errors.ts'
import { MINUTE } from '../platform/clock.ts'
import { RESERVE } from '../platform/deadline.ts'
import { createSharedReads } from '../platform/shared-reads.ts'
import type { Clock, LoadBalancer } from '../ports.ts'

/** As long as nothing is changed there. Right before it writes, a driver reads again, and a handshake has the last word. */
const FRESH_FOR = 1 * MINUTE

/** So long a look waits, within a run that has the time, for a balancer that asks for patience: vendors count by the minute. */
const LONGEST_COOLDOWN = 2 * MINUTE
const MOST_TRIES = 10

/**
 * A balancer at which one look serves all certificates: what its driver reads to inspect one listener, or to list, is given to
 * the next as well, until something is changed through it.
 */
export function withSharedLooks(
  balancer: LoadBalancer,
  { clock, timeLeft }: { readonly clock: Clock; timeLeft(): number },
): LoadBalancer {
  const reads = createSharedReads(clock, FRESH_FOR)

  async function look<T>(work: () => Promise<T>): Promise<T> {
    const until = clock.now().getTime() + LONGEST_COOLDOWN
    for (let tries = 1; ; tries++) {
      try {
        return await reads.during(work)
      } catch (error) {
        const asked = isFailure(error, 'RATE_LIMITED') ? error.retryAfter?.getTime() : undefined
        const pause = (asked ?? 0) - clock.now().getTime()
        if (asked === undefined || asked > until || pause > timeLeft() - RESERVE || tries >= MOST_TRIES) throw error
        if (pause > 0) await clock.sleep(pause) // else somebody has waited for it meanwhile
      }
    }
  }

  async function change<T>(work: () => Promise<T>): Promise<T> {
    reads.forget()
    try {
      return await work()
    } finally {
      reads.forget()
    }
  }

  return {
    inspect: (listener, deployment, keep) => look(() => balancer.inspect(listener, deployment, keep)),
    list: (listener) => look(() => balancer.list(listener)),
    swap: (listener, deployment, keep) => change(() => balancer.swap(listener, deployment, keep)),
    attachFirst: (listener, deployment, cutOffTls) =>
      change(() => balancer.attachFirst(listener, deployment, cutOffTls)),
    detach: (listener, name) => change(() => balancer.detach(listener, name)),
    deleteUnused: (listener, names) => change(() => balancer.deleteUnused(listener, names)),
    deleteById: (listener, id) => change(() => balancer.deleteById(listener, id)),
    expiresAt: async () => balancer.expiresAt?.(),
  }
}
