import * as v from 'valibot'
import { Failure } from '../errors.ts'
import type { TxtRecord } from '../ports.ts'

/** What newleaf remembers of a certificate beside its secrets. Read by people too: it holds no secret. */
export interface CertificateDocument {
  readonly v: 1
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
  /** The CA's renewal window, and the certificate it belongs to. */
  readonly window?: {
    readonly fingerprint: string
    readonly start: Date
    readonly end: Date
    readonly checkAfter: Date
    readonly explanation?: string
  }
  readonly failure?: FailureMemory
  /** By notifier: the problems it was told of, as long as there is trouble. */
  readonly told?: Readonly<Record<string, Told>>
  /** In the last seven days. */
  readonly issued: readonly Date[]
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

const date = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  v.date(),
)
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** Loose at the top: an older newleaf carries along what a newer one noted. */
const schema = v.looseObject({
  v: v.literal(1),
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
  window: v.exactOptional(
    v.object({
      fingerprint: v.string(),
      start: date,
      end: date,
      checkAfter: date,
      explanation: v.exactOptional(v.string()),
    }),
  ),
  failure: v.exactOptional(
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
  ),
  told: v.exactOptional(v.record(v.string(), v.object({ problems: v.array(v.string()), since: date }))),
  issued: v.array(date),
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

export const withEvent = (
  document: CertificateDocument,
  at: Date,
  event: string,
  detail?: string,
): CertificateDocument => ({
  ...document,
  events: [...document.events, { at, event, ...(detail === undefined ? {} : { detail }) }].slice(-MAX_EVENTS),
})
