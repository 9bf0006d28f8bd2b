import type { JsonWebKey } from 'node:crypto'
import type { CaaRecord } from '../dns/look-up.ts'
import type { Authority } from '../pki.ts'
import type { CaFaults } from './faults.ts'
import type { Jws } from './jws.ts'
import type { Method } from './methods.ts'
import type { Nonces } from './nonces.ts'
import type { Profiles } from './profiles.ts'
import type { AccountRecord, CaState } from './state.ts'

/** What every endpoint may need. */
export interface CaContext {
  readonly state: CaState
  readonly issuer: Authority
  readonly profiles: Profiles
  readonly faults: CaFaults
  readonly nonces: Nonces
  readonly blocked: readonly string[]
  /** Base64url keys by key identifier; undefined: anyone gets an account. */
  readonly externalAccounts: Readonly<Record<string, string>> | undefined
  /** The path of the terms of service. */
  terms: string
  readonly method: Method
  readonly reuseAuthorizations: boolean
  readonly badNoncePercent: number
  readonly pollSeconds: number
  resolveTxt(name: string): Promise<string[]>
  resolveCaa(name: string): Promise<readonly CaaRecord[]>
  now(): Date
  random(): number
  nextId(): string
  url(path: string): string
  save(): void
  readonly background: Background
}

/** Work that goes on after the answer. It is named after the object that it changes. */
export interface Background {
  start(id: string, work: () => Promise<void>): void
  /** Resolves when nothing works on this object, or on any. */
  settled(id?: string): Promise<void>
}

export function createBackground(): Background {
  const running = new Map<string, Promise<void>>()
  return {
    start(id, work) {
      running.set(
        id,
        work().finally(() => running.delete(id)),
      )
    },
    async settled(id) {
      await (id === undefined ? Promise.all(running.values()) : running.get(id))
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON, a string as it is. */
  readonly body?: object | string
}

/** A request whose signature, nonce and URL are right. */
export interface KeyedRequest {
  readonly jws: Jws
  /** What it was signed with. */
  readonly jwk: JsonWebKey
  /** Undefined: the request carried its key. */
  readonly account: AccountRecord | undefined
}

export interface SignedRequest {
  readonly account: AccountRecord
  readonly jws: Jws
  /** Undefined: POST-as-GET. */
  readonly payload: Record<string, unknown> | undefined
  /** What the path names. */
  readonly id: string
}
