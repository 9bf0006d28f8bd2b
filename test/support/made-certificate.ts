/** Certificates of any shape, good or bad, for those that read chains. */
import 'reflect-metadata'
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Secret } from '../../lib/platform/secret.ts'
import { generateKey } from '../../lib/x509/key.ts'

x509.cryptoProvider.set(webcrypto)

const DAY = 86_400_000
export const now = new Date('2026-11-22T06:00:00Z')
export const days = (count: number) => new Date(now.getTime() + count * DAY)
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

export interface Made {
  readonly pem: string
  readonly key: Secret
  readonly name: string
}

export interface Wanted {
  readonly name?: string
  readonly ca?: boolean
  readonly names?: readonly string[]
  readonly addresses?: readonly string[]
  readonly usage?: string
  readonly from?: Date
  readonly to?: Date
  /** ECDSA P-256, as is every issuer's. */
  readonly key?: Secret
  readonly hash?: string
  /** Under this name, but signed by another key. */
  readonly signedBy?: Secret
}

let serial = 0

/** Without an issuer it signs itself. */
export async function certificate(issuer: Made | undefined, wanted: Wanted = {}): Promise<Made> {
  const key = wanted.key ?? (await generateKey('ecdsa-p256'))
  const name = wanted.name ?? `CN=certificate ${++serial}`
  const names = (wanted.names ?? []).map((value) => ({ type: 'dns' as const, value }))
  const addresses = (wanted.addresses ?? []).map((value) => ({ type: 'ip' as const, value }))
  const generated = await x509.X509CertificateGenerator.create({
    serialNumber: String(serial).padStart(4, '1'),
    subject: name,
    issuer: issuer?.name ?? name,
    notBefore: wanted.from ?? days(-1),
    notAfter: wanted.to ?? days(89),
    publicKey: new Uint8Array(createPublicKey(key.reveal()).export({ type: 'spki', format: 'der' })),
    signingKey: signing(wanted.signedBy ?? issuer?.key ?? key, wanted.hash),
    signingAlgorithm: { name: 'ECDSA', hash: wanted.hash ?? 'SHA-256' },
    extensions: [
      new x509.BasicConstraintsExtension(wanted.ca ?? false, undefined, true),
      ...(wanted.usage === undefined ? [] : [new x509.ExtendedKeyUsageExtension([wanted.usage])]),
      ...(names.length + addresses.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension([...names, ...addresses])]),
    ],
  })
  return { pem: `${generated.toString('pem')}\n`, key, name }
}

const signing = (key: Secret, hash = 'SHA-256') =>
  createPrivateKey(key.reveal()).toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256', hash }, false, ['sign'])
