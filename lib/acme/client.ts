import { createPrivateKey } from 'node:crypto'
import { Client, crypto } from 'acme-client'
import type { Secret } from '../platform/secret.ts'
import { inTurns } from '../platform/turns.ts'
import { hmacSigner, jws, keySigner, type Signer } from './jws.ts'
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

/** How a request says whose it is (RFC 8555 §6.2): by the account's URL, or by the key itself where there is no account yet. */
type Identity = { readonly kid: string } | { readonly jwk: object }

/**
 * Signed requests (RFC 8555 §6.2). Nothing is sent twice but what was refused for its nonce, and that with a fresh signature.
 * The key's public form and the key authorizations are acme-client's; its requests are not used, for it repeats them by itself,
 * with a nonce that was used, and for as long as the CA asks it to wait (its issue 103).
 */
export class AcmeClient {
  readonly #transport: Transport
  readonly #nonces: NoncePool
  readonly #signer: Signer
  readonly #jwk: object
  readonly #challenges: Client
  readonly #inTurn = inTurns(AT_ONCE)

  constructor({ privateKeyPem, transport, nonces }: AcmeClientOptions) {
    const pem = privateKeyPem.reveal()
    this.#transport = transport
    this.#nonces = nonces
    this.#signer = keySigner(createPrivateKey(pem))
    this.#jwk = crypto.getJwk(pem)
    this.#challenges = new Client({ directoryUrl: transport.directoryUrl, accountKey: pem })
  }

  /** Without a payload it is a POST-as-GET, which may ask for something else than JSON. */
  async post(
    url: string,
    payload: object | null,
    operation: string,
    accountUrl: string,
    accept?: string,
  ): Promise<AcmeAnswer> {
    const answer = await this.#inTurn(() => this.#send(url, payload, { kid: accountUrl }, accept))
    return succeeded(answer, { authority: this.#transport.authority, operation })
  }

  /** Gives the account of this key, made if need be (RFC 8555 §7.3), and bound to an external one (§7.3.4). */
  async register(payload: object, external: ExternalAccount | undefined): Promise<AcmeAnswer> {
    const { newAccount: url } = await this.#transport.directory()
    const bound = external && {
      externalAccountBinding: jws({ kid: external.kid, url }, this.#jwk, hmacSigner(external.hmac)),
    }
    const answer = await this.#send(url, { ...payload, ...bound }, { jwk: this.#jwk })
    return succeeded(answer, { authority: this.#transport.authority, operation: 'give an account' })
  }

  /** `base64url(SHA-256(key authorization))` (RFC 8555 §8.4). */
  txtValue(token: string): Promise<string> {
    return this.#challenges.getChallengeKeyAuthorization({ type: 'dns-01', url: '', status: 'pending', token })
  }

  async #send(url: string, payload: object | null, identity: Identity, accept?: string): Promise<AcmeAnswer> {
    let nonce = await this.#nonces.take()
    for (let attempt = 0; ; attempt++) {
      const body = jws({ url, nonce, ...identity }, payload, this.#signer)
      const answer = await this.#transport.send('POST', url, JSON.stringify(body), accept)
      const next = answer.headers['replay-nonce']
      if (!isBadNonce(answer)) {
        if (next !== undefined) this.#nonces.keep(next)
        return answer
      }
      // Those that are kept are most likely as old as the refused one; the answer brought a new one (RFC 8555 §6.5).
      this.#nonces.clear()
      if (attempt === BAD_NONCE_RETRIES) return answer
      nonce = next ?? (await this.#nonces.take())
    }
  }
}

const isBadNonce = ({ status, data }: AcmeAnswer): boolean =>
  status === 400 && typeof data === 'object' && data !== null && 'type' in data && data.type === BAD_NONCE
