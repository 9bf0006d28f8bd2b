import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { isGone, type ProcessIdentity } from '../platform/process.ts'
import { safeParse } from '../platform/safe-parse.ts'
import type { Clock, Invocation, StateStore, TxtRecord } from '../ports.ts'
import type { CertificateFacts, Issuer, Listener } from '../types.ts'
import type { Failures } from './failures.ts'
import { type Hidden, withoutFuture } from './future.ts'
import { NEWER, schema } from './schema.ts'
import { carriedOver, schemaOfVersion1 } from './version-1.ts'

/** What newleaf remembers of a certificate beside its secrets. Read by people too: it holds no secret. */
export interface CertificateDocument {
  readonly v: 2
  /** Whose it is: two environments may have been given one store by mistake. */
  readonly environment?: string
  /** Grows with every lease. */
  readonly fence: number
  readonly lease?: LeaseEntry
  /** The order that is under way; `undecided`: of which of its steps nothing clear has come, since when, and in how many runs. */
  readonly order?: Issuer & {
    readonly url: string
    readonly expires?: Date
    readonly undecided?: { readonly step: string; readonly since: Date; readonly runs: number }
  }
  /** TXT values that we wrote, or were about to write. */
  readonly challengeRecords: readonly ChallengeRecord[]
  /** By the id of the target. */
  readonly targets: Readonly<Record<string, TargetEntry>>
  /** Targets that have left the configuration, with certificates of ours that may still be there. */
  readonly orphans: readonly Orphan[]
  /** Things of ours that newleaf does not try to remove any more, for a person to look at: told once, and forgotten after a week. */
  readonly leftBehind?: { readonly what: readonly string[]; readonly since: Date }
  /** The certificate that was current when it was last seen: how long it lives must be known even when the secrets cannot be read. */
  readonly current?: CertificateFacts & {
    readonly authority?: string
    readonly directory?: string
    /** How it is called at that authority (RFC 9773 §4.1). */
    readonly certificateId?: string
  }
  /** Since when on its day all that was looked at as a whole was well, and by which configuration; undefined: at the last such look it was not. */
  readonly looked?: { readonly at: Date; readonly configHash: string }
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
    /** The CA has suggested once that this certificate be replaced at once, whatever it says since. */
    readonly suggestedNow?: boolean
  }
  /** Who asked not to be asked again before this time: `dns`, `balancers/<name>`, `authorities/<directory>`. */
  readonly cooldowns?: Readonly<Record<string, Date>>
  /** What went wrong and is to be tried again, each with its own time. */
  readonly failures?: Failures
  /** By notifier: the problems it was told of, as long as there is trouble. */
  readonly notified?: Readonly<Record<string, Notified>>
  /** When the first of the persistent records lapses by which an authority validates the names (dns-persist-01). */
  readonly persistUntil?: Date
  /** When they were looked at for that. */
  readonly persistSeen?: Date
  /** What was issued in the last seven days. */
  readonly issued: readonly Issued[]
  /** The last fifty, the newest last. */
  readonly events: readonly { readonly at: Date; readonly event: string; readonly detail?: string }[]
  /** When somebody looks again: where the schedule marker stands. */
  readonly nextLook?: Date
}

export interface LeaseEntry {
  readonly holder: string
  readonly fence: number
  /** An earlier version noted none. */
  readonly since?: Date
  /** Who works on it, where whoever starts the run has said so. */
  readonly process?: ProcessIdentity
  readonly invocation?: Invocation
  readonly until: Date
}

export interface ChallengeRecord extends TxtRecord {
  /** The URL of the order whose challenge it answers. An earlier version noted none. */
  readonly order?: string
  readonly since: Date
}

export interface TargetEntry {
  /** As people call it: `fr/edge/https`. */
  readonly name: string
  /** The balancer's name in the configuration. */
  readonly balancer: string
  /** Absent: an earlier version has noted the target, which kept none. */
  readonly listener?: Listener
  /** What the balancer's vendor calls the listener for good. */
  readonly resource?: string
  /** The certificate that it was given last, and the name of its object at the balancer. Absent: none yet. */
  readonly deployed?: { readonly fingerprint: string; readonly object: string; readonly since: Date }
  /** Seen at every address that was ever seen to answer, and at one at least. */
  readonly verified: boolean
  /** By address and port: what is known of it from handshakes from here. */
  readonly addresses: Readonly<Record<string, AddressEntry>>
  /** Names of objects of ours that were uploaded, or may have been. */
  readonly objects: readonly string[]
  /** When it was put right because it did not serve any more what it was given; the last three, within a week. */
  readonly repairs?: readonly Date[]
  /** Those of the objects that are to be deleted, each not before its time. */
  readonly superseded: readonly Superseded[]
}

