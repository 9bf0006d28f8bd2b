import { createHmac, type KeyObject, sign } from 'node:crypto'
import { Failure } from '../errors.ts'
import type { Secret } from '../platform/secret.ts'

/** A JSON Web Signature in its flattened form (RFC 7515 §7.2.2): the body of every POST to a CA. */
export interface Jws {
  readonly protected: string
  readonly payload: string
  readonly signature: string
}

/** An algorithm of RFC 7518 §3.1 with its key. */
export interface Signer {
  readonly algorithm: 'ES256' | 'RS256' | 'HS256'
  /** The octets of the signature of these characters. */
  sign(input: string): Buffer
}

/** `header` goes without `alg`, which is the signer's. No payload is an empty one, as of a POST-as-GET (RFC 8555 §6.3). */
export function jws(header: object, payload: object | null, { algorithm, sign }: Signer): Jws {
  const protectedHeader = base64url(JSON.stringify({ alg: algorithm, ...header }))
  const body = payload === null ? '' : base64url(JSON.stringify(payload))
  return { protected: protectedHeader, payload: body, signature: base64url(sign(`${protectedHeader}.${body}`)) }
}

/** With an account's private key: ECDSA on P-256, whose signature is R and S one after the other (RFC 7518 §3.4), or RSA (§3.3). */
export function keySigner(key: KeyObject): Signer {
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  if (asymmetricKeyType === 'rsa') {
    return { algorithm: 'RS256', sign: (input) => sign('sha256', Buffer.from(input), key) }
  }
  if (asymmetricKeyDetails?.namedCurve === 'prime256v1') {
    const encoded = { key, dsaEncoding: 'ieee-p1363' } as const
    return { algorithm: 'ES256', sign: (input) => sign('sha256', Buffer.from(input), encoded) }
  }
  throw new Failure('STORE_UNREADABLE', 'the key of an ACME account is neither ECDSA on P-256 nor RSA')
}

/** With a key that the CA knows, too, in base64url (RFC 8555 §7.3.4). */
export const hmacSigner = (key: Secret): Signer => ({
  algorithm: 'HS256',
  sign: (input) => createHmac('sha256', Buffer.from(key.reveal(), 'base64url')).update(input).digest(),
})

const base64url = (content: string | Buffer): string => Buffer.from(content).toString('base64url')
