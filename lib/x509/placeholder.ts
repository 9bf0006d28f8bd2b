import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import forge from 'node-forge'
import { after, DAY } from '../platform/clock.ts'
import type { Certificate } from '../types.ts'
import { publicCertificate } from './certificate.ts'
import { generateKey } from './key.ts'

/** Yesterday, for clocks differ; and long enough for whoever has to wait for the first renewal. */
const SINCE = -DAY
const UNTIL = 365 * DAY
/** The upper bound of a common name (RFC 5280, appendix A.1: ub-common-name). */
const LONGEST_COMMON_NAME = 64

/**
 * A self-signed certificate that nobody trusts: for a listener that cannot be without one until its first real one comes.
 * `names` are DNS names and IP addresses. RSA 2048, which every load balancer takes.
 */
export async function createPlaceholder(names: readonly string[], now: Date): Promise<Certificate> {
  const { pki, md } = forge
  const privateKeyPem = await generateKey('rsa-2048')
  const key = pki.privateKeyFromPem(privateKeyPem.reveal())
  const certificate = pki.createCertificate()
  certificate.publicKey = pki.setRsaPublicKey(key.n, key.e)
  certificate.serialNumber = serialNumber()
  certificate.validity.notBefore = after(now, SINCE)
  certificate.validity.notAfter = after(now, UNTIL)
  const commonName = names.find((name) => name.length <= LONGEST_COMMON_NAME) ?? 'placeholder'
  const name = [
    { name: 'organizationName', value: 'newleaf placeholder' },
    { name: 'commonName', value: commonName },
  ]
  certificate.setSubject(name)
  certificate.setIssuer(name)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    // No more than this: ACM lets what comes in its place lack none of them (user guide, "Reimport a certificate").
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: [...new Set(names)].map(altName) },
    { name: 'subjectKeyIdentifier' },
  ])
  certificate.sign(key, md.sha256.create())
  return { ...publicCertificate(pki.certificateToPem(certificate).replaceAll('\r\n', '\n')), privateKeyPem }
}

/** By the numbers of GeneralName (RFC 5280 §4.2.1.6). */
const altName = (name: string) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })

/** Positive, and with enough randomness (RFC 5280 §4.1.2.2; CA/Browser Forum, baseline requirements 7.1). */
function serialNumber(): string {
  const octets = randomBytes(16)
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40
  return octets.toString('hex')
}
