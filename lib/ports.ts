/** The ports: all that is outside, as the story sees it. A contract stands above each; one suite in test/contract runs it against every driver. */
import type { Secret } from './platform/secret.ts'
import type {
  Certificate,
  Contents,
  Deployment,
  Endpoint,
  IssuanceLimit,
  IssuedCertificate,
  KeyFamily,
  Listener,
  ListenerView,
  Notice,
  PublicCertificate,
  RenewalWindow,
  ValidationMethod,
} from './types.ts'

export type * from './dependencies.ts'
export type * from './dns-ports.ts'

export interface Order {
  readonly url: string
  readonly status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'
  /** Empty when the CA does not say. */
  readonly names: readonly string[]
  readonly expires: Date | undefined
  /** What is there to be validated while the order is pending. */
  readonly authorizations: readonly string[]
  /** Where the CSR goes; a CA may say so no sooner than the order is ready. */
  readonly finalize: string | undefined
  /** Where the chain is, once the order is valid. */
  readonly certificate: string | undefined
}

/** One challenge that the CA still waits for. */
export interface DnsChallenge {
  readonly url: string
  readonly authorization: string
  /** The identifier without a wildcard's `*.`. */
  readonly domain: string
  /** `base64url(SHA-256(key authorization))`: the value of the TXT record (RFC 8555 §8.4). Absent: a persistent record answers it. */
  readonly value?: string
}

export interface OrderRequest {
  readonly names: readonly string[]
  readonly profile?: string
  /** The certificate this one takes over from (RFC 9773 §5). */
  readonly replaces?: PublicCertificate
}

/**
 * Speaks RFC 8555 and RFC 9773, knows no DNS. Every method rejects with a Failure that carries the CA's problem.
 * - `newOrder` MUST order again without `replaces` when the CA refuses just that.
 * - `answer` MUST tell the CA to look at all of them before it waits for the verdicts; it rejects unless every one is valid.
 * - `finalize` MUST accept an order that is already processing or valid; it resolves once the order is valid.
 * - `download` MUST try the alternate chains when `take` rejects one with ANSWER_INVALID, and rejects as `take` did for the first.
 * - `check` registers and orders nothing: it rejects when an order with this profile could not even be begun, because the
 *   directory cannot be read or does not offer the profile, or because of the account that there is or would have to be made.
 * - `caaIdentities` is what the CA is called in CAA records, the first of them what a new record names it by; empty: nobody knows.
 * - `accountUrl` is the account that orders are made for, as it is stored; undefined: the first order registers one.
 * - `register` resolves to that account, and registers it where there is none.
 * - `prepare` makes the first round trips of an order, for whoever has other things to wait for before it. It registers nothing
 *   and MUST NOT reject: what goes wrong is told by the method that needs it.
 * - `challengeLabel` is what stands before a name where the TXT value for it belongs. It registers nothing: as long as there is no
 *   account it is that of dns-01, in the same zone. Once there is an order, it MUST be that of its challenges. Absent: that of dns-01.
 * - `newOrder` MUST NOT register an account for a profile that is not offered.
 * - `renewalWindow` MUST reject with CLOCK_WRONG when the CA tells another time than the clock here, and with nothing else:
 *   no answer is undefined.
 */
