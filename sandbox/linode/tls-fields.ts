import type { X509Certificate } from 'node:crypto'
import { isSelfSigned, keyFits, pemOf, readPemChain, readPrivateKey } from '../pem.ts'
import type { Config, ConfigSettings } from './objects.ts'
import { badCertificate, badKey, complaint } from './refusals.ts'

/** What a request does to the certificate of a config whose other settings are already merged. */
export function readTls(body: Record<string, unknown>, protocol: ConfigSettings['protocol'], before: Config['tls']) {
  const { ssl_cert: certificate, ssl_key: key } = body
  const given = isGiven(certificate) || isGiven(key)
  if (protocol !== 'https') {
    if (given) throw complaint(400, { field: 'ssl_cert', reason: 'SSL is only available with the https protocol' })
    return undefined
  }
  if (!given) {
    if (before) return before
    throw complaint(400, { field: 'ssl_cert', reason: 'ssl_cert and ssl_key are required with https' })
  }
  if (!isGiven(certificate)) throw complaint(400, { field: 'ssl_cert', reason: 'ssl_cert is required with ssl_key' })
  if (!isGiven(key)) throw complaint(400, { field: 'ssl_key', reason: 'ssl_key is required with ssl_cert' })
  return checked(String(certificate), String(key))
}

const isGiven = (value: unknown) => value !== undefined && value !== null && value !== ''

/** RSA only, without a passphrase; the leaf first, then the issuers it needs (techdocs, TLS/SSL termination). */
function checked(certificate: string, privateKey: string): NonNullable<Config['tls']> {
  const key = readPrivateKey(privateKey, ['PRIVATE KEY', 'RSA PRIVATE KEY'])
  const chain = chainIn(certificate)
  if (key === undefined || chain === undefined) throw complaint(400, badKey, badCertificate)
  const [leaf] = chain
  if (key.asymmetricKeyType !== 'rsa' || !keyFits(key, leaf)) throw complaint(400, badKey, badCertificate)
  if (!isLinked(chain)) throw complaint(400, badCertificate)
  return { chainPem: pemOf(chain), privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

function chainIn(text: string): [X509Certificate, ...X509Certificate[]] | undefined {
  try {
    const { leaf, issuers } = readPemChain(text)
    return [leaf, ...issuers]
  } catch {
    return undefined
  }
}

const isLinked = ([leaf, ...issuers]: [X509Certificate, ...X509Certificate[]]) =>
  issuers.length === 0
    ? isSelfSigned(leaf)
    : issuers.every((issuer, index) => {
        const issued = index === 0 ? leaf : issuers[index - 1]
        return issued?.checkIssued(issuer) === true && issued.verify(issuer.publicKey)
      })

/** What the API shows of a certificate: never itself. */
export function shownTls(tls: Config['tls']) {
  if (tls === undefined) return { ssl_commonname: '', ssl_fingerprint: '', ssl_cert: null, ssl_key: null }
  const { leaf } = readPemChain(tls.chainPem)
  return {
    ssl_commonname: /(?:^|\n)CN=([^\n]+)/.exec(leaf.subject ?? '')?.[1] ?? '',
    // SHA-1, upper-case hex with colons.
    ssl_fingerprint: leaf.fingerprint,
    ssl_cert: '<REDACTED>',
    ssl_key: '<REDACTED>',
  }
}
