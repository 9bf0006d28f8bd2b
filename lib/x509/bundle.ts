import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { getCACertificates } from 'node:tls'
import { Failure } from '../errors.ts'
import { safeText } from '../platform/log.ts'
import { Secret } from '../platform/secret.ts'
import { type Certificate, KEY_ALGORITHMS } from '../types.ts'
import { certificateFacts, keyAlgorithm, MAX_CHAIN_BYTES, parseChain } from './certificate.ts'
import { checkChain, issuedBy } from './chain.ts'
import { type PemBlock, readPem } from './pem.ts'

/** What a text of several files can hold beside keys and certificates that is no mistake. */
const IGNORED = ['EC PARAMETERS']
const CERTIFICATES = ['CERTIFICATE', 'X509 CERTIFICATE']
const KEYS = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']

/** What to do about the others. */
const INSTEAD: Readonly<Record<string, string>> = {
  'TRUSTED CERTIFICATE': 'rewrite it with `openssl x509 -in FILE -out certificate.pem`',
  PKCS7: 'take the certificates out with `openssl pkcs7 -in FILE -print_certs -out chain.pem`',
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
  if (size > MAX_CHAIN_BYTES) throw refused(`it has ${size} bytes, and at most ${MAX_CHAIN_BYTES} are read`)
  const blocks = texts.flatMap((text) => readPem(text.reveal()))
  for (const { label } of blocks) {
    if ([...CERTIFICATES, ...KEYS, ...IGNORED, 'ENCRYPTED PRIVATE KEY'].includes(label)) continue
    throw refused(`there is a ${label} in it; ${INSTEAD[label] ?? 'take it out'}`)
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
  const checked = checkChain(chain.map(String).join(''), { names, privateKeyPem, now }, unasked)
  return { ...checked, privateKeyPem }
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
  const bodies = blocks.flatMap(({ label, text }) => (CERTIFICATES.includes(label) ? [bodyOf(text)] : []))
  if (bodies.length === 0) throw refused('there is no certificate in it')
  return parseChain(
    [...new Set(bodies)].map((body) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`).join(''),
  )
}

const bodyOf = (text: string): string => text.split('\n').slice(1, -2).join('')

function theLeaf(certificates: readonly X509Certificate[], key: KeyObject): X509Certificate {
  const [leaf, ...more] = certificates.filter((each) => each.checkPrivateKey(key))
  if (leaf === undefined) throw refused('its private key fits none of the certificates')
  const other = more[0] ?? certificates.find((each) => each !== leaf && !each.ca)
  if (other === undefined) return leaf
  if (leaf.ca && !other.ca)
    throw refused(
      `its private key is that of the authority ${nameOf(leaf)}: it does not fit the certificate for ${nameOf(other)}`,
    )
  throw refused(
    `there is more than one certificate of a server in it, for ${nameOf(leaf)} and for ${nameOf(other)}; leave one of the two`,
  )
}

/** The leaf and its issuers as far as there are any, up to one whose issuer is a root. */
function inOrder(
  leaf: X509Certificate,
  certificates: readonly X509Certificate[],
  { now, trusted = getCACertificates(), isSelfSigned: isWanted = false }: BundleOptions,
): X509Certificate[] {
  if (isSelfSigned(leaf)) {
    if (isWanted) return [leaf]
    throw refused(
      'the certificate is self-signed: clients do not trust it; for development, write `selfSigned: true` in place of `imported: true`',
    )
  }
  if (isWanted)
    throw refused('it is not self-signed: write `imported: true` in place of `selfSigned: true` in the configuration')
  const chain: X509Certificate[] = []
  for (let top: X509Certificate | undefined = leaf; top !== undefined; ) {
    const last: X509Certificate = top
    chain.push(last)
    const issuers = certificates.filter((each) => !chain.includes(each) && issuedBy(last, each))
    if (issuers.some(isSelfSigned)) return chain
    // Of one that was signed by several authorities, that which lasts longest.
    const [best] = issuers.sort((one, other) => other.validToDate.getTime() - one.validToDate.getTime())
    const isUseful = best !== undefined && best.validToDate > now
    if (!isUseful && isTrusted(last, trusted)) return chain
    top = best
  }
  const { issuer } = chain.at(-1) ?? leaf
  throw refused(
    `its chain is not complete: the certificate of the issuer ${oneLine(issuer)} is missing; add it, and the root as well if ` +
      'it is that of an authority of your own',
  )
}

const isSelfSigned = (certificate: X509Certificate): boolean =>
  certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey)

/** Whether a root that clients trust issued it. */
const isTrusted = (certificate: X509Certificate, trusted: readonly string[]): boolean =>
  trusted.some((root) => issuedBy(certificate, new X509Certificate(root)))

const nameOf = (certificate: X509Certificate): string =>
  safeText(certificateFacts(certificate).names[0] ?? oneLine(certificate.subject))
const oneLine = (name: string | undefined): string => safeText((name ?? '').split('\n').join(', '))

const refused = (what: string) => new Failure('CHAIN_INVALID', `the certificate was refused: ${what}`)
