/** Names of what newleaf creates at a balancer: `newleaf-<environment>-<id>-<first 16 hex of the leaf's fingerprint>`. */
import type { CertificateSpec, Deployment, PublicCertificate } from '../types.ts'

const PREFIX = 'newleaf'
const NAME = /^(?<lineage>newleaf-[^-].*)-[0-9a-f]{16}$/

export const certificateName = (environment: string, id: string, fingerprint: string): string =>
  `${lineage(environment, id)}-${fingerprint.slice(0, 16)}`

/** What the names of all versions of a certificate begin with. */
export const lineage = (environment: string, id: string): string => `${PREFIX}-${environment}-${id}`

/** A certificate under the name that it has at every balancer. */
export const deploymentOf = <C extends PublicCertificate>(
  certificate: C,
  { id }: Pick<CertificateSpec, 'id'>,
  environment: string,
): Deployment<C> => ({ name: certificateName(environment, id, certificate.fingerprint), certificate })

/**
 * What all versions of one certificate have in common; undefined for a foreign name. It is compared as a whole, because
 * an id may hold dashes: a version of `shop-eu` is none of `shop`.
 */
export const lineageOf = (name: string): string | undefined => NAME.exec(name)?.groups?.lineage

/** The same of one certificate, by its id. */
export const lineageFor = (environment: string, id: string): string => `${PREFIX}-${environment}-${id}`

/** Whether an object of this name was created by newleaf in this environment, for any of its certificates. */
export const isManaged = (name: string, environment: string): boolean =>
  lineageOf(name)?.startsWith(`${PREFIX}-${environment}-`) ?? false
