import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { Failure } from '../errors.ts'
import { after, HOUR } from '../platform/clock.ts'
import type { Secret } from '../platform/secret.ts'
import type { PublicCertificate } from '../types.ts'
import { parseChain, publicCertificate, sameNames, subjectAltNames } from './certificate.ts'

export interface ChainExpectation {
  readonly names: readonly string[]
  /** The key that the certificate was ordered for. */
  readonly privateKeyPem: Secret
  readonly now: Date
}

interface Situation {
  readonly leaf: X509Certificate
  readonly issuers: readonly X509Certificate[]
  readonly all: readonly X509Certificate[]
  readonly names: readonly string[]
  readonly key: KeyObject
  readonly now: Date
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
/** CAs put `notBefore` into the past; a clock may still be wrong by this much. */
const SKEW = HOUR

/** What a chain must be before it is stored. The first rule that is broken names the failure. */
const rules = {
  key: {
    broken: ({ leaf, key }) => !leaf.checkPrivateKey(key),
    message: 'the certificate is for another key than the one it was ordered for',
  },
  names: {
    broken: ({ leaf, names }) => {
      const entries = subjectAltNames(leaf)
      const found = entries.map(({ value }) => value.toLowerCase())
      return entries.some(({ type }) => type !== 'DNS') || !sameNames(found, names)
    },
    message: 'the certificate is not for exactly the names that were ordered',
  },
  'not before': {
    broken: ({ all, now }) => all.some(({ validFromDate }) => validFromDate > after(now, SKEW)),
    message: 'a certificate of the chain is not valid yet',
  },
  'not after': {
    broken: ({ all, now }) => all.some(({ validToDate }) => validToDate <= now),
    message: 'a certificate of the chain has expired',
  },
  leaf: {
    broken: ({ leaf }) => leaf.ca,
    message: 'the first certificate of the chain is one of an authority, not of a server',
  },
  'server authentication': {
    broken: ({ leaf }) => !leaf.keyUsage?.includes(SERVER_AUTH),
    message: 'the certificate is not meant for servers: its extended key usage lacks serverAuth',
  },
  intermediate: {
    broken: ({ issuers }) => issuers.length === 0,
    message: 'the chain lacks the intermediate certificate, without which clients do not trust the first one',
  },
  duplicate: {
    broken: ({ all }) => new Set(all.map(({ fingerprint256 }) => fingerprint256)).size < all.length,
    message: 'a certificate stands twice in the chain',
  },
  authority: {
    broken: ({ issuers }) => issuers.some(({ ca }) => !ca),
    message: 'the chain holds an issuer that is not a certificate authority',
  },
  link: {
    broken: ({ all }) => all.some((each, at) => !issuedBy(each, all[at + 1])),
    message: 'a certificate of the chain was not issued by the one after it',
  },
  strength: {
    broken: ({ all }) => all.some(weak),
    message: 'the chain holds a signature or a key that is too weak',
  },
} satisfies Readonly<Record<string, { broken(situation: Situation): boolean; message: string }>>

/**
 * Reads a chain as a CA sent it, and rejects with CHAIN_INVALID unless it can be served with our key for our names. Rules that
 * do not matter to somebody are not looked at.
 */
export function checkChain(
  chainPem: string,
  { names, privateKeyPem, now }: ChainExpectation,
  unasked: readonly (keyof typeof rules)[] = [],
): PublicCertificate {
  const [leaf, ...issuers] = parseChain(chainPem)
  const key = createPrivateKey(privateKeyPem.reveal())
  const situation: Situation = { leaf, issuers, all: [leaf, ...issuers], names, key, now }
  for (const [rule, { broken, message }] of Object.entries(rules)) {
    if (!(unasked as readonly string[]).includes(rule) && broken(situation))
      throw new Failure('CHAIN_INVALID', `a new chain was refused: ${message}`, { fields: { rule } })
  }
  return publicCertificate(chainPem)
}

/** By name and by signature; nobody is asked about the last one of a chain. */
export const issuedBy = (certificate: X509Certificate, issuer: X509Certificate | undefined): boolean =>
  issuer === undefined || (certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))

/** A root’s own signature proves nothing, so its hash does not matter. */
const weak = (certificate: X509Certificate): boolean => {
  const selfSigned = certificate.checkIssued(certificate)
  if (!selfSigned && /sha1|md5|md2/i.test(certificate.signatureAlgorithm ?? '')) return true
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
  return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) < 2048
}
