import { isDeepStrictEqual } from 'node:util'
import { after, DAY, HOUR } from '../platform/clock.ts'
import { LONGEST_WAIT } from '../platform/retry-after.ts'
import type { CertificateDocument } from './document.ts'
import { mapFailures, withFailuresOf } from './failures.ts'

/** No two clocks are quite alike. */
const TOLERANCE = HOUR
/** What a CA or a vendor may ask for at most: the schedule of its window, and patience. */
const LONGEST = { window: DAY, wait: LONGEST_WAIT.authority } as const

/** What a run does not go by, and puts back wherever it writes. */
export type Hidden = Partial<Pick<CertificateDocument, 'lease' | 'window' | 'failures' | 'cooldowns' | 'issued'>>

/**
 * What is remembered, without what a run noted whose clock was ahead: nobody must wait for a moment that is a year away, for
 * a lease that nobody holds, or for a budget that was never used. Whether that clock was wrong or the one here is, nobody
 * knows yet: what is left out is `hidden`, and stays in the store. Pure.
 */
export function withoutFuture(
  document: CertificateDocument,
  now: Date,
): { readonly known: CertificateDocument; readonly hidden: Hidden } {
  const latest = after(now, TOLERANCE)
  const until = { lease: latest, window: after(latest, LONGEST.window), cooldown: after(latest, LONGEST.wait) }
  const { lease, window, failures = {}, cooldowns = {}, issued, ...rest } = document
  const part = (isHidden: boolean) => {
    const isOfIt = (at: Date, last: Date) => at > last === isHidden
    const failed = mapFailures(failures, (failure) => (isOfIt(failure.at, latest) ? failure : undefined))
    const waiting = Object.entries(cooldowns).filter(([, at]) => isOfIt(at, until.cooldown))
    return {
      issued: issued.filter(({ at }) => isOfIt(at, latest)),
      ...(lease !== undefined && isOfIt(lease.until, until.lease) ? { lease } : {}),
      ...(window !== undefined && isOfIt(window.checkAfter, until.window) ? { window } : {}),
      ...(Object.keys(failed).length > 0 ? { failures: failed } : {}),
      ...(waiting.length > 0 ? { cooldowns: Object.fromEntries(waiting) } : {}),
    }
  }
  return { known: { ...rest, ...part(false) }, hidden: part(true) }
}

/** The document as it is written by whoever went by what is known alone: of what is hidden, nothing is lost. Pure. */
export function withHidden(document: CertificateDocument, hidden: Hidden): CertificateDocument {
  const failures = withFailuresOf(document.failures ?? {}, hidden.failures ?? {})
  const cooldowns = { ...document.cooldowns, ...hidden.cooldowns }
  const { lease = hidden.lease, window = hidden.window } = document
  const others = hidden.issued?.filter((each) => !document.issued.some((known) => isDeepStrictEqual(known, each)))
  return {
    ...document,
    issued: [...document.issued, ...(others ?? [])],
    ...(lease && { lease }),
    ...(window && { window }),
    ...(Object.keys(failures).length > 0 ? { failures } : {}),
    ...(Object.keys(cooldowns).length > 0 ? { cooldowns } : {}),
  }
}

/** All of a document that a clock which is wrong must neither end nor replace; that it is wrong is told anew each time. */
export const datedOf = ({ window, failures = {}, cooldowns, issued }: CertificateDocument): Hidden => ({
  issued,
  failures: mapFailures(failures, (failure) => (failure.code === 'CLOCK_WRONG' ? undefined : failure)),
  ...(window && { window }),
  ...(cooldowns && { cooldowns }),
})
