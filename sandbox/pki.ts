import 'reflect-metadata'
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  X509Certificate as NodeCertificate,
  webcrypto,
} from 'node:crypto'
import { promisify } from 'node:util'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto)

export type KeyKind = 'ecdsa-p256' | 'rsa-2048'

export interface KeyPair {
  /** PKCS#8. */
  readonly privateKeyPem: string
  readonly publicKey: KeyObject
}

export interface LeafRequest {
  readonly publicKey: KeyObject
  readonly names: readonly string[]
  /** IP addresses, for servers on this machine. */
  readonly addresses?: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** A subject with this common name; without it the subject is empty. */
  readonly commonName?: string
  /** Default: true. Some profiles leave the subject key identifier out. */
  readonly subjectKeyId?: boolean
}

export interface IssuedCertificate {
  readonly leafPem: string
  /** The leaf and the intermediate; the root is not in it. */
  readonly chainPem: string
  /** Upper-case hex, as `node:crypto` prints it. */
  readonly serial: string
  /** SHA-256 of the leaf's DER, lower-case hex. */
  readonly fingerprint: string
  /** `base64url(AKI) . base64url(serial)` (RFC 9773 §4.1). */
  readonly certId: string
  readonly names: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
}

/** All there is to an authority, for its owner to keep in a folder. */
export interface AuthorityPems {
  readonly rootPem: string
  readonly rootKeyPem: string
  readonly intermediatePem: string
  readonly intermediateKeyPem: string
}

export interface Authority {
  readonly pems: AuthorityPems
  /** What clients must trust. */
  readonly rootPem: string
  issue(request: LeafRequest): Promise<IssuedCertificate>
}

/** A certificate and its key, in the names that `node:https` and `node:tls` take. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

const DAY = 86_400_000
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const ALGORITHMS = {
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const

const generate = promisify(generateKeyPair)

export async function newKeyPair(kind: KeyKind): Promise<KeyPair> {
  const { privateKey, publicKey } =
    kind === 'rsa-2048'
      ? await generate('rsa', { modulusLength: 2048 })
      : await generate('ec', { namedCurve: 'prime256v1' })
  return { privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), publicKey }
}

export async function createAuthority({ name, now = new Date() }: { name: string; now?: Date }): Promise<Authority> {
  const [root, intermediate] = [await newKeyPair('ecdsa-p256'), await newKeyPair('ecdsa-p256')]
  const validity = { notBefore: new Date(now.getTime() - 365 * DAY), notAfter: new Date(now.getTime() + 7_300 * DAY) }
  const rootName = `CN=${name} Root`
  const rootCertificate = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: rootName,
    issuer: rootName,
    publicKey: spki(root.publicKey),
    signingKey: signingKey(root.privateKeyPem),
    extensions: await issuerExtensions(root.publicKey, root.publicKey),
  })
  const intermediateCertificate = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: `CN=${name} E1`,
    issuer: rootName,
    publicKey: spki(intermediate.publicKey),
    signingKey: signingKey(root.privateKeyPem),
    extensions: await issuerExtensions(intermediate.publicKey, root.publicKey, 0),
  })
  return restoreAuthority({
    rootPem: pem(rootCertificate),
    rootKeyPem: root.privateKeyPem,
    intermediatePem: pem(intermediateCertificate),
    intermediateKeyPem: intermediate.privateKeyPem,
  })
}

export function restoreAuthority(pems: AuthorityPems): Authority {
  const issuer = new x509.X509Certificate(pems.intermediatePem)
  const issuerKey = createPublicKey(pems.intermediatePem)
  return {
    pems,
    rootPem: pems.rootPem,
    async issue(request) {
      const certificate = await x509.X509CertificateGenerator.create({
        issuer: issuer.subject,
        ...(request.commonName === undefined ? {} : { subject: [{ CN: [request.commonName] }] }),
        notBefore: request.notBefore,
        notAfter: request.notAfter,
        publicKey: spki(request.publicKey),
        signingKey: signingKey(pems.intermediateKeyPem),
        extensions: await leafExtensions(request, issuerKey),
      })
      return issued(certificate, pems.intermediatePem, request.names)
    },
  }
}

/** A placeholder that nobody trusts: what a balancer serves before its first real certificate. */
export async function selfSigned(
  kind: KeyKind,
  { names, notBefore, notAfter }: Pick<LeafRequest, 'names' | 'notBefore' | 'notAfter'>,
): Promise<Identity> {
  const { privateKeyPem, publicKey } = await newKeyPair(kind)
  const commonName = names[0] ?? 'placeholder'
  const subject = [{ CN: [commonName] }]
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: subject,
    notBefore,
    notAfter,
    publicKey: spki(publicKey),
    signingKey: signingKey(privateKeyPem),
    extensions: await leafExtensions({ publicKey, names, notBefore, notAfter, commonName }, publicKey),
  })
  return { cert: pem(certificate), key: privateKeyPem }
}

