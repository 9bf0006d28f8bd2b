import * as v from 'valibot'
import { Failure } from '../errors.ts'
import type { Clock, StateStore, TxtRecord } from '../ports.ts'
import { type CertificateFacts, KEY_ALGORITHMS } from '../types.ts'
import { withoutFuture } from './future.ts'

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
  readonly current?: CertificateFacts
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
  readonly verified: boolean
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
 * names can be renewed by themselves; to bring it to its targets.
 */
export const ATTEMPTS = ['look', 'issue', 'widen', 'deploy'] as const
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

/** Only such as can be written again: a year of five digits could not be read the next time. */
const date = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  v.date(),
  v.check((moment) => v.is(v.pipe(v.string(), v.isoTimestamp()), moment.toISOString())),
)
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const failure = v.exactOptional(
  v.object({
    count,
    code: v.string(),
    message: v.string(),
    step: v.exactOptional(v.string()),
    since: v.exactOptional(date),
    at: date,
    notBefore: date,
    configHash: v.string(),
  }),
)

/** Loose at the top: an older newleaf carries along what a newer one noted. */
const schema = v.looseObject({
  v: v.literal(1),
  environment: v.exactOptional(v.string()),
  fence: count,
  claim: v.exactOptional(v.object({ owner: v.string(), fence: count, until: date })),
  order: v.exactOptional(v.object({ authority: v.string(), url: v.string(), expires: v.exactOptional(date) })),
  txt: v.array(v.object({ name: v.string(), value: v.string(), zone: v.string(), provider: v.string() })),
  targets: v.record(
    v.string(),
    v.object({ fingerprint: v.string(), name: v.string(), since: date, verified: v.boolean() }),
  ),
  uploaded: v.record(v.string(), v.array(v.string())),
  retire: v.array(v.object({ target: v.string(), name: v.string(), after: date })),
  current: v.exactOptional(
    v.object({
      names: v.array(v.string()),
      serial: v.string(),
      fingerprint: v.string(),
      keyAlgorithm: v.picklist([...KEY_ALGORITHMS, 'other']),
      notBefore: date,
      notAfter: date,
      issuer: v.string(),
    }),
  ),
  window: v.exactOptional(
    v.object({
      fingerprint: v.string(),
      start: date,
      end: date,
      checkAfter: date,
      explanation: v.exactOptional(v.string()),
      recalled: v.exactOptional(v.boolean()),
    }),
  ),
  waits: v.exactOptional(v.record(v.string(), date)),
  failures: v.exactOptional(v.object({ look: failure, issue: failure, widen: failure, deploy: failure })),
  told: v.exactOptional(v.record(v.string(), v.object({ problems: v.array(v.string()), since: date }))),
  issued: v.array(v.object({ at: date, names: v.string() })),
  events: v.array(v.object({ at: date, event: v.string(), detail: v.exactOptional(v.string()) })),
  wake: v.exactOptional(date),
})

const NEWER = v.object({ v: v.pipe(v.number(), v.minValue(2)) })
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
