/** What is said of a certificate in the same words by a notice and by its health. */
import { after, DAY, HOUR } from '../platform/clock.ts'
import type { CertificateDocument, LeaseEntry } from '../state/document.ts'
import type { CertificateFacts } from '../types.ts'
import { fingerprintText } from '../x509/facts.ts'

/** `lost`: what was current, and is not stored any more. */
export const noCertificate = (lost: CertificateFacts | undefined): string =>
  lost === undefined
    ? 'there is no certificate yet'
    : `the secrets store does not hold the certificate any more: ${fingerprintText(lost)} was current, and ends on ${lost.notAfter.toISOString()}`

export const expired = ({ notAfter }: Pick<CertificateFacts, 'notAfter'>): string =>
  `the certificate has expired, on ${notAfter.toISOString()}`

export const expiresSoon = ({ notAfter }: Pick<CertificateFacts, 'notAfter'>, share: 'sixth' | 'twelfth'): string =>
  `less than a ${share} of the certificate’s life is left: it ends on ${notAfter.toISOString()}`

export const unrenewed = (
  { notAfter }: Pick<CertificateFacts, 'notAfter'>,
  targets: readonly string[],
  tense: 'ends' | 'has ended',
): string =>
  `it has left the configuration and is not renewed: what was brought to ${targets.join(', ')} ${tense} on ${notAfter.toISOString()}`

export const givenUp = (
  { tries }: Pick<NonNullable<CertificateDocument['rejected']>, 'tries'>,
  current: CertificateFacts | undefined,
): string =>
  `a new certificate was not taken in ${tries} tries, and is not tried again${current === undefined ? '' : '; the current one stays'}`

/** So long before persistent records lapse somebody is told. */
const LAPSES_SOON = 30 * DAY

/** That persistent records lapse soon, or have, and since when that is worth a word; undefined: it is not. */
export function validationLapses(
  until: Date | undefined,
  now: Date,
): { readonly message: string; readonly since: Date } | undefined {
  if (until === undefined || after(until, -LAPSES_SOON) > now) return undefined
  const message = `a record by which names are validated (dns-persist-01) ${until > now ? 'lapses' : 'has lapsed'}, on ${until.toISOString()}: nothing is issued for them after that`
  return { message, since: after(until, -LAPSES_SOON) }
}

export const leftBehind = ({ what }: Pick<NonNullable<CertificateDocument['leftBehind']>, 'what'>): string =>
  `newleaf has left behind, and does not try any more to remove: ${what.join(', ')}`

/** Who holds a lock, as far as it was noted. */
export function holderText({ process, invocation }: Pick<LeaseEntry, 'process' | 'invocation'>): string {
  if (process !== undefined) return `${process.host} process ${process.pid}`
  return invocation === undefined ? 'another run' : `function ${invocation.function} request ${invocation.requestId}`
}

/** Whose the lock is, until when, and the way out. */
export function locked(id: string, lease: Omit<LeaseEntry, 'holder' | 'fence'>): string {
  const { since, until } = lease
  const from = since ? ` since ${since.toISOString()},` : ','
  return `locked by ${holderText(lease)}${from} until ${until.toISOString()} at most; it may be dead: newleaf unlock ${id}`
}

/** How many an authority has issued for the names, when, and the way out; until when no other is ordered stands behind it. */
export function budgetText(
  authority: string,
  { issued, within }: { readonly issued: readonly Date[]; readonly within: number },
): string {
  const dates = issued.map((date) => date.toISOString().slice(0, 10)).reverse()
  const time = `${Math.round(within / HOUR)} hours`
  return `${authority} has issued ${issued.length} for these names in ${time} (${dates.join(', ')}); another authority may be configured; no more is ordered from ${authority}`
}
