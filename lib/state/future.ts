import { after, DAY, HOUR } from '../platform/clock.ts'
import { LONGEST_WAIT } from '../platform/retry-after.ts'
import type { CertificateDocument } from './document.ts'

/** No two clocks are quite alike. */
const TOLERANCE = HOUR
/** What a CA or a vendor may ask for at most: the schedule of its window, and patience. */
const LONGEST = { window: DAY, wait: LONGEST_WAIT.authority } as const

/**
 * What is remembered, without what a run noted whose clock was ahead: nobody must wait for a moment that is a year away, for
 * a claim that nobody holds, or for a budget that was never used. Pure.
 */
export function withoutFuture(document: CertificateDocument, now: Date): CertificateDocument {
  const latest = after(now, TOLERANCE)
  const { claim, window, failures, waits, issued, ...rest } = document
  const failed = Object.entries(failures ?? {}).filter(([, { at }]) => at <= latest)
  const waiting = Object.entries(waits ?? {}).filter(([, until]) => until <= after(latest, LONGEST.wait))
  return {
    ...rest,
    issued: issued.filter(({ at }) => at <= latest),
    ...(claim !== undefined && claim.until <= latest ? { claim } : {}),
    ...(window !== undefined && window.checkAfter <= after(latest, LONGEST.window) ? { window } : {}),
    ...(failed.length > 0 ? { failures: Object.fromEntries(failed) } : {}),
    ...(waiting.length > 0 ? { waits: Object.fromEntries(waiting) } : {}),
  }
}
