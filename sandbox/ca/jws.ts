import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto'
import { Problem } from './problem.ts'

export interface JwsHeader {
  readonly alg: string
  readonly url: string
  readonly nonce: string | undefined
  readonly jwk: JsonWebKey | undefined
  readonly kid: string | undefined
}

export interface Jws {
  readonly header: JwsHeader
  readonly payload: Buffer
  readonly signed: Buffer
  readonly signature: Buffer
}

/** What we verify with; ECDSA signatures are r and s side by side (RFC 7518 §3.4). */
const ALGORITHMS: Readonly<Record<string, { kty: string; crv?: string; hash: string }>> = {
  ES256: { kty: 'EC', crv: 'P-256', hash: 'sha256' },
  ES384: { kty: 'EC', crv: 'P-384', hash: 'sha384' },
  RS256: { kty: 'RSA', hash: 'sha256' },
}

const malformed = (detail: string) => new Problem('malformed', detail)

/** Flattened JSON serialization with everything protected (RFC 8555 §6.2). */
export function parseJws(text: string): Jws {
  const jws = object(text, 'The request body is not a JSON object')
  const unknown = Object.keys(jws).find((key) => !['protected', 'payload', 'signature'].includes(key))
  if (unknown !== undefined) throw malformed('A JWS must have protected, payload and signature, and nothing else')
  const [head, payload, signature] = [octets(jws.protected), octets(jws.payload), octets(jws.signature)]
  const header = object(head.toString('utf8'), 'The protected header is not a JSON object')
  const { alg, url, nonce, jwk, kid } = header
  if ('crit' in header || 'b64' in header) throw malformed('The protected header has an extension that is not known')
  if (typeof alg !== 'string' || typeof url !== 'string') throw malformed('The protected header lacks alg or url')
  if ((jwk === undefined) === (kid === undefined)) throw malformed('The protected header needs one of jwk and kid')
  if (kid !== undefined && typeof kid !== 'string') throw malformed('The kid is not a string')
  if (jwk !== undefined && (typeof jwk !== 'object' || jwk === null)) throw malformed('The jwk is not an object')
  return {
    header: {
      alg,
      url,
      nonce: typeof nonce === 'string' ? nonce : undefined,
      jwk: jwk as JsonWebKey | undefined,
      kid: kid as string | undefined,
    },
    payload,
    signed: Buffer.from(`${jws.protected}.${jws.payload}`),
    signature,
  }
}

export function verifyJws({ header, signed, signature }: Jws, jwk: JsonWebKey): void {
  const algorithm = Object.hasOwn(ALGORITHMS, header.alg) ? ALGORITHMS[header.alg] : undefined
  if (algorithm === undefined) {
    const members = { algorithms: Object.keys(ALGORITHMS) }
    throw new Problem('badSignatureAlgorithm', 'The signature algorithm is not one of algorithms', { members })
  }
  if (algorithm.kty !== jwk.kty || algorithm.crv !== jwk.crv) throw malformed('The key does not fit the algorithm')
  const key = accountKey(jwk)
  if (!verify(algorithm.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature)) {
    throw malformed('JWS verification error')
  }
}

/** Public keys only; RSA with 2048 to 4096 bits. */
export function accountKey(jwk: JsonWebKey): KeyObject {
  if ('d' in jwk || 'k' in jwk) throw new Problem('badPublicKey', 'The key is not a public key')
  const key = publicKey(jwk)
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 2048
  if (key === undefined || bits < 2048 || bits > 4096) throw new Problem('badPublicKey', 'The key is not acceptable')
  return key
}

function publicKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** RFC 7638. */
export function thumbprint(jwk: JsonWebKey): string {
  const { crv, e, kty, n, x, y } = jwk
  return createHash('sha256')
    .update(JSON.stringify(kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y }))
    .digest('base64url')
}

/** A payload as an object; undefined for POST-as-GET (RFC 8555 §6.3). */
export function payloadOf({ payload }: Jws): Record<string, unknown> | undefined {
  return payload.length === 0 ? undefined : object(payload.toString('utf8'), 'The payload is not a JSON object')
}

function object(text: string, otherwise: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // said below, in the same words as for any other value
  }
  throw malformed(otherwise)
}

function octets(text: unknown): Buffer {
  if (typeof text !== 'string' || !/^[\w-]*$/.test(text)) throw malformed('A part of the JWS is not base64url')
  return Buffer.from(text, 'base64url')
}
