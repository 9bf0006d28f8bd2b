import type { PublicCertificate } from '../../../types.ts'

const BLOCK = /-----BEGIN CERTIFICATE-----(?<body>[\s\S]*?)-----END CERTIFICATE-----/g

/** The certificates of a PEM text, each with a line break at its end. */
export const pemBlocks = (pem: string): string[] => [...pem.matchAll(BLOCK)].map(([block]) => `${block}\n`)

/** Their DER as base64, for comparing. */
const ders = (pem: string): string[] =>
  [...pem.matchAll(BLOCK)].map(({ groups }) => (groups?.body ?? '').replace(/\s/g, ''))

/**
 * Whether what ACM holds is this certificate with all of its issuers. It may hold more: ACM adds the root to whatever
 * chain it was given (https://github.com/getmoto/moto, acm/models.py, from answers of AWS).
 */
export function holds(content: string, { chainPem }: PublicCertificate): boolean {
  const [held, wanted] = [ders(content), ders(chainPem)]
  return held[0] === wanted[0] && wanted.every((each) => held.includes(each))
}
