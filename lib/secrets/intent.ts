import type { CertificateFacts, CertificateSpec } from '../types.ts'
import type { Intent, StoredCertificate, StoredKey } from './codec.ts'

/** What is ordered for a specification: stored with the key, so that a later run knows what the key was made for. */
export const intentOf = (
  { names, key, authorities: [authority], profile }: CertificateSpec,
  environment: string,
): Intent => ({
  names,
  key,
  authority,
  ...(profile === undefined ? {} : { profile }),
  environment,
})

/** Whether what was ordered under this intent is what the configuration asks for now. */
export const fits = (intent: Intent, spec: CertificateSpec): boolean =>
  sameSet(intent.names, spec.names) &&
  (spec.imported || intent.key === spec.key) &&
  intent.profile === spec.profile &&
  spec.authorities.includes(intent.authority)

/** The same for those of its names alone that a certificate covers now; undefined when these are all of them, or none. */
export function narrowed(spec: CertificateSpec, current: Intent | undefined): CertificateSpec | undefined {
  const names = spec.names.filter((name) => current?.names.includes(name))
  return names.length === 0 || names.length === spec.names.length ? undefined : { ...spec, names }
}

/** Whether what is pending can be deployed: for all names that are asked for, or for those of them that the current one has. */
export function isReady(
  pending: StoredKey | StoredCertificate | undefined,
  spec: CertificateSpec,
  current: Intent | undefined,
  now: Date,
): pending is StoredCertificate {
  if (pending?.kind !== 'certificate' || pending.certificate.notAfter <= now) return false
  const kept = narrowed(spec, current)
  return fits(pending.intent, spec) || (kept !== undefined && fits(pending.intent, kept))
}

/** Names that are asked for and that a certificate does not cover. */
export const uncovered = (
  { names }: Pick<CertificateSpec, 'names'>,
  current: Pick<CertificateFacts, 'names'> | undefined,
): string[] => (current === undefined ? [] : names.filter((name) => !current.names.includes(name)))

export const sameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name) => other.includes(name))
