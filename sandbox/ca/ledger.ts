import { accountUrl } from './accounts.ts'
import type { CaContext } from './context.ts'
import { type OrderStatus, orderUrl, statusOf } from './orders.ts'
import type { CaServer } from './server.ts'

export interface LedgerAccount {
  readonly url: string
  readonly status: 'valid' | 'deactivated'
  readonly contact: readonly string[]
  /** The key identifier that it is bound to. */
  readonly externalAccount: string | undefined
  readonly at: string
}

export interface LedgerOrder {
  readonly url: string
  readonly account: string
  readonly names: readonly string[]
  readonly profile: string
  readonly replaces: string | undefined
  readonly status: OrderStatus
  readonly at: string
}

export interface LedgerCertificate {
  /** Upper-case hex, as `node:crypto` prints it. */
  readonly serial: string
  readonly certId: string
  /** SHA-256 of the leaf's DER, lower-case hex. */
  readonly fingerprint: string
  readonly names: readonly string[]
  readonly profile: string
  readonly notBefore: string
  readonly notAfter: string
  readonly account: string
  readonly order: string
  readonly at: string
  readonly replacedBy: string | undefined
  readonly revokedAt: string | undefined
}

export interface LedgerRequest {
  readonly method: string
  readonly path: string
  /** 0: the connection was broken off. */
  readonly status: number
  readonly at: string
}

/** What the CA did, for people and tests to read. It holds no secret; times are ISO 8601. */
export interface Ledger {
  readonly accounts: readonly LedgerAccount[]
  readonly orders: readonly LedgerOrder[]
  readonly certificates: readonly LedgerCertificate[]
  /** Since this start. */
  readonly requests: readonly LedgerRequest[]
  /** TLS connections since this start. */
  readonly connections: number
}

export function ledgerOf(context: CaContext, server: Pick<CaServer, 'requests' | 'connections'>): Ledger {
  const { state } = context
  return {
    get accounts() {
      return state.accounts.map(({ id, status, contact = [], externalAccount, createdAt }) => ({
        url: accountUrl(context, id),
        status,
        contact,
        externalAccount,
        at: createdAt,
      }))
    },
    get orders() {
      return state.orders.map((order) => ({
        url: orderUrl(context, order.id),
        account: accountUrl(context, order.account),
        names: order.names,
        profile: order.profile,
        replaces: order.replaces,
        status: statusOf(context, order),
        at: order.createdAt,
      }))
    },
    get certificates() {
      return state.certificates.map(({ chainPem: _, renewalInfo: __, account, order, ...certificate }) => ({
        ...certificate,
        account: accountUrl(context, account),
        order: orderUrl(context, order),
      }))
    },
    get requests() {
      return server.requests
    },
    get connections() {
      return server.connections
    },
  }
}