export interface CertificateAuthority {
  /** The URL of its ACME directory (RFC 8555 §7.1.1): what the same authority is known by, whatever the configuration calls it. */
  readonly directory: string
  /** What it issues for one set of names; absent: it has no such limit. */
  readonly issuanceLimit?: IssuanceLimit
  /** Which of its challenges is answered; dns-01 if absent. */
  readonly validation?: ValidationMethod
  /** Clients do not trust what it issues, and it must not take the place of what they trust. */
  readonly untrusted?: true
  check(request: Pick<OrderRequest, 'profile'>): Promise<void>
  prepare(): Promise<void>
  caaIdentities(): Promise<readonly string[]>
  accountUrl(): Promise<string | undefined>
  register(): Promise<string>
  challengeLabel?(): Promise<string>
  newOrder(request: OrderRequest): Promise<Order>
  readOrder(url: string): Promise<Order>
  challenges(order: Order): Promise<DnsChallenge[]>
  answer(challenges: readonly DnsChallenge[]): Promise<void>
  finalize(order: Order, csrPem: string): Promise<Order>
  /** Resolves to what `take` makes of the PEM chain as the CA sent it, which is hostile input until then. */
  download<T>(order: Order, take: (chainPem: string) => T): Promise<T>
  renewalWindow(certificate: IssuedCertificate): Promise<RenewalWindow | undefined>
  revoke(certificate: PublicCertificate, reason: number): Promise<void>
}

/**
 * - `expiresAt` is a read that changes nothing: when the credential ends that the driver was opened with, in the word of its vendor and
 *   never by a guess; undefined: it has no end, or the vendor tells nobody. It rejects when it was not let ask. Absent: no vendor can tell.
 */
export interface Expiring {
  expiresAt?(): Promise<Date | undefined>
}

export type Stage = 'current' | 'pending' | 'previous'

export interface StoredSecret {
  readonly version: string
  readonly value: Secret
}

/**
 * Names are `account/<authority>`, `certificate/<id>`, or the user's own.
 * - `read` resolves to undefined only when there is none; denied, throttled and broken MUST reject.
 * - `stage` makes the value pending; it MUST leave current as it is, and the same content again MUST make no new version.
 * - `activate` moves current to `version` only if `expected` still is current (undefined: there is none), else it rejects
 *   with SECRET_CONFLICT. What was current becomes previous, and nothing is pending. It MUST succeed when already done.
 * - `remove` removes a secret with all of its versions, and MUST succeed when that is done, in part or in whole, or there is none.
 *   It resolves to `scheduled` where the store keeps it for days more, in which a person can restore it: `read` and `stage` may
 *   reject with STORE_UNREADABLE until then.
 * - `tidy` removes what interrupted writes have left. Absent: they leave nothing.
 * - `rewrap` seals everything with the key that is configured, and resolves to how many secrets were not. It MUST be repeatable, and
 *   lose nothing wherever it is killed. Absent, or undefined: newleaf seals nothing there, its vendor does.
 * - `expiresAt` as at `Expiring`.
 */
export interface SecretStore extends Expiring {
  read(name: string, stage: Stage): Promise<StoredSecret | undefined>
  stage(name: string, value: Secret): Promise<string>
  activate(name: string, version: string, expected: string | undefined): Promise<void>
  remove(name: string): Promise<'removed' | 'scheduled'>
  tidy?(): Promise<void>
  rewrap?(): Promise<number | undefined>
}

export interface StoredDocument {
  readonly document: unknown
  /** Changes with every write. */
  readonly tag: string
}

/**
 * Keys are like paths: `certificate/shop`, `wake/2026-11-22T06:00:00.000Z/shop`.
 * - `read` resolves to undefined only when there is none.
 * - `write` MUST reject with STATE_CONFLICT when `tag` is no longer the newest (undefined: it must not exist). It resolves to the new tag.
 * - `remove` removes these keys, in any order, and MUST succeed when they are gone.
 * - `list` gives the keys that start with `prefix`, sorted by code unit, those up to and including `upTo` only if it is given.
 */
export interface StateStore {
  read(key: string): Promise<StoredDocument | undefined>
  write(key: string, document: unknown, tag: string | undefined): Promise<string>
  remove(...keys: string[]): Promise<void>
  list(prefix: string, upTo?: string): Promise<string[]>
}

