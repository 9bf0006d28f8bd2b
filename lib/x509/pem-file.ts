import { createPrivateKey, X509Certificate } from 'node:crypto'
import { Secret } from '../platform/secret.ts'
import { pemOf } from './pem.ts'

/** Of a SEQUENCE, which certificates and keys are in DER; in a text it is a zero. */
const SEQUENCE = 0x30

/** What a file holds as PEM text: as it stands there, or of the certificate or the key that it is in DER. */
export function pemFrom(bytes: Buffer): Secret {
  const der = bytes[0] === SEQUENCE ? (certificateIn(bytes) ?? keyIn(bytes)) : undefined
  return new Secret(der ?? bytes.toString('utf8'))
}

function certificateIn(bytes: Buffer): string | undefined {
  try {
    const { raw } = new X509Certificate(bytes)
    return raw.equals(bytes) ? pemOf('CERTIFICATE', raw.toString('base64')) : undefined
  } catch {
    return undefined // then it is something else
  }
}

function keyIn(key: Buffer): string | undefined {
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    try {
      return createPrivateKey({ key, format: 'der', type }).export({ type: 'pkcs8', format: 'pem' }).toString()
    } catch {} // then it is another, or none
  }
  return undefined
}
