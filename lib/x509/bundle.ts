import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { getCACertificates } from 'node:tls'
import { Failure } from '../errors.ts'
import { safeText } from '../platform/log.ts'
import { Secret } from '../platform/secret.ts'
import { type Certificate, KEY_ALGORITHMS } from '../types.ts'
import { certificateFacts, certificatesOf, keyAlgorithm } from './certificate.ts'
import { type Chain, requireSound } from './chain.ts'
import { isExpired, isSelfSigned, issuedBy, withIssuers } from './issuers.ts'
import { type PemBlock, readPem } from './pem.ts'

/** The roots of a whole system, with what openssl prints of each, have about as much. */
const MAX_BYTES = 1_048_576

/** What may hold the certificate or the key that is looked for, and what to do about it. Servers pass over any other block, and so do we. */
const INSTEAD: Readonly<Record<string, string>> = {
  'TRUSTED CERTIFICATE': 'rewrite it with `openssl x509 -in FILE -out certificate.pem`',
  PKCS7: 'take the certificates out with `openssl pkcs7 -in FILE -print_certs -out chain.pem`',
  CMS: 'take the certificates out with `openssl pkcs7 -in FILE -print_certs -out chain.pem`',
  'OPENSSH PRIVATE KEY': 'rewrite the key with `ssh-keygen -p -m PEM -N "" -f FILE`',
}

export interface BundleOptions {
  readonly now: Date
  /** The roots that clients have, as PEM; those of Node.js and of NODE_EXTRA_CA_CERTS if absent. */
  readonly trusted?: readonly string[] | undefined
  /** It must be signed with its own key, and clients are told to trust it; any other must be one that they trust. */
  readonly isSelfSigned?: boolean
}

/**
 * Reads a certificate that was had elsewhere: key and chain in one text or in several, in any order. The leaf is the one
 * that the key fits, its issuers are put in order, the root is left out. Rejects with CHAIN_INVALID unless it can be served.
 */
export function readBundle(texts: readonly Secret[], options: BundleOptions): Certificate {
  const { now, isSelfSigned = false } = options
  const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text.reveal()), 0)
  if (size > MAX_BYTES) throw refused(`it has ${size} bytes, and at most ${MAX_BYTES} are read`)
  const blocks = texts.flatMap((text) => blocksOf(text.reveal()))
  for (const { label } of blocks) {
    if (label in INSTEAD) throw refused(`there is a ${label} in it; ${INSTEAD[label]}`)
  }

  const key = theKey(blocks)
  const certificates = theCertificates(blocks)
  const leaf = theLeaf(certificates, key)
  const chain = inOrder(leaf, certificates, options)
  const privateKeyPem = new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString())
  const names = certificateFacts(leaf).names
  if (names.length === 0) throw refused('the certificate names no DNS name, and no IP address')
  // Its names are its own, and a private authority may sign with its root; what openssl makes signs itself as an authority, for any use.
  const unasked = [
    'names',
    'intermediate',
    ...(isSelfSigned ? (['leaf', 'server authentication'] as const) : []),
  ] as const
  const checked = requireSound(chain, { names, privateKeyPem, now }, unasked)
  return { ...checked, privateKeyPem }
}

function blocksOf(text: string): PemBlock[] {
  const blocks = readPem(text)
  if (blocks.length === 0 && text.trim() !== '') throw refused(withoutBlocks(text))
  return blocks
}

/** What a text is in which no block can be found, and what to do about it. */
function withoutBlocks(text: string): string {
  if (/[-\u2010-\u2015]{2} ?(BEGIN|END) /.test(text))
    return 'the boundaries of its blocks are damaged: a block stands between `-----BEGIN CERTIFICATE-----` and `-----END CERTIFICATE-----`, or the like for a key, with five hyphens on either side'
  if (/^[A-Za-z0-9+/=\s]+$/.test(text))
    return 'it is base64 without the boundaries of a block: put `-----BEGIN CERTIFICATE-----` above and `-----END CERTIFICATE-----` below it'
  return 'it is no PEM text; rewrite a PKCS#12 file with `openssl pkcs12 -in FILE -nodes -out bundle.pem`, a PKCS#7 one with `openssl pkcs7 -in FILE -inform DER -print_certs -out chain.pem`'
}