/**
 * A driver takes listeners as its own schema gives them; whoever is above it has a `Listener`, which is parsed in between.
 * - `inspect` changes nothing. `keep` are the objects that the next swap would name. It rejects with TARGET_MISSING when the listener is not there, and with TARGET_REFUSED when
 *   something else owns it.
 * - `swap` MUST be repeatable, MUST leave the listener serving the old certificate until the new one is in place, and MUST
 *   keep every other setting and every foreign certificate of the listener, in its order. Where a balancer is full it MAY
 *   delete objects of ours that are bound nowhere, the oldest first, and MUST NOT delete those named in `keep`, nor the
 *   newest unbound one of any certificate; it rejects with TARGET_FULL when that is not enough.
 * - `deleteUnused` deletes those of the named objects that are ours by name and bound nowhere, and resolves to the names that
 *   are gone now. In use is not an error: that name is left for later.
 * - `deleteById` deletes what `list` shows with this `id`, whoever has put it there, and resolves to whether it is gone now; it
 *   MUST leave what a listener uses (false). A balancer of which `list` tells no `id` deletes nothing so: it rejects with
 *   TARGET_REFUSED.
 * - `attachFirst` gives its first certificate to a listener that has none, and makes it speak TLS where that is the API's to say.
 *   It MUST reject with TARGET_REFUSED, and change nothing, when the listener has one: that is what `swap` is for. So it MUST when
 *   the listener passes TLS through to what is behind it, unless `cutOffTls` says that this may end.
 * - `detach` takes a deployment of ours off a listener again, so that it serves what it served before, and resolves to whether
 *   it could: what replaces in place keeps nothing to go back to. It MUST NOT leave a listener without any certificate.
 * - `list` changes nothing: all certificates that the load balancer of this listener holds, ours and foreign, and how
 *   many it may hold, where its vendor names a number.
 * - `expiresAt` as at `Expiring`.
 */
export interface LoadBalancer<At = Listener> extends Expiring {
  inspect(listener: At, deployment: Deployment | undefined, keep?: readonly string[]): Promise<ListenerView>
  swap(listener: At, deployment: Deployment<Certificate>, keep?: readonly string[]): Promise<void>
  deleteUnused(listener: At, names: readonly string[]): Promise<string[]>
  deleteById(listener: At, id: string): Promise<boolean>
  attachFirst(listener: At, deployment: Deployment<Certificate>, cutOffTls?: boolean): Promise<void>
  detach(listener: At, name: string): Promise<boolean>
  list(listener: At): Promise<Contents>
}

/** What became of one TLS handshake; `Shows` in types.ts says what the words mean. */
export type Handshake =
  | { readonly result: 'presented'; readonly certificate: PublicCertificate }
  /** `silent`: it accepted the connection, and then not a word came. */
  | { readonly result: 'broken'; readonly reason: string; readonly silent: boolean }
  | { readonly result: 'refused' | 'unreachable'; readonly reason: string }

/**
 * Connects with SNI, accepts any chain, and tells what was presented, as it was presented: to a client that takes keys of any
 * family, or of one alone. What the other side does never rejects; trouble of our own does: with OUT_OF_TIME, or with
 * LOCAL_TROUBLE when this machine cannot open a connection.
 */
export interface Probe {
  handshake(endpoint: Endpoint, serverName: string, only?: KeyFamily): Promise<Handshake>
}

/**
 * - `send` resolves once the other side has taken the notice, and MUST settle within about ten seconds: it keeps a run waiting.
 *   After an answer that was lost a notice may arrive twice.
 */
export interface Notifier {
  send(notice: Notice): Promise<void>
}

/**
 * Hands certificates over to runs elsewhere, one message a certificate.
 * - `send` MUST reject unless the queue has taken every one; after that a message may arrive twice.
 */
export interface Queue {
  send(certificates: readonly Queued[]): Promise<void>
}

/** A certificate that is given away. */
export interface Queued {
  readonly id: string
  /** Keys of all its markers that the schedule's listing has shown, so that whoever takes it need not list. */
  readonly markers: readonly string[]
}
