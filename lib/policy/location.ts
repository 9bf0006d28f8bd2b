/** Where in the configuration to look first, when something that stands there has failed. Pure. */
import type { Failure, FailureCode } from '../errors.ts'
import type { ConfiguredReference } from '../ports.ts'
import type { CertificateSpec } from '../types.ts'

/** Whether a certificate depends on what stands at a location: of DNS and of the secrets, on all. */
export function isUsedBy(location: string, { authorities, targets }: Pick<CertificateSpec, 'authorities' | 'targets'>) {
  const [section, name, third] = location.split('.')
  if (section === 'acme') return authorities.some((authority) => authority === third)
  if (section === 'balancers') return targets.some(({ balancer }) => balancer === name)
  return section === 'dns' || section === 'secrets'
}

/** Trouble with whoever is asked, whatever it was asked for. */
const OF_THE_ASKED: readonly FailureCode[] = [
  ...(['DENIED', 'UNREACHABLE', 'UNAVAILABLE', 'RATE_LIMITED', 'OUT_OF_TIME', 'DNS_LOOKUP_FAILED'] as const),
]
export const isOfTheAsked = ({ code }: Pick<Failure, 'code'>): boolean => OF_THE_ASKED.includes(code)

const OF_STORES: readonly FailureCode[] = ['STORE_UNREADABLE', 'STORE_FOREIGN', 'STORE_FAILED']
/** What a server is shown. */
const CREDENTIAL = /\.(token|password)$/

export interface Location {
  readonly location: string
  /** Of the reference that stands there. */
  readonly text?: string
}

/** The reference in this part of the configuration that the failure must be about, where there is one; else the part. */
export function locationIn(
  part: string,
  { code, fields }: Pick<Failure, 'code' | 'fields'>,
  references: readonly Pick<ConfiguredReference, 'location' | 'text'>[],
): Location {
  // An account, or what a reference names, is kept there as well.
  if (OF_STORES.includes(code)) return { location: part === 'state' ? 'state' : 'secrets' }
  const inside = references.filter(({ location }) => location === part || location.startsWith(`${part}.`))
  if (code === 'REFERENCE_UNRESOLVED') return inside.find(({ text }) => text === fields.reference) ?? { location: part }
  const [shown, ...others] = inside.filter(({ location }) => CREDENTIAL.test(location))
  return code === 'DENIED' && shown !== undefined && others.length === 0 ? shown : { location: part }
}

/** The same failure, which says where to look first, where that is not what newleaf itself has done with the answers. */
export function withLocation(failure: Failure, part: string, references: readonly ConfiguredReference[]): Failure {
  const isAbout = failure.code === 'REFERENCE_UNRESOLVED' || (isOfTheAsked(failure) && failure.code !== 'OUT_OF_TIME')
  if (!isAbout || failure.fields.location !== undefined) return failure
  const { location, text } = locationIn(part, failure, references)
  return failure.with({ fields: { location, ...(text === undefined ? {} : { reference: text }) } })
}
