/** Which certificate was ordered for what, and whether that is still what the configuration asks for. Pure. */
import type { OrderSpec, StoredCertificate, StoredKey } from '../secrets/codec.ts'
import { isSameIssuer, issuerOf, type OrderKind } from '../state/failures.ts'
import type { CertificateFacts, CertificateSpec, Issuer } from '../types.ts'

/** What is ordered for a specification: stored with the key, so that a later run knows what the key was made for. */
export const orderSpecOf = (
  { names, key, profile }: CertificateSpec,
  issuer: Issuer,
  environment: string,
): OrderSpec => ({
  ...{ names, key },
  ...issuerOf(issuer),
  ...(profile === undefined ? {} : { profile }),
  environment,
})

/** Whether what was ordered is what the configuration asks for now, of one of these issuers. */
export const matches = (ordered: OrderSpec, spec: CertificateSpec, issuers: readonly Issuer[]): boolean =>
  sameSet(ordered.names, spec.names) &&
  (spec.imported || ordered.key === spec.key) &&
  ordered.profile === spec.profile &&
  issuers.some((issuer) => isFrom(ordered, issuer))

/** Whether it was ordered from this issuer, and not from another that had its name before. */
export const isFrom = (ordered: Pick<OrderSpec, 'authority' | 'directory'>, issuer: Issuer): boolean =>
  ordered.authority === issuer.authority && isSameIssuer(ordered, issuer)

/** Whether both are for the same certificate, of whichever issuer: the key that was made for one serves for the other. */
export const isSameOrder = (one: OrderSpec, other: OrderSpec): boolean =>
  sameSet(one.names, other.names) && one.key === other.key && one.profile === other.profile

/** The same for those of its names alone that a certificate was ordered for; undefined when these are all of them, or none. */
export function reduced(spec: CertificateSpec, ordered: OrderSpec | undefined): CertificateSpec | undefined {
  const names = spec.names.filter((name) => ordered?.names.includes(name))
  return names.length === 0 || names.length === spec.names.length ? undefined : { ...spec, names }
}

/** What an order is, as far as its failures are remembered: an expansion is one that the old names do not depend on. */
export const orderKindOf = (spec: CertificateSpec, current: OrderSpec | undefined, isDegraded: boolean): OrderKind =>
  !isDegraded && reduced(spec, current) !== undefined ? 'expand' : 'issue'

/** What the secrets store holds of a certificate. */
export interface Stored {
  readonly current: StoredCertificate | undefined
  readonly pending: StoredKey | StoredCertificate | undefined
}

/** Whether what is pending can be deployed: for all names that are asked for, or for those of them that the current one has. */
export function isReady(
  { current, pending }: Stored,
  spec: CertificateSpec,
  issuers: readonly Issuer[],
  now: Date,
): boolean {
  if (pending?.kind !== 'certificate' || pending.certificate.notAfter <= now) return false
  const kept = reduced(spec, current?.orderSpec)
  const isWanted = (wanted: CertificateSpec) => matches(pending.orderSpec, wanted, issuers)
  return isWanted(spec) || (kept !== undefined && isWanted(kept))
}

/** Names that are asked for and that a certificate does not cover. */
export const uncovered = (
  { names }: Pick<CertificateSpec, 'names'>,
  current: Pick<CertificateFacts, 'names'> | undefined,
): string[] => (current === undefined ? [] : names.filter((name) => !current.names.includes(name)))

export const sameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name) => other.includes(name))
