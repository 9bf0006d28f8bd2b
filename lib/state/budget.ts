import { after, DAY, HOUR } from '../platform/clock.ts'
import { sha256 } from '../platform/sha256.ts'
import type { CertificateFacts, RenewalWindow } from '../types.ts'
import { backstop, isRecalled, isShortLived } from '../x509/lifetime.ts'
import type { CertificateDocument } from './document.ts'

/** Let's Encrypt issues five certificates for the same set of names in seven days (https://letsencrypt.org/docs/rate-limits/). */
const PERIOD = 7 * DAY
/** Ours is smaller, so that a mistake never uses theirs up; what is left is for when time presses. */
const BUDGET = { usual: 3, pressing: 5 } as const

const setOf = (names: readonly string[]): string => sha256([...names].sort().join(' ')).slice(0, 16)

/** What is known of the certificate that another is to replace. */
interface Replaced {
  readonly current: CertificateFacts | undefined
  readonly window: RenewalWindow | undefined
}

/** Until when no other certificate is to be ordered for these names; undefined: now is fine. Pure. */
export function budgetSpent(
  { issued }: Pick<CertificateDocument, 'issued'>,
  names: readonly string[],
  replaced: Replaced,
  now: Date,
): Date | undefined {
  const most = isPressing(replaced, now) ? BUDGET.pressing : BUDGET.usual
  const times = issued
    .filter((each) => each.names === setOf(names) && after(each.at, PERIOD) > now)
    .map(({ at }) => at.getTime())
    .sort((one, other) => other - one)
  const blocking = times[most - 1]
  return blocking === undefined ? undefined : after(new Date(blocking), PERIOD)
}

/** What its CA has revoked cannot wait; and what lives a few days would expire while its renewal waits for those that somebody forced. */
const isPressing = ({ current, window }: Replaced, now: Date): boolean =>
  isRecalled(window, now) || (current !== undefined && isShortLived(current) && backstop(current) <= now)

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
