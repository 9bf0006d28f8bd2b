import type { Failure } from '../errors.ts'
import { after, DAY, HOUR, MINUTE } from '../platform/clock.ts'
import type { CertificateDocument, FailureMemory } from '../state/document.ts'
import type { CertificateFacts } from '../types.ts'
import { lastSixth } from '../x509/lifetime.ts'

/** A CA that gives no window is asked again after this (RFC 9773 §4.3.3). */
const WITHOUT_WINDOW = 6 * HOUR

/** After a swap: whether it stays, and what its authority says of a new certificate, which is not waited for while it is brought to its targets. */
const AFTER_SWAP = HOUR

/** When somebody must look at a certificate again: the first thing that falls due and may be tried. Pure. */
export function nextLook(document: CertificateDocument, renewAt: Date | undefined, now: Date, isNew = false): Date {
  const { failures = {}, retire } = document
  const { look, issue, deploy } = failures
  // What cannot be looked at can be neither ordered nor repaired.
  const tries = look === undefined ? Object.values(failures) : [look]
  // What is overdue waits for the next try to look at its targets, or to deploy to them.
  const isWaiting = renewAt !== undefined && renewAt <= now && (look !== undefined || deploy !== undefined)
  const moments = [
    ...tries.map(({ notBefore }) => notBefore),
    ...(issue === undefined && renewAt !== undefined && !isWaiting ? [renewAt] : []),
    ...(look === undefined ? [nextAdvice(document, now)] : []),
    ...(isNew ? [after(now, AFTER_SWAP)] : []),
    ...(deploy === undefined && look === undefined ? retire.map((entry) => entry.after) : []),
  ]
  return soon(new Date(Math.min(...moments.map((moment) => moment.getTime()))), now)
}

/** When to ask the CA again for its window: it may revoke a certificate at any time, also while its renewal is held back. */
export const nextAdvice = ({ window }: CertificateDocument, now: Date): Date =>
  window !== undefined && window.checkAfter > now ? window.checkAfter : after(now, WITHOUT_WINDOW)

/** Within a minute and a day. */
export const soon = (moment: Date, now: Date): Date =>
  new Date(Math.min(Math.max(moment.getTime(), after(now, MINUTE).getTime()), after(now, DAY).getTime()))

const PAUSES = [1 * MINUTE, 10 * MINUTE, 100 * MINUTE] as const

/**
 * What is remembered of a failure: 1, 10, 100 minutes before the next try, then a day (Let's Encrypt, integration guide), and
 * sooner as the last sixth of the life comes near. What only a person can mend is tried once a day, and sooner likewise. A
 * CA's own `Retry-After` is never undercut. Pure.
 */
export function remember(
  failure: Failure,
  earlier: FailureMemory | undefined,
  configHash: string,
  current: CertificateFacts | undefined,
  now: Date,
): FailureMemory {
  const again = earlier?.configHash === configHash ? earlier.count : 0
  const usual = failure.retry === 'never' ? DAY : (PAUSES[again] ?? DAY)
  const own = after(now, Math.min(usual, longestPause(current, now)))
  const asked = failure.retry === 'after' ? failure.retryAfter : undefined
  return {
    count: again + 1,
    code: failure.code,
    message: failure.message,
    ...(failure.step === undefined ? {} : { step: failure.step }),
    since: (again === 0 ? undefined : earlier?.since) ?? now,
    at: now,
    notBefore: asked !== undefined && asked > now ? asked : own,
    configHash,
  }
}

/** Half of the time until the last sixth, so that an outage which ends before that is found over before that; an hour at least. */
function longestPause(current: CertificateFacts | undefined, now: Date): number {
  if (current === undefined) return DAY
  return Math.max(HOUR, (lastSixth(current).getTime() - now.getTime()) / 2)
}
