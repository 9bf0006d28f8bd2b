import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { Secret } from '../platform/secret.ts'
import type { CertificateFacts, KeyAlgorithm } from '../types.ts'
import { keyAlgorithm } from './certificate.ts'

type KeyParameters = { type: 'ec'; namedCurve: string } | { type: 'rsa'; modulusLength: number }

const parameters: Readonly<Record<KeyAlgorithm, KeyParameters>> = {
  'ecdsa-p256': { type: 'ec', namedCurve: 'P-256' },
  'ecdsa-p384': { type: 'ec', namedCurve: 'P-384' },
  'rsa-2048': { type: 'rsa', modulusLength: 2048 },
  'rsa-3072': { type: 'rsa', modulusLength: 3072 },
  'rsa-4096': { type: 'rsa', modulusLength: 4096 },
}

/** A new private key as PKCS#8 PEM: the only form that `createCsr` reads. It is made off the main thread. */
export async function generateKey(algorithm: KeyAlgorithm): Promise<Secret> {
  const key = await privateKey(parameters[algorithm])
  return new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString())
}

const privateKey = (wanted: KeyParameters): Promise<KeyObject> =>
  new Promise((resolve, reject) => {
    const done = (error: Error | null, _publicKey: KeyObject, key: KeyObject) => (error ? reject(error) : resolve(key))
    if (wanted.type === 'ec') generateKeyPair('ec', { namedCurve: wanted.namedCurve }, done)
    else generateKeyPair('rsa', { modulusLength: wanted.modulusLength }, done)
  })

export const keyAlgorithmOf = (privateKeyPem: Secret): CertificateFacts['keyAlgorithm'] =>
  keyAlgorithm(createPrivateKey(privateKeyPem.reveal()))
