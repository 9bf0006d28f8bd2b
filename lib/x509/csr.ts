import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { Secret } from '../platform/secret.ts'

/**
 * A certificate signing request, PEM: the names as subjectAltName and an empty subject (RFC 2986). `privateKeyPem` is PKCS#8. The
 * same bytes as acme-client makes, without what that loads and parses for it: a run waits for nothing else here.
 */
export async function createCsr(names: readonly string[], privateKeyPem: Secret): Promise<string> {
  const key = createPrivateKey(privateKeyPem.reveal())
  const { hash, algorithm } = signatureOf(key)
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const info = der(SEQUENCE, VERSION, der(SEQUENCE), publicKey, der(ATTRIBUTES, requested(names)))
  const signature = await signed(hash, info, key)
  const csr = der(SEQUENCE, info, algorithm, der(BIT_STRING, Buffer.of(0), signature))
  const lines = csr.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----`
}

/** Off the main thread: a large RSA key takes milliseconds. */
const signed = (hash: string, data: Buffer, key: KeyObject): Promise<Buffer> =>
  new Promise((resolve, reject) => sign(hash, data, key, (error, made) => (error ? reject(error) : resolve(made))))

const [BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER, SEQUENCE, SET, ATTRIBUTES, DNS_NAME] = [
  0x03, 0x04, 0x06, 0x30, 0x31, 0xa0, 0x82,
]
const VERSION = Buffer.of(0x02, 1, 0)
const NULL = Buffer.of(0x05, 0)

/** An object identifier by its encoded content, in hex. */
const oid = (content: string) => der(OBJECT_IDENTIFIER, Buffer.from(content, 'hex'))
const EXTENSION_REQUEST = oid('2a864886f70d01090e') // 1.2.840.113549.1.9.14
const KEY_USAGE = oid('551d0f') // 2.5.29.15
const SUBJECT_ALT_NAME = oid('551d11') // 2.5.29.17
/** digitalSignature and keyEncipherment (RFC 5280 §4.2.1.3). */
const USAGE = Buffer.of(BIT_STRING, 2, 5, 0xa0)

/** RFC 5758 §3.2 and RFC 4055 §5. */
const signatures = {
  prime256v1: { hash: 'sha256', algorithm: der(SEQUENCE, oid('2a8648ce3d040302')) },
  secp384r1: { hash: 'sha384', algorithm: der(SEQUENCE, oid('2a8648ce3d040303')) },
  rsa: { hash: 'sha256', algorithm: der(SEQUENCE, oid('2a864886f70d01010b'), NULL) },
} as const

function signatureOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  if (asymmetricKeyType === 'rsa') return signatures.rsa
  return asymmetricKeyDetails?.namedCurve === 'secp384r1' ? signatures.secp384r1 : signatures.prime256v1
}

function requested(names: readonly string[]): Buffer {
  const altNames = der(SEQUENCE, ...names.map((name) => der(DNS_NAME, Buffer.from(name, 'ascii'))))
  const extensions = [
    der(SEQUENCE, KEY_USAGE, der(OCTET_STRING, USAGE)),
    der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, altNames)),
  ]
  return der(SEQUENCE, EXTENSION_REQUEST, der(SET, der(SEQUENCE, ...extensions)))
}

/** An element of DER (X.690 §8.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  const octets = length < 0x100 ? [length] : length < 0x10000 ? [length >> 8, length & 0xff] : undefined
  if (octets === undefined) throw new Error('a certificate signing request is too large')
  return Buffer.concat([Buffer.of(tag, 0x80 + octets.length, ...octets), content])
}