export interface AddressEntry {
  /** Since when it is known to answer; absent: it never did. */
  readonly answersSince?: Date
  /** When it was first seen to serve what was deployed last. */
  readonly verified?: Date
}

export interface Superseded {
  readonly object: string
  readonly after: Date
}

export interface Orphan {
  /** The target, as people called it. */
  readonly name: string
  readonly balancer: string
  readonly listener?: Listener
  readonly resource?: string
  readonly objects: readonly Superseded[]
  readonly since: Date
}

/** Tries at bringing one and the same certificate to its targets that these refused, or that the wire did not show. */
export interface Rejected {
  readonly fingerprint: string
  readonly tries: number
  readonly since: Date
  /** It is not tried again: after so many tries, or because a person has said so. */
  readonly givenUp?: 'tries' | 'by hand'
}

export interface Notified {
  readonly problems: readonly string[]
  readonly since: Date
}

/** A certificate that was issued; `names` is the hash of its set of names. */
export interface Issued extends Partial<Issuer> {
  readonly at: Date
  readonly names: string
}

const MAX_EVENTS = 50

export const documentKey = (id: string): string => `certificate/${id}`

export const emptyDocument: CertificateDocument = {
  v: 2,
  fence: 0,
  challengeRecords: [],
  targets: {},
  orphans: [],
  issued: [],
  events: [],
}

export function parseDocument(key: string, stored: unknown): CertificateDocument {
  if (v.is(NEWER, stored)) {
    throw new Failure('STORE_UNREADABLE', `the state document ${key} was written by a newer newleaf: run that one`)
  }
  const old = safeParse(schemaOfVersion1, stored)
  if (old.success) return carriedOver(old.output)
  const result = safeParse(schema, stored)
  if (result.success) return result.output
  const path = v.getDotPath((v.is(v.object({ v: v.literal(1) }), stored) ? old : result).issues[0])
  throw new Failure(
    'STORE_UNREADABLE',
    `the state document ${key} is damaged${path === null ? '' : ` at ${path}`}: restore it, or remove it to start anew`,
  )
}

/** The lease that somebody holds at this time. */
export const leaseAt = ({ lease }: Pick<CertificateDocument, 'lease'>, now: Date): LeaseEntry | undefined =>
  lease !== undefined && lease.until > now ? lease : undefined

interface Reader {
  readonly state: Pick<StateStore, 'read'>
  readonly environment: string
  readonly clock: Clock
  /** Who reads; absent: nobody can tell whether a process has ended. */
  readonly process?: ProcessIdentity
}

/**
 * What is remembered of a certificate, and the tag of it; an empty document without a tag if there is nothing yet. A lease whose
 * process is gone has ended; `abandoned` is what it was. Whoever writes it puts back what is `hidden` (`withHidden`). Rejects with STORE_UNREADABLE what is damaged or newer, and with
 * STORE_FOREIGN what another environment remembers.
 */
export async function readDocument(
  id: string,
  { state, environment, clock, process }: Reader,
): Promise<{
  readonly document: CertificateDocument
  readonly hidden: Hidden
  readonly tag: string | undefined
  readonly abandoned?: LeaseEntry
}> {
  const key = documentKey(id)
  const stored = await state.read(key)
  if (stored === undefined) return { document: emptyDocument, hidden: {}, tag: undefined }
  const document = parseDocument(key, stored.document)
  if (document.environment !== undefined && document.environment !== environment) {
    throw new Failure(
      'STORE_FOREIGN',
      `the state document ${key} belongs to the environment "${document.environment}", not to "${environment}": give each its own place in the state store`,
    )
  }
  const now = clock.now()
  const { known, hidden } = withoutFuture(document, now)
  const lease = leaseAt(known, now)
  const isAbandoned = process && lease?.process && isGone(lease.process, process)
  if (!isAbandoned) return { document: known, hidden, tag: stored.tag }
  return { document: { ...known, lease: { ...lease, until: now } }, hidden, tag: stored.tag, abandoned: lease }
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
