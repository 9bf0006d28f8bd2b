import type { CertificateSpec } from '../types.ts'
import type { Intent } from './codec.ts'

/** What is ordered for a specification: stored with the key, so that a later run knows what the key was made for. */
export const intentOf = ({ names, key, authorities: [authority], profile }: CertificateSpec): Intent => ({
  names,
  key,
  authority,
  ...(profile === undefined ? {} : { profile }),
})

/** Whether what was ordered under this intent is what the configuration asks for now. */
export const fits = (intent: Intent, spec: CertificateSpec): boolean =>
  sameSet(intent.names, spec.names) &&
  intent.key === spec.key &&
  intent.profile === spec.profile &&
  spec.authorities.includes(intent.authority)

export const sameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name) => other.includes(name))
