/** What is remembered of the credentials that the configuration refers to, once for all certificates. It holds no secret. */
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { safeParse } from '../platform/safe-parse.ts'
import type { SaltedDigest } from '../platform/salted-digest.ts'
import type { StateStore } from '../ports.ts'
import type { Notified } from './document.ts'
import { date, problems, saltedDigest } from './fields.ts'

export interface CredentialsDocument {
  readonly v: 1
  /** When their vendors were asked last. Absent: never. */
  readonly asked?: Date
  /** A run asks or notifies until then at most. */
  readonly busyUntil?: Date
  /** By the location of what is opened with it: `dns.main`. */
  readonly known: Readonly<Record<string, KnownCredential>>
}

export interface KnownCredential {
  readonly expiresAt?: Date
  /** What its references stood for when that was told. */
  readonly references?: SaltedDigest
  /** By notifier. */
  readonly notified?: Readonly<Record<string, Notified>>
}

const schema = v.object({
  v: v.literal(1),
  asked: v.exactOptional(date),
  busyUntil: v.exactOptional(date),
  known: v.record(
    v.string(),
    v.object({
      expiresAt: v.exactOptional(date),
      references: v.exactOptional(saltedDigest),
      notified: v.exactOptional(problems),
    }),
  ),
})

const NOTHING: CredentialsDocument = { v: 1, known: {} }

/** Each environment has its own: two may have been given one store by mistake. */
export const credentialsKey = (environment: string): string => `credentials/${environment}`

/** A document without a tag if there is none yet. Rejects with STORE_UNREADABLE what is damaged or newer. */
export async function readCredentials(
  environment: string,
  state: Pick<StateStore, 'read'>,
): Promise<{ readonly document: CredentialsDocument; readonly tag: string | undefined }> {
  const key = credentialsKey(environment)
  const stored = await state.read(key)
  if (stored === undefined) return { document: NOTHING, tag: undefined }
  const read = safeParse(schema, stored.document)
  if (read.success) return { document: read.output, tag: stored.tag }
  throw new Failure('STORE_UNREADABLE', `the document ${key} in the state store cannot be read: remove it`)
}
