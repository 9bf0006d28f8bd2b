/** How many certificates are ordered for one set of names: fewer than its authority issues. Pure. */
import { after, DAY, HOUR } from '../platform/clock.ts'
import { sha256 } from '../platform/sha256.ts'
import type { CertificateDocument, Issued } from '../state/document.ts'
import { isSameIssuer, issuerOf } from '../state/failures.ts'
import type { CertificateFacts, IssuanceLimit, Issuer, RenewalWindow } from '../types.ts'
import { isShortLived } from '../x509/lifetime.ts'
import { backstop, suggestsNow } from './renewal-time.ts'

/** So many of an authority's certificates are left for when time presses, so that a mistake never uses its limit up. */
const RESERVED = 2

const setOf = (names: readonly string[]): string => sha256([...names].sort().join(' ')).slice(0, 16)

/** Who is to be asked, and what it issues for one set of names; without a limit there is no budget. */
export type LimitedIssuer = Issuer & {
  readonly issuanceLimit?: IssuanceLimit | undefined
  readonly untrusted?: true | undefined
}

/** What is known of the certificate that another is to replace. */
interface Replaced {
  readonly current: CertificateFacts | undefined
  readonly window: RenewalWindow | undefined
}

/** Until when no other certificate is to be ordered, and the certificates because of which: the latest first. */
interface SpentBudget {
  readonly until: Date
  readonly issued: readonly Date[]
  /** In milliseconds. */
  readonly within: number
}

/** What keeps another certificate from being ordered there for these names; undefined: now is fine. */
export function budgetSpent(
  { issued }: Pick<CertificateDocument, 'issued'>,
  names: readonly string[],
  issuer: LimitedIssuer,
  replaced: Replaced,
  now: Date,
): SpentBudget | undefined {
  const { issuanceLimit: limit } = issuer
  if (limit === undefined) return undefined
  const most = isPressing(replaced, now) ? limit.certificates : Math.max(limit.certificates - RESERVED, 1)
  const times = issued
    .filter((each) => each.names === setOf(names) && isOf(each, issuer) && after(each.at, limit.within) > now)
    .map(({ at }) => at.getTime())
    .sort((one, other) => other - one)
  const blocking = times[most - 1]
  if (blocking === undefined) return undefined
  const { within } = limit
  return { until: after(new Date(blocking), within), issued: times.map((time) => new Date(time)), within }
}

/** A limit is the directory's, whatever it is called in the configuration. An earlier version noted the name alone, or nothing. */
const isOf = ({ authority, directory }: Issued, issuer: Issuer): boolean =>
  directory === undefined || issuer.directory === undefined
    ? authority === undefined || authority === issuer.authority
    : isSameIssuer({ directory }, issuer)

/** What its CA has revoked cannot wait; and what lives a few days would expire while its renewal waits for those that somebody forced. */
const isPressing = ({ current, window }: Replaced, now: Date): boolean =>
  suggestsNow(window, now) || (current !== undefined && isShortLived(current) && backstop(current) <= now)

/** CAs put `notBefore` that far into the past (https://letsencrypt.org/docs/profiles/). */
const BACKDATED = HOUR
/** No limit of any authority counts for longer. */
const REMEMBERED = 7 * DAY

/**
 * The document once a certificate for these names is there: its order is done, and it counts. When it was issued is told by
 * itself: an outage may have kept it from being fetched for days.
 */
export function withIssued(
  { order: _done, ...document }: CertificateDocument,
  names: readonly string[],
  issuer: Issuer,
  now: Date,
  { notBefore }: Pick<CertificateFacts, 'notBefore'> = { notBefore: now },
): CertificateDocument {
  const at = new Date(Math.min(now.getTime(), after(notBefore, BACKDATED).getTime()))
  const earlier = document.issued.filter((each) => after(each.at, REMEMBERED) > now)
  return { ...document, issued: [...earlier, { at, names: setOf(names), ...issuerOf(issuer) }] }
}
