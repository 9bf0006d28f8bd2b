import { after, DAY, HOUR } from '../platform/clock.ts'
import { sha256 } from '../platform/sha256.ts'
import type { CertificateFacts, RenewalWindow } from '../types.ts'
import type { CertificateDocument } from './document.ts'

/** Let's Encrypt issues five certificates for the same set of names in seven days (https://letsencrypt.org/docs/rate-limits/). */
const PERIOD = 7 * DAY
/** Ours is smaller, so that a mistake never uses theirs up; what is left is for a certificate that has been revoked. */
const BUDGET = { usual: 3, revoked: 5 } as const

const setOf = (names: readonly string[]): string => sha256([...names].sort().join(' ')).slice(0, 16)

/**
 * Until when no other certificate is to be ordered for these names; undefined: now is fine. A window that lies in the past is
 * how a CA says that it has revoked the current one, or is about to (RFC 9773 §4.2). Pure.
 */
export function budgetSpent(
  { issued }: Pick<CertificateDocument, 'issued'>,
  names: readonly string[],
  window: RenewalWindow | undefined,
  now: Date,
): Date | undefined {
  const most = window !== undefined && window.end <= now ? BUDGET.revoked : BUDGET.usual
  const times = issued
    .filter((each) => each.names === setOf(names) && after(each.at, PERIOD) > now)
    .map(({ at }) => at.getTime())
    .sort((one, other) => other - one)
  const blocking = times[most - 1]
  return blocking === undefined ? undefined : after(new Date(blocking), PERIOD)
}

/** CAs put `notBefore` that far into the past (https://letsencrypt.org/docs/profiles/). */
const BACKDATED = HOUR

/**
 * The document once a certificate for these names is there: its order is done, and it counts. When it was issued is told by
 * itself: an outage may have kept it from being fetched for days. Pure.
 */
export function withIssued(
  { order: _done, ...document }: CertificateDocument,
  names: readonly string[],
  now: Date,
  { notBefore }: Pick<CertificateFacts, 'notBefore'> = { notBefore: now },
): CertificateDocument {
  const at = new Date(Math.min(now.getTime(), after(notBefore, BACKDATED).getTime()))
  const earlier = document.issued.filter((each) => after(each.at, PERIOD) > now)
  return { ...document, issued: [...earlier, { at, names: setOf(names) }] }
}
