import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g

export interface PemBlock {
  readonly label: string
  readonly text: string
}

export const pemBlocks = (text: string): PemBlock[] =>
  [...text.matchAll(BLOCK)].map(([block, label = '']) => ({ label, text: block }))

export interface PemChain {
  readonly leaf: X509Certificate
  readonly issuers: readonly X509Certificate[]
  /** DNS names only, in the certificate's order. */
  readonly names: readonly string[]
}

/** Reads certificates, leaf first. Throws when there is none, or one cannot be read. */
export function readPemChain(text: string): PemChain {
  const [leaf, ...issuers] = pemBlocks(text)
    .filter(({ label }) => label === 'CERTIFICATE')
    .map((block) => new X509Certificate(block.text))
  if (leaf === undefined) throw new Error('there is no certificate in this text')
  return { leaf, issuers, names: dnsNames(leaf) }
}

export const dnsNames = (certificate: X509Certificate): string[] =>
  (certificate.subjectAltName ?? '')
    .split(/,\s*/)
    .filter((entry) => entry.startsWith('DNS:'))
    .map((entry) => entry.slice(4).toLowerCase())

export const isSelfSigned = (certificate: X509Certificate): boolean =>
  certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey)

/** A private key of one of these PEM labels; undefined when it cannot be read. */
export function readPrivateKey(text: string, labels: readonly string[]): KeyObject | undefined {
  const block = pemBlocks(text).find(({ label }) => label.endsWith('PRIVATE KEY'))
  if (block === undefined || !labels.includes(block.label)) return undefined
  try {
    return createPrivateKey(block.text)
  } catch {
    return undefined
  }
}

export const keyFits = (key: KeyObject, certificate: X509Certificate): boolean =>
  createPublicKey(key).equals(certificate.publicKey)

export const pemOf = (certificates: readonly X509Certificate[]): string =>
  certificates.map((certificate) => `${certificate.toString().trim()}\n`).join('')
