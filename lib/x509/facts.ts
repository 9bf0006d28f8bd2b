import type { CertificateFacts } from '../types.ts'

/** What is safe to show of a certificate: nothing that leaves with it carries a key. */
export const factsOf = ({
  names,
  serial,
  fingerprint,
  keyAlgorithm,
  notBefore,
  notAfter,
  issuer,
}: CertificateFacts): CertificateFacts => ({ names, serial, fingerprint, keyAlgorithm, notBefore, notAfter, issuer })

/** How a certificate is called wherever people read of it: the start of its SHA-256 fingerprint. */
export const fingerprintText = ({ fingerprint }: Pick<CertificateFacts, 'fingerprint'>): string =>
  fingerprint.slice(0, 16)
