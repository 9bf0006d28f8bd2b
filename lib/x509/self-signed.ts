import { createHash, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { after, DAY, HOUR } from '../platform/clock.ts'
import type { Certificate, CertificateSpec, KeyAlgorithm } from '../types.ts'
import { publicCertificate } from './certificate.ts'
import { bitString, element, objectIdentifier, sequence, set, time } from './der-writer.ts'
import { ipOctets } from './ip-address.ts'
import { generateKey } from './key.ts'

/** For clocks that differ. */
const BACKDATED = HOUR
/** The upper bound of a common name (RFC 5280, appendix A.1: ub-common-name). */
const LONGEST_COMMON_NAME = 64

/** The hash of each signature, and its AlgorithmIdentifier (RFC 8017, appendix A.2.4; RFC 5758 §3.2). */
const RSA = {
  hash: 'sha256',
  identifier: sequence(objectIdentifier('2a864886f70d01010b'), element(0x05, Buffer.alloc(0))),
}
const P256 = { hash: 'sha256', identifier: sequence(objectIdentifier('2a8648ce3d040302')) }
const P384 = { hash: 'sha384', identifier: sequence(objectIdentifier('2a8648ce3d040303')) }
const SIGNATURES = {
  'ecdsa-p256': P256,
  'ecdsa-p384': P384,
  'rsa-2048': RSA,
  'rsa-3072': RSA,
  'rsa-4096': RSA,
} as const satisfies Record<KeyAlgorithm, { hash: string; identifier: Buffer }>

/**
 * A certificate that is signed with its own key, for whoever is told to trust just this one; it can sign no other. `names` are
 * DNS names and IP addresses.
 */
export async function createSelfSigned(
  { names, key }: Pick<CertificateSpec, 'names' | 'key'>,
  days: number,
  now: Date,
): Promise<Certificate> {
  const privateKeyPem = await generateKey(key)
  const privateKey = createPrivateKey(privateKeyPem.reveal())
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const { hash, identifier } = SIGNATURES[key]
  const issuer = nameOf(names)
  // TBSCertificate, of version 3 (RFC 5280 §4.1)
  const body = sequence(
    element(0xa0, element(0x02, Buffer.of(2))),
    element(0x02, serialNumber()),
    identifier,
    issuer,
    sequence(time(after(now, -BACKDATED)), time(after(now, days * DAY))),
    issuer,
    publicKey,
    element(0xa3, extensions(names, publicKey)),
  )
  const der = sequence(body, identifier, bitString(sign(hash, body, privateKey)))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  return { ...publicCertificate(pem), privateKeyPem }
}

/** Subject and issuer alike: an organization and a common name. */
function nameOf(names: readonly string[]): Buffer {
  const commonName = names.find((name) => name.length <= LONGEST_COMMON_NAME) ?? 'self-signed'
  const attribute = (identifier: string, value: string) =>
    set(sequence(objectIdentifier(identifier), element(0x0c, Buffer.from(value))))
  return sequence(attribute('55040a', 'newleaf self-signed'), attribute('550403', commonName))
}

/** Those of a server's certificate (RFC 5280 §4.2.1). */
function extensions(names: readonly string[], publicKey: Buffer): Buffer {
  const critical = element(0x01, Buffer.of(0xff))
  const extension = (identifier: string, value: Buffer, ...flags: Buffer[]) =>
    sequence(objectIdentifier(identifier), ...flags, element(0x04, value))
  const keyIdentifier = createHash('sha256').update(publicKey).digest().subarray(0, 20) // as RFC 7093 §2 allows
  return sequence(
    extension('551d13', sequence(), critical), // basicConstraints: no authority
    extension('551d0f', element(0x03, Buffer.of(7, 0x80)), critical), // keyUsage: digitalSignature
    extension('551d25', sequence(objectIdentifier('2b06010505070301'))), // extKeyUsage: serverAuth
    extension('551d11', sequence(...names.map(generalName))), // subjectAltName
    extension('551d0e', element(0x04, keyIdentifier)), // subjectKeyIdentifier
  )
}

/** By the numbers of GeneralName (RFC 5280 §4.2.1.6). */
const generalName = (name: string): Buffer =>
  isIP(name) === 0 ? element(0x82, Buffer.from(name, 'latin1')) : element(0x87, ipOctets(name))

/** Positive, and with enough randomness (RFC 5280 §4.1.2.2; CA/Browser Forum, baseline requirements 7.1). */
function serialNumber(): Buffer {
  const octets = randomBytes(16)
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40
  return octets
}
