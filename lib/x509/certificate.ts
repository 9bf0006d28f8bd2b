import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { Failure } from '../errors.ts'
import { safeText } from '../platform/log.ts'
import type { CertificateFacts, PublicCertificate } from '../types.ts'
import { ipAddress } from './ip-address.ts'
import { type PemBlock, readPem } from './pem.ts'

export const MAX_CHAIN_BYTES = 65_536
const MAX_CERTIFICATES = 10
/** A text may hold the roots of a whole system beside what is needed of it. */
const MAX_READ = 250

/** Beside the usual label, an older one that parsers take as well (RFC 7468 §5.1). */
const LABELS: readonly string[] = ['CERTIFICATE', 'X509 CERTIFICATE', 'X.509 CERTIFICATE']

/** The certificates of PEM blocks, each once, in their order; others are passed over. */
export function certificatesOf(blocks: readonly PemBlock[]): X509Certificate[] {
  const bodies = blocks.flatMap(({ label, text }) => (LABELS.includes(label) ? [bodyOf(text)] : []))
  const different = [...new Set(bodies)]
  if (different.length > MAX_READ) throw invalid(`more than ${MAX_READ} certificates`)
  return different.map((body) => parseCertificate(Buffer.from(body, 'base64')))
}

const bodyOf = (pem: string): string => pem.split('\n').slice(1, -2).join('')

/** The certificates of a chain, in their order. Rejects what is too large before it reads it. */
export function parseChain(chainPem: string): [X509Certificate, ...X509Certificate[]] {
  const [leaf, ...issuers] = readCertificates(chainPem)
  if (leaf === undefined) throw invalid('no certificate')
  if (issuers.length >= MAX_CERTIFICATES) throw invalid(`more than ${MAX_CERTIFICATES} certificates`)
  return [leaf, ...issuers]
}

/** All certificates of a PEM text, each once. Rejects what is too large before it reads it. */
export function readCertificates(pem: string): X509Certificate[] {
  if (Buffer.byteLength(pem) > MAX_CHAIN_BYTES) throw invalid(`larger than ${MAX_CHAIN_BYTES} bytes`)
  return certificatesOf(readPem(pem))
}

function parseCertificate(der: Buffer): X509Certificate {
  try {
    const certificate = new X509Certificate(der)
    const { raw, publicKey } = certificate // the key is read only when it is asked for, and may turn out to be none
    if (raw.equals(der) && publicKey.type === 'public') return certificate
  } catch (cause) {
    throw invalid('a certificate that cannot be read', cause)
  }
  throw invalid('a certificate with other bytes after its end')
}

const invalid = (what: string, cause?: unknown) =>
  new Failure('CHAIN_INVALID', `a certificate chain was refused: ${what}`, { cause })

/** Reads a chain, leaf first. It says what is there, and checks only that it can be read. */
export function publicCertificate(chainPem: string): PublicCertificate {
  const [leaf, ...issuers] = parseChain(chainPem)
  return { ...certificateFacts(leaf), chainPem: [leaf, ...issuers].map(String).join('') }
}

export const certificateFacts = (leaf: X509Certificate): CertificateFacts => ({
  names: subjectAltNames(leaf).flatMap(({ type, value }) =>
    type === 'DNS' ? [value.toLowerCase()] : type === 'IP Address' ? (ipAddress(value) ?? []) : [],
  ),
  serial: leaf.serialNumber,
  fingerprint: createHash('sha256').update(leaf.raw).digest('hex'),
  keyAlgorithm: keyAlgorithm(leaf.publicKey),
  notBefore: leaf.validFromDate,
  notAfter: leaf.validToDate,
  issuer: safeText((leaf.issuer ?? '').split('\n').join(', ')),
})

/** Node quotes an entry that could be mistaken for several; no name of ours looks like that. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g

export function subjectAltNames({ subjectAltName = '' }: X509Certificate): { type: string; value: string }[] {
  if (subjectAltName === '') return []
  return subjectAltName
    .replace(QUOTED, '?')
    .split(', ')
    .map((entry) => {
      const colon = entry.indexOf(':')
      return { type: entry.slice(0, colon), value: entry.slice(colon + 1) }
    })
}

const CURVES: Readonly<Record<string, CertificateFacts['keyAlgorithm']>> = {
  prime256v1: 'ecdsa-p256',
  secp384r1: 'ecdsa-p384',
}
const MODULI: Readonly<Record<number, CertificateFacts['keyAlgorithm']>> = {
  2048: 'rsa-2048',
  3072: 'rsa-3072',
  4096: 'rsa-4096',
}

export function keyAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): CertificateFacts['keyAlgorithm'] {
  const { namedCurve = '', modulusLength = 0 } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'ec') return CURVES[namedCurve] ?? 'other'
  if (asymmetricKeyType === 'rsa') return MODULI[modulusLength] ?? 'other'
  return 'other'
}

/** Whether one of the names stands for `name`; a wildcard stands for exactly one label. */
export const covers = (names: readonly string[], name: string): boolean =>
  names.includes(name) || names.includes(name.replace(/^[^.]+/, '*'))

export const sameNames = (a: readonly string[], b: readonly string[]): boolean => {
  const [left, right] = [new Set(a), new Set(b)]
  return left.size === right.size && [...left].every((name) => right.has(name))
}
