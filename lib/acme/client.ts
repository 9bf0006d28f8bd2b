import { createPrivateKey } from 'node:crypto'
import { Client } from 'acme-client'
import type { Secret } from '../platform/secret.ts'
import { inTurns } from '../platform/turns.ts'
import type { NoncePool } from './nonces.ts'
import { type AcmeAnswer, succeeded, type Transport } from './transport.ts'

const BAD_NONCE = 'urn:ietf:params:acme:error:badNonce'
/** A CA that refuses half of all nonces still takes 511 of 512 requests. */
const BAD_NONCE_RETRIES = 8
/**
 * As many as there are connections. Whoever waits holds no nonce: Let's Encrypt gives ten at once and twenty a second
 * (letsencrypt.org/docs/rate-limits), and refuses those that have become old.
 */
const AT_ONCE = 10

export interface ExternalAccount {
  readonly kid: string
  readonly hmac: Secret
}

export interface AcmeClientOptions {
  readonly privateKeyPem: Secret
  readonly transport: Transport
  readonly nonces: NoncePool
}

/**
 * Signs with acme-client (RFC 8555 §6.2) and speaks through our transport. Nothing is sent twice but what was refused for its
 * nonce, and that with a fresh signature: acme-client's own retries send a used nonce again (its issue 103).
 */
export class AcmeClient extends Client {
  readonly #transport: Transport
  readonly #inTurn = inTurns(AT_ONCE)

  constructor({ privateKeyPem, transport, nonces }: AcmeClientOptions) {
    super({ directoryUrl: '', accountKey: privateKeyPem.reveal() })
    this.#transport = transport
    this.http.accountKey = createPrivateKey(privateKeyPem.reveal()) // PEM would be parsed anew for each signature

    this.http.maxBadNonceRetries = BAD_NONCE_RETRIES
    this.http.request = async (url, _method, { data } = {}) => {
      const answer = await transport.send('POST', url, JSON.stringify(data))
      const nonce = answer.headers['replay-nonce']
      // acme-client signs the next try with this very nonce; those we keep are most likely as old as the refused one.
      if (isBadNonce(answer)) nonces.clear()
      else if (nonce !== undefined) nonces.keep(nonce)
      return answer
    }
    this.http.getNonce = () => nonces.take()
  }

  /** Signs with the account's URL, or with the key itself where there is none yet. Without a payload it is a POST-as-GET. */
  async post(url: string, payload: object | null, operation: string, accountUrl: string): Promise<AcmeAnswer> {
    const answer = await this.#inTurn(() => this.http.signedRequest(url, payload, { kid: accountUrl }))
    return succeeded(answer, { authority: this.#transport.authority, operation })
  }

  /** Gives the account of this key, made if need be (RFC 8555 §7.3). */
  async register(payload: object, external: ExternalAccount | undefined): Promise<AcmeAnswer> {
    const { newAccount } = await this.#transport.directory()
    if (external) this.http.externalAccountBinding = { kid: external.kid, hmacKey: external.hmac.reveal() }
    const answer = await this.http.signedRequest(newAccount, { ...payload }, { includeExternalAccountBinding: true })
    return succeeded(answer, { authority: this.#transport.authority, operation: 'give an account' })
  }

  /** `base64url(SHA-256(key authorization))` (RFC 8555 §8.4). */
  txtValue(token: string): Promise<string> {
    return this.getChallengeKeyAuthorization({ type: 'dns-01', url: '', status: 'pending', token })
  }
}

const isBadNonce = ({ status, data }: AcmeAnswer): boolean =>
  status === 400 && typeof data === 'object' && data !== null && 'type' in data && data.type === BAD_NONCE
