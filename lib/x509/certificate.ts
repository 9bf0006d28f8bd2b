import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { Failure } from '../errors.ts'
import { safeText } from '../platform/log.ts'
import type { CertificateFacts, PublicCertificate } from '../types.ts'
import { ipAddress } from './ip-address.ts'

export const MAX_CHAIN_BYTES = 65_536
const MAX_CERTIFICATES = 10

const BLOCK = /\s*-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----(?:\r?\n|$)/y

/** The certificates of a PEM text, which may hold nothing else. Rejects what is too large before it reads it. */
export function parseChain(chainPem: string): [X509Certificate, ...X509Certificate[]] {
  if (Buffer.byteLength(chainPem) > MAX_CHAIN_BYTES) throw invalid(`larger than ${MAX_CHAIN_BYTES} bytes`)
  const block = new RegExp(BLOCK)
  const text = chainPem.trimEnd()
  const certificates: X509Certificate[] = []
  while (block.lastIndex < text.length) {
    const body = block.exec(text)?.[1]
    if (body === undefined) throw invalid('something else than PEM blocks of type CERTIFICATE')
    if (certificates.length === MAX_CERTIFICATES) throw invalid(`more than ${MAX_CERTIFICATES} certificates`)
    certificates.push(parseCertificate(Buffer.from(body, 'base64')))
  }
  const [leaf, ...issuers] = certificates
  if (leaf === undefined) throw invalid('no certificate')
  return [leaf, ...issuers]
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
