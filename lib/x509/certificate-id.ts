import type { PublicCertificate } from '../types.ts'
import { parseChain } from './certificate.ts'
import { authorityKeyIdentifier, serialOctets } from './der.ts'

/** How a certificate is called at its CA (RFC 9773 §4.1); undefined when its issuer cannot be told. */
export function certificateId({ chainPem }: Pick<PublicCertificate, 'chainPem'>): string | undefined {
  const [leaf] = parseChain(chainPem)
  const issuer = authorityKeyIdentifier(leaf)
  return issuer && `${issuer.toString('base64url')}.${serialOctets(leaf).toString('base64url')}`
}
