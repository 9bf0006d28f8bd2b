import type { JsonWebKey } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** All that a CA remembers. It is plain JSON: times are ISO 8601, and objects refer to each other by id. */
export interface CaState {
  lastId: number
  accounts: AccountRecord[]
  orders: OrderRecord[]
  authorizations: AuthorizationRecord[]
  certificates: CertificateRecord[]
}

export interface AccountRecord {
  readonly id: string
  /** Public. */
  jwk: JsonWebKey
  thumbprint: string
  status: 'valid' | 'deactivated'
  /** Absent in what was written before it was kept. */
  contact?: readonly string[]
  /** The key identifier that it is bound to. */
  readonly externalAccount?: string
  readonly createdAt: string
}

export interface StoredProblem {
  readonly type: string
  readonly detail: string
  readonly status: number
}

export interface OrderRecord {
  readonly id: string
  readonly account: string
  readonly names: readonly string[]
  readonly profile: string
  /** The certID of the certificate it takes over from. */
  replaces: string | undefined
  /** `pending` and `ready` follow from the authorizations; these do not. */
  progress: 'open' | 'processing' | 'valid' | 'invalid'
  error: StoredProblem | undefined
  readonly authorizations: readonly string[]
  /** Serial of what was issued. */
  certificate: string | undefined
  readonly expires: string
  readonly createdAt: string
}

export interface AuthorizationRecord {
  readonly id: string
  readonly account: string
  /** Without `*.`. */
  readonly domain: string
  readonly wildcard: boolean
  status: 'pending' | 'valid' | 'invalid' | 'deactivated'
  /** Of its only challenge. */
  challenge: 'pending' | 'processing' | 'valid' | 'invalid'
  readonly token: string
  error: StoredProblem | undefined
  validatedAt: string | undefined
  expires: string
  /** Milliseconds it lasts once it is valid. */
  readonly validFor: number
}

export interface CertificateRecord {
  readonly serial: string
  readonly certId: string
  readonly fingerprint: string
  readonly names: readonly string[]
  readonly profile: string
  readonly account: string
  readonly order: string
  readonly chainPem: string
  readonly notBefore: string
  readonly notAfter: string
  readonly at: string
  /** Serial of its successor. */
  replacedBy: string | undefined
  revokedAt: string | undefined
  /** What `setRenewalInfo` said, instead of what follows from the dates. */
  renewalInfo: RenewalInfo | undefined
}

export interface RenewalInfo {
  /** Sent as it is, so that it can be senseless too. */
  readonly body: unknown
  readonly retryAfter?: string
}

export const emptyState = (): CaState => ({
  lastId: 0,
  accounts: [],
  orders: [],
  authorizations: [],
  certificates: [],
})

/** Keeps a CA's memory in one file of this folder: for `startCa({ ...stateIn(folder), … })`. */
export function stateIn(folder: string): { state: CaState; save(state: CaState): void } {
  const path = join(folder, 'ca.json')
  return {
    state: readState(path),
    save(state) {
      mkdirSync(folder, { recursive: true })
      const beside = `${path}.new`
      const file = openSync(beside, 'w', 0o600)
      writeFileSync(file, JSON.stringify(state, undefined, 2))
      fsyncSync(file)
      closeSync(file)
      renameSync(beside, path)
    },
  }
}

/** What a CA that was killed had in hand can be asked for again. */
export function handedBack(state: CaState): CaState {
  for (const order of state.orders) if (order.progress === 'processing') order.progress = 'open'
  for (const each of state.authorizations) if (each.challenge === 'processing') each.challenge = 'pending'
  return state
}

function readState(path: string): CaState {
  try {
    return { ...emptyState(), ...JSON.parse(readFileSync(path, 'utf8')) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyState()
    throw error
  }
}
