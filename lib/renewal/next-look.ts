import type { Failure } from '../errors.ts'
import { after, DAY, HOUR, MINUTE } from '../platform/clock.ts'
import type { CertificateDocument } from '../state/document.ts'
import type { CertificateFacts } from '../types.ts'
import { shareLeft } from '../x509/lifetime.ts'

/** A CA that gives no window is asked again after this (RFC 9773 §4.3.3). */
const WITHOUT_WINDOW = 6 * HOUR

/** When somebody must look at a certificate again: the first thing that falls due, within a minute and a day. Pure. */
export function nextLook(document: CertificateDocument, renewAt: Date | undefined, now: Date): Date {
  const moments =
    document.failure === undefined
      ? [
          renewAt,
          document.window?.checkAfter ?? after(now, WITHOUT_WINDOW),
          ...document.retire.map((entry) => entry.after),
        ]
      : [document.failure.notBefore]
  const first = Math.min(...moments.map((moment) => moment?.getTime() ?? Number.POSITIVE_INFINITY))
  return new Date(Math.min(Math.max(first, after(now, MINUTE).getTime()), after(now, DAY).getTime()))
}

const PAUSES = [1 * MINUTE, 10 * MINUTE, 100 * MINUTE] as const
const URGENT = 1 / 6

/**
 * What is remembered of a failure: 1, 10, 100 minutes before the next try, then a day (Let's Encrypt, integration guide);
 * an hour at most once less than a sixth of the life is left. What only a person can mend is tried once a day. A CA's own
 * `Retry-After` is never undercut. Pure.
 */
export function remember(
  failure: Failure,
  earlier: CertificateDocument['failure'],
  configHash: string,
  current: CertificateFacts | undefined,
  now: Date,
): NonNullable<CertificateDocument['failure']> {
  const again = earlier?.configHash === configHash ? earlier.count : 0
  const urgent = current !== undefined && shareLeft(current, now) < URGENT
  const usual = failure.retry === 'never' ? DAY : (PAUSES[again] ?? DAY)
  const own = after(now, urgent ? Math.min(usual, HOUR) : usual)
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
