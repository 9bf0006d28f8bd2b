import type { CaaRecord } from '../dns/look-up.ts'
import type { Ending } from '../fault-list.ts'
import type { Authority, Identity } from '../pki.ts'
import { type CaContext, createBackground } from './context.ts'
import { type CaFault, createCaFaults } from './faults.ts'
import { type Ledger, ledgerOf } from './ledger.ts'
import type { Method } from './methods.ts'
import { createNonces } from './nonces.ts'
import { profilesWith } from './profiles.ts'
import { startServer } from './server.ts'
import { type CaState, emptyState, handedBack, type RenewalInfo } from './state.ts'

export interface CaOptions {
  /** On 127.0.0.1; 0 or absent: any free one. */
  readonly port?: number
  /** Under which clients know it, when something stands before it: `https://host:port`. */
  readonly origin?: string
  /** Of its own https endpoint. */
  readonly tls: Identity
  readonly issuer: Authority
  /** Joined TXT values, CNAMEs followed; no record is an empty list, trouble rejects. */
  resolveTxt(name: string): Promise<string[]>
  /** Absent: CAA is not checked. */
  resolveCaa?(name: string): Promise<readonly CaaRecord[]>
  /** What it remembers from before, and goes on writing in; default: nothing. */
  readonly state?: CaState
  /** Called before each answer that tells of a change. */
  save?(state: CaState): void
  /** Of the profile `classic`; default 90. */
  readonly lifetimeDays?: number
  /** Names, and everything under them, that it refuses as `rejectedIdentifier`. */
  readonly blocked?: readonly string[]
  /** Base64url keys by key identifier: only who is bound to one of them gets an account; absent: anyone. */
  readonly externalAccounts?: Readonly<Record<string, string>>
  /** Of the only challenge that it offers for a name; default dns-01. */
  readonly method?: Method
  /** Hand out valid authorizations again while they last; default false. */
  readonly reuseAuthorizations?: boolean
  /** How many of 100 good nonces are refused; default 0. */
  readonly badNoncePercent?: number
  /** The `Retry-After` of what is being worked on; default 1. */
  readonly pollSeconds?: number
  readonly clock?: { now(): Date }
  /** Like Math.random, for `badNoncePercent`. */
  random?(): number
}

export interface Ca {
  /** Where it listens, whatever clients know it under. */
  readonly port: number
  readonly directoryUrl: string
  readonly ledger: Ledger
  /** Returns what ends the fault. */
  misbehave(fault: CaFault): Ending
  /** What `renewalInfo` answers for this serial; undefined: what follows from the dates. */
  setRenewalInfo(serial: string, info: RenewalInfo | undefined): void
  /** What its directory names as the terms of service from now on. */
  setTermsOfService(path: string): void
  close(): Promise<void>
}

/** A CA that speaks RFC 8555 and RFC 9773 over https, and refuses what a real one refuses. */
export async function startCa(options: CaOptions): Promise<Ca> {
  const server = await startServer(options.tls, options.port ?? 0, () => context)
  const context = openOffice(options, options.origin ?? `https://127.0.0.1:${server.port}`)
  return {
    port: server.port,
    directoryUrl: context.url('/directory'),
    ledger: ledgerOf(context, server),
    misbehave: context.faults.add,
    setRenewalInfo(serial, info) {
      const certificate = context.state.certificates.find((each) => each.serial === serial)
      if (certificate === undefined) throw new Error(`this CA has not issued a certificate with serial ${serial}`)
      certificate.renewalInfo = info
      context.save()
    },
    setTermsOfService(path) {
      context.terms = path
    },
    async close() {
      await server.close()
      await context.background.settled()
    },
  }
}

function openOffice(options: CaOptions, origin: string): CaContext {
  const { clock = { now: () => new Date() }, random = Math.random } = options
  const state = handedBack(options.state ?? emptyState())
  return {
    state,
    issuer: options.issuer,
    profiles: profilesWith(options.lifetimeDays ?? 90),
    faults: createCaFaults(),
    nonces: createNonces(),
    blocked: options.blocked ?? [],
    externalAccounts: options.externalAccounts,
    terms: '/terms',
    method: options.method ?? 'dns-01',
    reuseAuthorizations: options.reuseAuthorizations ?? false,
    badNoncePercent: options.badNoncePercent ?? 0,
    pollSeconds: options.pollSeconds ?? 1,
    background: createBackground(),
    resolveTxt: (name) => options.resolveTxt(name),
    resolveCaa: async (name) => options.resolveCaa?.(name) ?? [],
    now: () => clock.now(),
    random,
    nextId: () => String(++state.lastId),
    url: (path) => origin + path,
    save: () => options.save?.(state),
  }
}
