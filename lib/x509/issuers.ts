import type { X509Certificate } from 'node:crypto'

/** No chain is longer, and no list of issuers is gone through for longer. */
const LONGEST = 10

/** By name and by signature. */
export const issuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)

export const isSelfSigned = (certificate: X509Certificate): boolean =>
  certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey)

export const isExpired = ({ validToDate }: X509Certificate, now: Date): boolean => validToDate <= now

/**
 * The leaf and its issuers, each followed by the one that issued it, up to a root if it is there. Of several the one that
 * stands first is taken; what belongs to no part of the chain is left out.
 */
export function withIssuers(leaf: X509Certificate, others: readonly X509Certificate[]): X509Certificate[] {
  const chain = [leaf]
  for (let last: X509Certificate | undefined = leaf; last !== undefined && chain.length < LONGEST; ) {
    const subject: X509Certificate = last
    last = isSelfSigned(subject) ? undefined : others.find((each) => !chain.includes(each) && issuedBy(subject, each))
    if (last !== undefined) chain.push(last)
  }
  return chain
}
