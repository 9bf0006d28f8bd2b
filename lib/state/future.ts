import { after, DAY, HOUR } from '../platform/clock.ts'
import { LONGEST_WAIT } from '../platform/retry-after.ts'
import type { CertificateDocument } from './document.ts'
import { mapFailures } from './failures.ts'

/** No two clocks are quite alike. */
const TOLERANCE = HOUR
/** What a CA or a vendor may ask for at most: the schedule of its window, and patience. */
const LONGEST = { window: DAY, wait: LONGEST_WAIT.authority } as const

/**
 * What is remembered, without what a run noted whose clock was ahead: nobody must wait for a moment that is a year away, for
 * a lease that nobody holds, or for a budget that was never used. Pure.
 */
export function withoutFuture(document: CertificateDocument, now: Date): CertificateDocument {
  const latest = after(now, TOLERANCE)
  const { lease, window, failures, cooldowns, issued, ...rest } = document
  const failed = failures && mapFailures(failures, (failure) => (failure.at <= latest ? failure : undefined))
  const waiting = Object.entries(cooldowns ?? {}).filter(([, until]) => until <= after(latest, LONGEST.wait))
  return {
    ...rest,
    issued: issued.filter(({ at }) => at <= latest),
    ...(lease !== undefined && lease.until <= latest ? { lease } : {}),
    ...(window !== undefined && window.checkAfter <= after(latest, LONGEST.window) ? { window } : {}),
    ...(failed && Object.keys(failed).length > 0 ? { failures: failed } : {}),
    ...(waiting.length > 0 ? { cooldowns: Object.fromEntries(waiting) } : {}),
  }
}
