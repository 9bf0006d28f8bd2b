import * as v from 'valibot'
import { Failure } from '../errors.ts'
import type { Clock, StateStore, TxtRecord } from '../ports.ts'
import type { CertificateFacts } from '../types.ts'
import { withoutFuture } from './future.ts'
import { NEWER, schema } from './schema.ts'

/** What newleaf remembers of a certificate beside its secrets. Read by people too: it holds no secret. */
export interface CertificateDocument {
  readonly v: 1
  /** Whose it is: two environments may have been given one store by mistake. */
  readonly environment?: string
  /** Grows with every claim. */
  readonly fence: number
  readonly claim?: Claim
  readonly order?: { readonly authority: string; readonly url: string; readonly expires?: Date }
  /** Values that we wrote, or were about to write. */
  readonly txt: readonly TxtRecord[]
  /** By target: which certificate it was given, under which name. */
  readonly targets: Readonly<Record<string, TargetEntry>>
  /** By target: names of objects of ours that were uploaded, or may have been. */
  readonly uploaded: Readonly<Record<string, readonly string[]>>
  readonly retire: readonly { readonly target: string; readonly name: string; readonly after: Date }[]
  /** The certificate that was current when it was last seen: how long it lives must be known even when the secrets cannot be read. */
  readonly current?: CertificateFacts & { readonly authority?: string }
  /** A new certificate that its targets do not take. */
  readonly rejected?: Rejected
  /** Runs in a row that had not enough time. */
  readonly unfinished?: { readonly count: number; readonly since: Date }
  /** The CA's renewal window, and the certificate it belongs to. */
  readonly window?: {
    readonly fingerprint: string
    readonly start: Date
    readonly end: Date
    readonly checkAfter: Date
    readonly explanation?: string
    /** The CA has said once that this certificate is to be replaced now, whatever it says since. */
    readonly recalled?: boolean
  }
  /** Who asked not to be asked again before this time. */
  readonly waits?: Readonly<Record<string, Date>>
  /** What went wrong and is to be tried again, each with its own time. */
  readonly failures?: Failures
  /** By notifier: the problems it was told of, as long as there is trouble. */
  readonly told?: Readonly<Record<string, Told>>
  /** What was issued in the last seven days, by set of names. */
  readonly issued: readonly Issued[]
  /** The last fifty, the newest last. */
  readonly events: readonly { readonly at: Date; readonly event: string; readonly detail?: string }[]
  /** Where the wake marker stands. */
  readonly wake?: Date
}

export interface Claim {
  readonly owner: string
  readonly fence: number
  readonly until: Date
}

export interface TargetEntry {
  readonly fingerprint: string
  readonly name: string
  readonly since: Date
  /** At every address that was ever seen to answer, and at one at least. */
  readonly verified: boolean
  /** By address and port: what is known of it from handshakes from here. */
  readonly addresses?: Readonly<Record<string, AddressEntry>>
}

export interface AddressEntry {
  /** Since when it is known to answer; absent: it never did. */
  readonly answersSince?: Date
  /** When it was first seen to serve this very certificate. */
  readonly verified?: Date
}

/** Tries at bringing one and the same certificate to its targets that these refused, or that the wire did not show. */
export interface Rejected {
  readonly fingerprint: string
  readonly tries: number
  readonly since: Date
  /** It is not tried again: after so many tries, or because a person has said so. */
  readonly givenUp?: 'tries' | 'by hand'
}

export interface Told {
  readonly problems: readonly string[]
  readonly since: Date
}

/** A certificate that was issued; `names` is the hash of its set of names. */
export interface Issued {
  readonly at: Date
  readonly names: string
}

/**
 * By what failed: to look at it at all; to issue it; to issue it for more names than the current one has, as long as the old
 * names can be renewed by themselves; to bring a new one to its targets; to bring the current one to them again.
 */
export const ATTEMPTS = ['look', 'issue', 'widen', 'deploy', 'repair'] as const
export type Attempt = (typeof ATTEMPTS)[number]
export type Failures = { readonly [A in Attempt]?: FailureMemory }

export interface FailureMemory {
  readonly count: number
  readonly code: string
  readonly message: string
  readonly step?: string
  /** When the first of them in a row failed. */
  readonly since?: Date
  readonly at: Date
  readonly notBefore: Date
  /** Of the configuration it belongs to: another one starts anew. */
  readonly configHash: string
}

const MAX_EVENTS = 50

export const documentKey = (id: string): string => `certificate/${id}`

export const emptyDocument: CertificateDocument = {
  v: 1,
  fence: 0,
  txt: [],
  targets: {},
  uploaded: {},
  retire: [],
  issued: [],
  events: [],
}

export function parseDocument(key: string, stored: unknown): CertificateDocument {
  if (v.is(NEWER, stored)) {
    throw new Failure('STORE_UNREADABLE', `the state document ${key} was written by a newer newleaf: run that one`)
  }
  const result = v.safeParse(schema, stored)
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0])
  throw new Failure(
    'STORE_UNREADABLE',
    `the state document ${key} is damaged${path === null ? '' : ` at ${path}`}: restore it, or remove it to start anew`,
  )
}

/**
 * What is remembered of a certificate, and the tag of it; an empty document without a tag if there is nothing yet. Rejects with
 * STORE_UNREADABLE what is damaged or newer, and with STORE_FOREIGN what another environment remembers.
 */
export async function readDocument(
  id: string,
  {
    state,
    environment,
    clock,
  }: { readonly state: Pick<StateStore, 'read'>; readonly environment: string; readonly clock: Clock },
): Promise<{ readonly document: CertificateDocument; readonly tag: string | undefined }> {
  const key = documentKey(id)
  const stored = await state.read(key)
  if (stored === undefined) return { document: emptyDocument, tag: undefined }
  const document = parseDocument(key, stored.document)
  if (document.environment !== undefined && document.environment !== environment) {
    throw new Failure(
      'STORE_FOREIGN',
      `the state document ${key} belongs to the environment "${document.environment}", not to "${environment}": give each its own place in the state store`,
    )
  }
  return { document: withoutFuture(document, clock.now()), tag: stored.tag }
}

/** The document with these failures, and without the field when there are none. */
export function withFailures(
  { failures: _earlier, ...document }: CertificateDocument,
  failures: { readonly [A in Attempt]?: FailureMemory | undefined },
): CertificateDocument {
  const left = Object.entries(failures).filter(([, failure]) => failure !== undefined)
  return left.length === 0 ? document : { ...document, failures: Object.fromEntries(left) }
}

export const withEvent = (
  document: CertificateDocument,
  at: Date,
  event: string,
  detail?: string,
): CertificateDocument => ({
  ...document,
  events: [...document.events, { at, event, ...(detail === undefined ? {} : { detail }) }].slice(-MAX_EVENTS),
})
