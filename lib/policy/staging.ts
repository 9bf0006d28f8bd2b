/** What an authority for tests issues must not take the place of what clients trust. Pure. */
import { X509Certificate } from 'node:crypto'
import { Failure } from '../errors.ts'
import type { CertificateSpec, PublicCertificate, TargetView } from '../types.ts'
import { covers } from '../x509/certificate.ts'
import type { LimitedIssuer } from './issuance-budget.ts'
import type { Stored } from './order-spec.ts'

export interface StagingContext extends Stored {
  readonly spec: Pick<CertificateSpec, 'names'>
  readonly issuers: readonly LimitedIssuer[]
  readonly now: Date
}

/** Those of the authorities that may be asked for a certificate that takes the place of what these targets show. */
export const issuersSparing = (views: readonly TargetView[], context: StagingContext): readonly LimitedIssuer[] => {
  const { issuers } = context
  const rest = issuers.filter(({ untrusted }) => untrusted !== true)
  return rest.length > 0 && views.some((view) => trustedShown(view, context) !== undefined) ? rest : issuers
}

/** Why nothing is brought to a target of this name; undefined: nothing speaks against it. */
export function sparedByStaging(view: TargetView, target: string, context: StagingContext): Failure | undefined {
  if (!context.issuers.every(({ untrusted }) => untrusted)) return undefined
  const shown = trustedShown(view, context)
  return (
    shown &&
    new Failure(
      'STAGING_REFUSED',
      `${target} serves a certificate that is not from a staging authority (${shown.fingerprint.slice(0, 16)}, until ${shown.notAfter.toISOString()}), and clients would not trust one from ${context.issuers.map(({ authority }) => authority).join(' or ')}`,
      { fields: { target } },
    )
  )
}

function trustedShown(view: TargetView, { spec, issuers, current, pending, now }: StagingContext) {
  if ('error' in view) return undefined
  const own = [current, pending?.kind === 'certificate' ? pending : undefined]
    .filter((stored) => stored !== undefined)
    .filter(({ orderSpec }) =>
      issuers.some(({ untrusted, directory }) => untrusted && orderSpec.directory === directory),
    )
  const isUntrusted = (served: PublicCertificate) =>
    served.notAfter <= now ||
    served.issuer.includes('(STAGING)') ||
    own.some(({ certificate }) => certificate.issuer === served.issuer) ||
    isSelfSigned(served) ||
    !spec.names.some((name) => covers(served.names, name))
  return view.probes.flatMap(({ served }) => served ?? []).find((served) => !isUntrusted(served))
}

function isSelfSigned({ chainPem }: PublicCertificate): boolean {
  const { subject, issuer } = new X509Certificate(chainPem)
  return subject === issuer
}
