/** All of the outside, opened, and what every part of a run has of it. */
import type { RunEvent } from './events.ts'
import type { ProcessIdentity } from './platform/process.ts'
import type { SaltedDigest } from './platform/salted-digest.ts'
import type {
  CertificateAuthority,
  ChallengeSolver,
  LoadBalancer,
  Notifier,
  Probe,
  SecretStore,
  StateStore,
} from './ports.ts'

export interface Clock {
  now(): Date
  /** Resolves after this many milliseconds. */
  sleep(milliseconds: number): Promise<void>
}

export type Fields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** Constant messages with fields; only what is safe to show is a field. */
export interface Log {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  /** The same log, with these fields on every record. */
  with(fields: Fields): Log
}

/** A reference that stands in the configuration. */
export interface ConfiguredReference {
  /** `balancers.us.options.token` */
  readonly location: string
  /** `env:NAME`, `secret:NAME#field` */
  readonly text: string
  /** Rejects when it stands for nothing, and tells nobody what it stands for. */
  check(): Promise<void>
}

/** What a part of the configuration is opened with. */
export interface ConfiguredCredential {
  /** Of that part: `balancers.us`, `dns.main`, `secrets`. */
  readonly location: string
  /** When it ends, in the word of its vendor; undefined: it has no end, or nobody can tell. Rejects when it could not be asked. */
  expiresAt(): Promise<Date | undefined>
}

/** One run of a cloud function, as its platform calls it. */
export interface Invocation {
  readonly function: string
  readonly requestId: string
}

/** All of the outside, opened. */
export interface Dependencies {
  readonly environment: string
  /** By name in the configuration. */
  readonly authorities: Readonly<Record<string, CertificateAuthority>>
  readonly solver: ChallengeSolver
  readonly secrets: SecretStore
  readonly state: StateStore
  readonly balancers: Readonly<Record<string, LoadBalancer>>
  readonly probe: Probe
  /** By name in the configuration. */
  readonly notifiers: Readonly<Record<string, Notifier>>
  readonly references: readonly ConfiguredReference[]
  readonly credentials: readonly ConfiguredCredential[]
  /**
   * A digest of what the references at these locations stand for, in the order of the locations; with this salt, or that of the
   * run. One that stands for nothing has a digest as well; rejects when nobody can tell.
   */
  digestReferences(locations: readonly string[], salt?: string): Promise<SaltedDigest>
  /** Whom a lock names as its holder. */
  readonly process?: ProcessIdentity
  readonly invocation?: Invocation
  readonly clock: Clock
  /** Like Math.random. */
  random(): number
  readonly log: Log
  /** Tells who shows this run what happens in it. Never throws. */
  emit(event: RunEvent): void
  /** Milliseconds until this run must have ended. */
  timeLeft(): number
}
