import type { PublicCertificate } from '../types.ts'
import { parseChain } from './certificate.ts'

/** What a handshake showed, compared with what it was to show. `leaf alone`: without certificates of its chain, so that clients cannot trust it. */
export function compareServed(served: PublicCertificate, wanted: PublicCertificate): 'same' | 'leaf alone' | 'another' {
  if (served.fingerprint !== wanted.fingerprint) return 'another'
  if (served.chainPem.startsWith(wanted.chainPem)) return 'same'
  const sent = parseChain(served.chainPem).map(String) // in another order, or with others in between
  return parseChain(wanted.chainPem).every((each) => sent.includes(String(each))) ? 'same' : 'leaf alone'
}
