import { createHash, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import acme from 'acme-client'

/** An ACME client that does what it is told, right or wrong: for tests of a CA. Nothing is tried twice. */
export interface RawAcme {
  readonly key: KeyObject
  readonly jwk: JsonWebKey
  /** Set by `register`. */
  kid: string | undefined
  send(method: string, url: string, body?: string, headers?: Record<string, string>): Promise<RawAnswer>
  /** Signs and posts; `undefined` is POST-as-GET. */
  post(url: string, payload: unknown, wrong?: Wrong): Promise<RawAnswer>
  jws(url: string, payload: unknown, wrong?: Wrong): Promise<Record<string, string>>
  register(): Promise<string>
  nonce(): Promise<string>
  close(): void
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the CA sent is looked at in the test.
  readonly json: any
}

/** What differs from a good request. */
export interface Wrong {
  /** Members of the protected header; undefined leaves one out. */
  readonly header?: Record<string, unknown>
  readonly key?: KeyObject
  readonly signature?: string
  readonly contentType?: string
  /** Beside the three members of the JWS. */
  readonly more?: Record<string, unknown>
}

const AGENT = { 'user-agent': 'newleaf-test' }

export const newAccountKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey

export async function rawAcme(ca: { directoryUrl: string }, trusted: string, key = newAccountKey()) {
  const agent = new Agent({ ca: trusted, keepAlive: true })
  const jwk = createPublicKey(key).export({ format: 'jwk' })

  const client: RawAcme = {
    key,
    jwk,
    kid: undefined,
    close: () => agent.destroy(),
    async send(method, url, body, headers = {}) {
      const call = request(url, { method, agent, headers: { ...AGENT, ...headers } })
      call.end(body)
      const [answer] = (await once(call, 'response')) as [IncomingMessage]
      const parts: Buffer[] = []
      for await (const part of answer) parts.push(part)
      const text = Buffer.concat(parts).toString()
      const json = answer.headers['content-type']?.includes('json') ? JSON.parse(text) : undefined
      return { status: answer.statusCode ?? 0, headers: answer.headers as RawAnswer['headers'], text, json }
    },
    async nonce() {
      const { headers } = await client.send('HEAD', directory.newNonce ?? '')
      return headers['replay-nonce'] ?? ''
    },
    async jws(url, payload, { header = {}, key: other, signature, more = {} } = {}) {
      const identity = client.kid === undefined ? { jwk } : { kid: client.kid }
      const head = { alg: algorithm(other ?? key), nonce: await client.nonce(), url, ...identity, ...header }
      const text = payload === undefined ? '' : JSON.stringify(payload)
      const [protectedPart, payloadPart] = [base64url(JSON.stringify(head)), base64url(text)]
      const signed = signature ?? sign64(`${protectedPart}.${payloadPart}`, other ?? key)
      return { protected: protectedPart, payload: payloadPart, signature: signed, ...more }
    },
    async post(url, payload, wrong = {}) {
      const body = JSON.stringify(await client.jws(url, payload, wrong))
      return client.send('POST', url, body, { 'content-type': wrong.contentType ?? 'application/jose+json' })
    },
    async register() {
      const { headers } = await client.post(directory.newAccount ?? '', { termsOfServiceAgreed: true })
      client.kid = headers.location ?? ''
      return client.kid
    },
  }
  const directory: Record<string, string> = (await client.send('GET', ca.directoryUrl)).json
  return { client, directory }
}

const base64url = (text: string) => Buffer.from(text).toString('base64url')

function algorithm(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  return key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'ES384' : 'ES256'
}

const sign64 = (text: string, key: KeyObject): string =>
  sign(algorithm(key) === 'ES384' ? 'sha384' : 'sha256', Buffer.from(text), {
    key,
    dsaEncoding: 'ieee-p1363',
  }).toString('base64url')

/** The TXT value that proves control (RFC 8555 §8.4). */
export function dns01Value({ jwk: { crv, kty, x, y, e, n } }: Pick<RawAcme, 'jwk'>, token: string): string {
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y }
  const thumbprint = createHash('sha256').update(JSON.stringify(members)).digest('base64url')
  return createHash('sha256').update(`${token}.${thumbprint}`).digest('base64url')
}

/** A CSR in DER as base64url, as `finalize` takes it. */
export async function csrFor(names: string[], key: KeyObject = newAccountKey()): Promise<string> {
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const [, csr] = await acme.crypto.createCsr({ altNames: names }, pem)
  return Buffer.from(csr.toString().replace(/-----[^-]+-----|\s/g, ''), 'base64').toString('base64url')
}

/** `403 unauthorized`: a refusal in short. Anything but a problem document shows as what it is. */
export function problemOf({ status, json, headers }: RawAnswer): string {
  const type = headers['content-type']
  if (type !== 'application/problem+json') return `${status} ${type}`
  return `${status} ${String(json.type).replace('urn:ietf:params:acme:error:', '')}`
}