function theKey(blocks: readonly PemBlock[]): KeyObject {
  const found = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))
  if (found.some(({ label, encrypted }) => encrypted || label === 'ENCRYPTED PRIVATE KEY')) {
    throw refused(
      'its private key is encrypted; decrypt it with `openssl pkey -in FILE -out key.pem`, and delete that file afterwards',
    )
  }
  const keys = found.map(({ text }) => readKey(text))
  const [key, ...others] = keys
  if (key === undefined) throw refused('there is no private key in it')
  if (others.some((other) => !other.equals(key))) throw refused('there is more than one private key in it')
  if (keyAlgorithm(key) === 'other') throw refused(`its private key is none of ${KEY_ALGORITHMS.join(', ')}`)
  return key
}

/** Without a cause: what the parser throws may hold the key. */
function readKey(text: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch {
    throw refused('its private key cannot be read')
  }
}

function theCertificates(blocks: readonly PemBlock[]): X509Certificate[] {
  const found = certificatesOf(blocks)
  if (found.length > 0) return found
  const others = new Set(blocks.map(({ label }) => label).filter((label) => !label.endsWith('PRIVATE KEY')))
  throw refused(`there is no certificate in it${others.size === 0 ? '' : `, but ${[...others].join(', ')}`}`)
}

/** The key says which it is: certificates of other servers are as little needed as those of other authorities. */
function theLeaf(certificates: readonly X509Certificate[], key: KeyObject): X509Certificate {
  const [leaf, other] = certificates.filter((each) => each.checkPrivateKey(key))
  if (leaf === undefined) throw refused('its private key fits none of the certificates')
  const server = certificates.find(({ ca }) => !ca)
  if (leaf.ca && server !== undefined)
    throw refused(
      `its private key is that of the authority ${nameOf(leaf)}: it does not fit the certificate for ${nameOf(server)}`,
    )
  if (other === undefined) return leaf
  throw refused(
    `there is more than one certificate of a server in it, for ${nameOf(leaf)} and for ${nameOf(other)}; leave one of the two`,
  )
}

/** The leaf and its issuers as far as there are any, up to one whose issuer is a root. */
function inOrder(
  leaf: X509Certificate,
  certificates: readonly X509Certificate[],
  { now, trusted = getCACertificates(), isSelfSigned: isWanted = false }: BundleOptions,
): Chain {
  if (isSelfSigned(leaf)) {
    if (isWanted) return [leaf]
    throw refused(
      'the certificate is self-signed: clients do not trust it; for development, write `selfSigned: true` in place of `imported: true`',
    )
  }
  if (isWanted)
    throw refused('it is not self-signed: write `imported: true` in place of `selfSigned: true` in the configuration')
  const issuers = withIssuers(leaf, bestFirst(certificates)).slice(1)
  const end = issuers.findIndex((each) => isExpired(each, now))
  const alive: Chain = [leaf, ...(end < 0 ? issuers : issuers.slice(0, end))]
  if (isRoot(alive.at(-1))) return withoutLast(alive)
  // The end of a chain may be dead, or nobody's any more, while a root that clients have has issued what is before it.
  const last = alive.findLastIndex((each) => trusted.some((root) => issuedBy(each, new X509Certificate(root))))
  if (last >= 0) return [leaf, ...alive.slice(1, last + 1)]
  if (isRoot(issuers.at(-1))) return withoutLast([leaf, ...issuers]) // and what has expired in it is told
  const { issuer } = issuers.at(-1) ?? leaf
  throw refused(
    `its chain is not complete: the certificate of the issuer ${oneLine(issuer)} is missing; add it, and the root as well if ` +
      'it is that of an authority of your own',
  )
}

/** Of an authority that several others have signed, the root itself, or that which lasts longest. */
function bestFirst(certificates: readonly X509Certificate[]): X509Certificate[] {
  const byEnd = certificates.toSorted((one, other) => other.validToDate.getTime() - one.validToDate.getTime())
  return [...byEnd.filter(isSelfSigned), ...byEnd.filter((each) => !isSelfSigned(each))]
}

const isRoot = (certificate: X509Certificate | undefined) => certificate !== undefined && isSelfSigned(certificate)

const withoutLast = ([leaf, ...issuers]: Chain): Chain => [leaf, ...issuers.slice(0, -1)]

const nameOf = (certificate: X509Certificate): string =>
  safeText(certificateFacts(certificate).names[0] ?? oneLine(certificate.subject))
const oneLine = (name: string | undefined): string => safeText((name ?? '').split('\n').join(', '))

const refused = (what: string) => new Failure('CHAIN_INVALID', `the certificate was refused: ${what}`)
