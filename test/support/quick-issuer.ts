/** Real certificates in no time, for tests that need thousands: made like one that the sandbox's authority has issued. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto'
import type { Authority, LeafRequest } from '../../sandbox/pki.ts'

type Request = Pick<LeafRequest, 'publicKey' | 'names' | 'notBefore' | 'notAfter'> & {
  /** What its serial comes from; by chance if not given. */
  readonly serialFrom?: string
}

/** One for a set of names is issued as a whole; every certificate is that one with another key, serial and dates. */
export function quickIssuer(authority: Authority): (request: Request) => Promise<string> {
  const models = new Map<string, { body: Buffer; algorithm: Buffer; request: Request }>()
  const issuerKey = createPrivateKey(authority.pems.intermediateKeyPem)

  return async (request) => {
    const kind = [spki(request.publicKey).length, ...request.names].join(' ')
    const model = models.get(kind) ?? (await modelOf(request))
    models.set(kind, model)
    const body = Buffer.from(model.body)
    for (const part of [({ publicKey }: Request) => spki(publicKey), keyId, dates]) {
      const at = body.indexOf(part(model.request))
      if (at < 0) throw new Error('the model of a certificate does not hold what it was issued for')
      part(request).copy(body, at)
    }
    const serial = body.subarray(11, 11 + (body[10] ?? 0)) // behind the headers, and the five bytes of the version
    const { serialFrom } = request
    const bytes =
      serialFrom === undefined ? randomBytes(serial.length) : createHash('sha256').update(serialFrom).digest()
    bytes.copy(serial)
    serial[0] = 0x40 // positive, and no padding
    const signature = sign('sha256', body, issuerKey)
    const bits = Buffer.concat([Buffer.of(0x03, signature.length + 1, 0), signature])
    return `${toPem(sequence(body, model.algorithm, bits))}${authority.pems.intermediatePem}`
  }

  async function modelOf(request: Request) {
    const [body, algorithm] = partsOf(fromPem((await authority.issue(request)).leafPem))
    if (body === undefined || algorithm === undefined) throw new Error('a certificate is a sequence of three')
    return { body, algorithm, request }
  }
}

/** The public key of a signing request, if that key has signed it. */
export function signedKeyOf(csrPem: string): KeyObject | undefined {
  const [body, , bits] = partsOf(fromPem(csrPem))
  if (body === undefined || bits === undefined) return undefined
  const [, , key] = partsOf(body) // after version and subject
  if (key === undefined) return undefined
  const publicKey = createPublicKey({ key, format: 'der', type: 'spki' })
  const signature = bits.subarray(bits.length - contentLength(bits) + 1)
  return ['sha256', 'sha384'].some((hash) => verify(hash, body, publicKey, signature)) ? publicKey : undefined
}

const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'der' })
/** SHA-1 of the key's bits, as the subject key identifier has it (RFC 5280 §4.2.1.2). */
const keyId = ({ publicKey }: Request) => {
  const bits = partsOf(spki(publicKey))[1] ?? Buffer.alloc(0)
  return createHash('sha1')
    .update(bits.subarray(bits.length - contentLength(bits) + 1))
    .digest()
}
const dates = ({ notBefore, notAfter }: Request) =>
  Buffer.concat([notBefore, notAfter].map((date) => Buffer.concat([Buffer.of(0x17, 13), Buffer.from(utcTime(date))])))
const utcTime = (date: Date) =>
  `${date
    .toISOString()
    .replace(/\.\d+|\D/g, '')
    .slice(2, 14)}Z`

/** The elements in a SEQUENCE, each with its header. */
export function partsOf(der: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let rest = der.subarray(der.length - contentLength(der)); rest.length > 0; ) {
    const end = headerLength(rest) + contentLength(rest)
    parts.push(rest.subarray(0, end))
    rest = rest.subarray(end)
  }
  return parts
}
const headerLength = (der: Buffer) => ((der[1] ?? 0) < 0x80 ? 2 : 2 + ((der[1] ?? 0) & 0x7f))
const contentLength = (der: Buffer) =>
  headerLength(der) === 2 ? (der[1] ?? 0) : der.readUIntBE(2, headerLength(der) - 2)

function sequence(...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const header = Buffer.of(0x30, 0x82, 0, 0)
  header.writeUInt16BE(content.length, 2)
  return Buffer.concat([header, content])
}
export const fromPem = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
const toPem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`
