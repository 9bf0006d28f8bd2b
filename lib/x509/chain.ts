import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { Failure, type FailureFields, isFailure } from '../errors.ts'
import { after, HOUR } from '../platform/clock.ts'
import type { Secret } from '../platform/secret.ts'
import type { PublicCertificate } from '../types.ts'
import { publicCertificate, readCertificates, sameNames, subjectAltNames } from './certificate.ts'
import { isExpired, isSelfSigned, withIssuers } from './issuers.ts'

export interface ChainExpectation {
  readonly names: readonly string[]
  /** The key that the certificate was ordered for. */
  readonly privateKeyPem: Secret
  readonly now: Date
}

/** Leaf first, each issued by the one after it. */
export type Chain = readonly [leaf: X509Certificate, ...issuers: X509Certificate[]]

interface Rule {
  broken(chain: Chain, expected: Expected): boolean
  readonly message: string
}

interface Expected {
  readonly names: readonly string[]
  readonly key: KeyObject
  readonly now: Date
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
/** CAs put `notBefore` into the past; a clock may still be wrong by this much. */
const SKEW = HOUR

/** What a certificate must be before it is stored. */
const leafRules = {
  key: {
    broken: ([leaf], { key }) => !leaf.checkPrivateKey(key),
    message: 'the certificate is for another key than the one it was ordered for',
  },
  names: {
    broken: ([leaf], { names }) => {
      const entries = subjectAltNames(leaf)
      const found = entries.map(({ value }) => value.toLowerCase())
      return entries.some(({ type }) => type !== 'DNS') || !sameNames(found, names)
    },
    message: 'the certificate is not for exactly the names that were ordered',
  },
  'not before': { broken: ([leaf], { now }) => isEarly(leaf, now), message: 'the certificate is not valid yet' },
  'not after': { broken: ([leaf], { now }) => isExpired(leaf, now), message: 'the certificate has expired' },
  leaf: { broken: ([leaf]) => leaf.ca, message: 'the certificate is one of an authority, not of a server' },
  /**
   * A certificate without an extended key usage is for any use (RFC 5280 §4.2.1.12), and openssl, nginx, HAProxy and browsers but
   * Apple's take it: authorities of companies issue such, and public ones do not. One that has the extension must name servers.
   */
  'server authentication': {
    broken: ([{ keyUsage }]) => keyUsage !== undefined && !keyUsage.includes(SERVER_AUTH),
    message: 'the certificate is not meant for servers: its extended key usage lacks serverAuth',
  },
  strength: { broken: ([leaf]) => isWeak(leaf), message: 'the certificate has a signature or a key that is too weak' },
} satisfies Readonly<Record<string, Rule>>

/** What its issuers must be. A CA may send others with the same certificate. */
const issuerRules = {
  intermediate: {
    broken: ([, ...issuers]) => issuers.length === 0,
    message: 'it lacks the intermediate certificate, without which clients do not trust the first one',
  },
  'not before': {
    broken: ([, ...issuers], { now }) => issuers.some((each) => isEarly(each, now)),
    message: 'an issuer in it is not valid yet',
  },
  'not after': {
    broken: ([, ...issuers], { now }) => issuers.some((each) => isExpired(each, now)),
    message: 'an issuer in it has expired',
  },
  authority: {
    // A root of version 1 has no extension to say so, and none is needed: whoever trusts it does so by itself.
    broken: ([, ...issuers]) => issuers.some((each) => !each.ca && !isSelfSigned(each)),
    message: 'it holds an issuer that is not a certificate authority',
  },
  strength: {
    broken: ([, ...issuers]) => issuers.some(isWeak),
    message: 'it holds an issuer with a signature or a key that is too weak',
  },
} satisfies Readonly<Record<string, Rule>>

const isEarly = ({ validFromDate }: X509Certificate, now: Date): boolean => validFromDate > after(now, SKEW)

/** A root’s own signature proves nothing, so its hash does not matter. */
const isWeak = (certificate: X509Certificate): boolean => {
  const selfSigned = certificate.checkIssued(certificate)
  if (!selfSigned && /sha1|md5|md2/i.test(certificate.signatureAlgorithm ?? '')) return true
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
  return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) < 2048
}

type RuleName = keyof typeof leafRules | keyof typeof issuerRules

function firstBroken(
  rules: Readonly<Record<string, Rule>>,
  chain: Chain,
  { privateKeyPem, names, now }: ChainExpectation,
  unasked: readonly RuleName[] = [],
): { readonly rule: string; readonly message: string } | undefined {
  const expected: Expected = { names, now, key: createPrivateKey(privateKeyPem.reveal()) }
  const found = Object.entries(rules).find(
    ([rule, { broken }]) => !unasked.some((each) => each === rule) && broken(chain, expected),
  )
  return found && { rule: found[0], message: found[1].message }
}

/** Rejects with CHAIN_INVALID unless this can be served with our key for our names. Rules that do not matter to somebody are not looked at. */
export function requireSound(
  chain: Chain,
  expectation: ChainExpectation,
  unasked: readonly RuleName[],
): PublicCertificate {
  const broken =
    firstBroken(leafRules, chain, expectation, unasked) ?? firstBroken(issuerRules, chain, expectation, unasked)
  if (broken !== undefined)
    throw new Failure('CHAIN_INVALID', `the certificate was refused: ${broken.message}`, {
      fields: { rule: broken.rule },
    })
  return publicCertificate(chain.map(String).join(''))
}

/**
 * Reads what a CA sent for an order, and gives the certificate with the chain that can be served: in order, without what belongs
 * to no part of it, and without an end that has expired. Rejects with CHAIN_INVALID when the certificate itself is not the one
 * that was ordered, and with ANSWER_INVALID for anything else: then the certificate may be good, and is to be asked for again.
 */
export function checkChain(chainPem: string, expectation: ChainExpectation): PublicCertificate {
  const chain = chainSent(chainPem, expectation)
  const wrong = firstBroken(leafRules, chain, expectation)
  if (wrong !== undefined)
    throw new Failure('CHAIN_INVALID', `a new chain was refused: ${wrong.message}`, { fields: { rule: wrong.rule } })
  const unusable = firstBroken(issuerRules, chain, expectation)
  if (unusable !== undefined) throw unusableChain(unusable.message, { rule: unusable.rule })
  return publicCertificate(chain.map(String).join(''))
}

function chainSent(chainPem: string, { privateKeyPem, now }: ChainExpectation): Chain {
  const sent = readSent(chainPem)
  const key = createPrivateKey(privateKeyPem.reveal())
  const leaf = sent.find((each) => each.checkPrivateKey(key)) ?? sent.find(({ ca }) => !ca)
  if (leaf === undefined) throw unusableChain('there is no certificate of a server in it')
  const isGone = (each: X509Certificate) => isExpired(each, now)
  const others = sent.filter((each) => each !== leaf)
  const issuers = withIssuers(leaf, [...others.filter((each) => !isGone(each)), ...others.filter(isGone)]).slice(1)
  const end = issuers.findIndex(isGone)
  return [leaf, ...(end > 0 ? issuers.slice(0, end) : issuers)]
}

function readSent(chainPem: string): X509Certificate[] {
  try {
    return readCertificates(chainPem)
  } catch (error) {
    throw isFailure(error, 'CHAIN_INVALID') ? unusableChain(error.message) : error
  }
}

const unusableChain = (what: string, fields: FailureFields = {}) =>
  new Failure('ANSWER_INVALID', `a new certificate came in a chain that cannot be used: ${what}`, { fields })