/** For the sandbox's own https endpoints on this machine. */
export async function serverCertificate(authority: Authority, now = new Date()): Promise<Identity> {
  const { privateKeyPem, publicKey } = await newKeyPair('ecdsa-p256')
  const { chainPem } = await authority.issue({
    publicKey,
    names: ['localhost'],
    addresses: ['127.0.0.1', '::1'],
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + 3_650 * DAY),
  })
  return { cert: chainPem, key: privateKeyPem }
}

/** What a certificate signing request asks for; undefined when it cannot be read or its signature is wrong. */
export async function readCsr(
  der: Uint8Array<ArrayBuffer>,
): Promise<{ names: string[]; publicKey: KeyObject } | undefined> {
  try {
    const csr = new x509.Pkcs10CertificateRequest(der)
    if (!(await csr.verify())) return undefined
    const san = csr.getExtension('2.5.29.17')
    const names = san instanceof x509.SubjectAlternativeNameExtension ? san.names.items : []
    const all = [...csr.subjectName.getField('CN'), ...names.map(({ type, value }) => (type === 'dns' ? value : type))]
    const publicKey = createPublicKey({ key: Buffer.from(csr.publicKey.rawData), format: 'der', type: 'spki' })
    return { names: [...new Set(all.map((name) => name.toLowerCase()))], publicKey }
  } catch {
    return undefined
  }
}

const spki = (key: KeyObject) => new Uint8Array(key.export({ type: 'spki', format: 'der' }))

function signingKey(privateKeyPem: string): webcrypto.CryptoKey {
  const key = createPrivateKey(privateKeyPem)
  return key.toCryptoKey(ALGORITHMS[key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec'], false, ['sign'])
}

const pem = (certificate: x509.X509Certificate) => `${certificate.toString('pem').trim()}\n`

async function issuerExtensions(subject: KeyObject, issuer: KeyObject, pathLength?: number) {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(spki(subject)),
    await x509.AuthorityKeyIdentifierExtension.create(spki(issuer)),
  ]
}

async function leafExtensions(request: LeafRequest, issuer: KeyObject) {
  const { publicKey, names, addresses = [], commonName, subjectKeyId = true } = request
  const rsa = publicKey.asymmetricKeyType === 'rsa' ? x509.KeyUsageFlags.keyEncipherment : 0
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | rsa, true),
    new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
    // Critical when the subject is empty (RFC 5280 §4.2.1.6).
    new x509.SubjectAlternativeNameExtension(
      [
        ...names.map((value) => ({ type: 'dns' as const, value })),
        ...addresses.map((value) => ({ type: 'ip' as const, value })),
      ],
      commonName === undefined,
    ),
    await x509.AuthorityKeyIdentifierExtension.create(spki(issuer)),
    ...(subjectKeyId ? [await x509.SubjectKeyIdentifierExtension.create(spki(publicKey))] : []),
  ]
}

function issued(certificate: x509.X509Certificate, issuerPem: string, names: readonly string[]): IssuedCertificate {
  const leafPem = pem(certificate)
  const node = new NodeCertificate(leafPem)
  const keyId = certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId ?? ''
  const serial = Buffer.from(
    node.serialNumber.padStart(node.serialNumber.length + (node.serialNumber.length % 2), '0'),
    'hex',
  )
  // The DER of a positive INTEGER begins with 00 when the high bit is set.
  const content = (serial[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), serial]) : serial
  return {
    leafPem,
    chainPem: `${leafPem}${issuerPem}`,
    serial: node.serialNumber,
    fingerprint: node.fingerprint256.replaceAll(':', '').toLowerCase(),
    certId: `${Buffer.from(keyId, 'hex').toString('base64url')}.${content.toString('base64url')}`,
    names,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  }
}
