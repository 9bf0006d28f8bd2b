import { randomUUID } from 'node:crypto'
import { Failure, isFailure, toFailure } from '../errors.ts'
import { after, MINUTE } from '../platform/clock.ts'
import { gathered, oneByOne } from '../platform/turns.ts'
import { holderText, locked } from '../policy/sentences.ts'
import type { Dependencies, StateStore } from '../ports.ts'
import { type CertificateDocument, documentKey, leaseAt, readDocument } from '../state/document.ts'
import { datedOf, withHidden } from '../state/future.ts'

type Change = (document: CertificateDocument) => CertificateDocument

/**
 * The right to work on one certificate, and its state document. Every write carries the tag of the one before, and the first one
 * that of the reading: what was decided on what was read is done only if nobody has written since.
 */
export interface Lease {
  /** As it was read, or as it was saved last, with what is noted since. */
  readonly document: CertificateDocument
  readonly isHeld: boolean
  /**
   * What an authority says of the clock here. By one that is wrong, nothing that holds something back is written over; by one
   * that is right, what a wrong one noted ahead of it is not written again.
   */
  hearOfClock(clock: 'right' | 'wrong'): void
  readonly isClockWrong: boolean
  /** Takes it, over one that has expired or whose process is gone, with the next fence. Rejects with LOCKED when somebody else has it, or has had it since the reading. */
  hold(change: Change): Promise<void>
  /** Of what was done, and can be done again: it is written with the next saving, and is not known to a run that follows one that is killed before. */
  note(change: Change): void
  /** Before what must be known to a run that follows, whenever this one ends. Each saving renews the lease. Rejects with LOCKED when somebody else has taken it over: whoever hears that must stop. */
  save(change: Change): Promise<void>
  /** Before an effect that another run could suffer from. Rejects with LOCKED when the certificate is no longer ours. */
  ensureHeld(): Promise<void>
  /** What is saved now, by whoever holds the lease. */
  reload(): Promise<CertificateDocument>
  /** The last saving; it gives the lease back. Rejects with LOCKED as `save` does, whether it was held or not. */
  release(change: Change): Promise<void>
}

type Outside = Pick<Dependencies, 'environment' | 'state' | 'clock' | 'log' | 'timeLeft' | 'process' | 'invocation'>

const LONGEST = 15 * MINUTE

/** Reads the state document of a certificate; nothing is held until `hold`. */
export async function openLease(id: string, deps: Outside): Promise<Lease> {
  const { environment, clock, timeLeft, process, invocation } = deps
  const stored = await openDocument(id, deps)
  const holder = randomUUID()
  const fence = stored.document.fence + 1
  const since = clock.now()
  let isHeld = false

  const leased = (next: CertificateDocument): CertificateDocument => {
    const until = after(clock.now(), Math.min(LONGEST, Math.max(timeLeft(), MINUTE)))
    const who = { holder, ...(process && { process }), ...(invocation && { invocation }) }
    return { ...next, environment, fence, lease: { ...who, fence, since, until } }
  }
  const save = (change: Change) => stored.write((known) => leased(change(known)))
  return {
    get document() {
      return stored.document
    },
    get isHeld() {
      return isHeld
    },
    hearOfClock: stored.hearOfClock,
    get isClockWrong() {
      return stored.isClockWrong
    },
    async hold(change) {
      const other = leaseAt(stored.document, clock.now())
      if (other !== undefined) throw new Failure('LOCKED', locked(id, other))
      await save(change)
      isHeld = true
    },
    note: stored.note,
    save,
    async ensureHeld() {
      const { document, isLost } = stored
      if (isLost) throw held(id)
      // Until then nobody else may have taken it; after that a write tells.
      if (leaseAt(document, clock.now()) === undefined) await save((known) => known)
    },
    reload: async () => (await readDocument(id, deps)).document,
    async release(change) {
      await stored.write((known) => {
        const { lease: _given, ...rest } = change(known)
        return { ...rest, environment }
      })
      isHeld = false
    },
  }
}

/** A state document that is written over what was read or written last, and over nothing else. */
interface StoredDocument {
  readonly document: CertificateDocument
  /** Somebody else has written it since: nothing is written any more. */
  readonly isLost: boolean
  readonly hearOfClock: Lease['hearOfClock']
  readonly isClockWrong: boolean
  note(change: Change): void
  /** One after the other, since targets are worked on side by side; changes that wait are written together. Rejects with LOCKED when it is lost. */
  write(change: Change): Promise<void>
}

/** Of one change that is refused though nobody else has written. */
const WRITES = 3

async function openDocument(id: string, deps: Outside): Promise<StoredDocument> {
  const { state, log } = deps
  const key = documentKey(id)
  let { document, hidden, tag, abandoned } = await readDocument(id, deps)
  const stored = withHidden(document, hidden)
  /** In the document, and not written yet. */
  let notes: Change[] = []
  let isLost = false
  let isClockWrong = false

  const write = async (changes: readonly Change[]) => {
    if (isLost) throw held(id)
    const written = notes.length
    const changed = changedBy(changes, document)
    const next = withHidden(changed, hidden)
    const put = await putOver({ key, tag }, next, state)
    if (put === undefined) {
      isLost = true
      throw held(id)
    }
    tag = put
    notes = notes.slice(written)
    document = changedBy(notes, changed)
    const { lease: _over, ...others } = hidden
    if (changed.lease) hidden = others
    if (abandoned === undefined) return
    const [by, since] = [holderText(abandoned), abandoned.since?.toISOString()]
    log.warn('the process that held the lock is gone; it is taken over', { certificate: id, by, since })
    abandoned = undefined
  }

  const together = gathered(oneByOne(), async (changes: readonly Change[]) => {
    await write(changes)
    return []
  })
  return {
    get document() {
      return document
    },
    get isLost() {
      return isLost
    },
    get isClockWrong() {
      return isClockWrong
    },
    hearOfClock(clock) {
      isClockWrong = clock === 'wrong'
      hidden = clock === 'right' ? {} : { ...hidden, ...datedOf(stored) }
    },
    note(change) {
      notes.push(change)
      document = change(document)
    },
    write: (change) => together(id, change),
  }
}

/** Resolves to the new tag; to none where somebody else has written since. */
async function putOver(
  { key, tag }: { readonly key: string; readonly tag: string | undefined },
  next: CertificateDocument,
  state: Pick<StateStore, 'read' | 'write'>,
  left = WRITES,
): Promise<string | undefined> {
  try {
    return await state.write(key, next, tag)
  } catch (error) {
    if (!isFailure(error, 'STATE_CONFLICT')) throw error
  }
  const there = await state.read(key)
  // It may be our own write that stands there, whose answer was lost: the lease in it names us.
  if (there !== undefined && JSON.stringify(there.document) === JSON.stringify(next)) return there.tag
  // Of writes that come at the same time a storage may refuse one for no more than that.
  return there?.tag === tag && left > 1 ? putOver({ key, tag }, next, state, left - 1) : undefined
}

const changedBy = (changes: readonly Change[], document: CertificateDocument): CertificateDocument =>
  changes.reduce((known, change) => change(known), document)

const held = (id: string) =>
  new Failure('LOCKED', `another run is working on "${id}"; it goes on, this one leaves it alone`)

/**
 * Holds the lease while the work lasts. What the work resolves to is saved with the release; when it rejects, nothing is, and
 * that is what is heard, however the release goes.
 */
export async function withLease<T>(
  id: string,
  deps: Outside,
  work: (lease: Lease) => Promise<{ readonly value: T; readonly change: Change }>,
): Promise<T> {
  const lease = await openLease(id, deps)
  await lease.hold((document) => document)
  let done: { readonly value: T; readonly change: Change }
  try {
    done = await work(lease)
  } catch (error) {
    await lease
      .release((document) => document)
      .catch((thrown: unknown) => {
        const { code, message } = toFailure(thrown)
        deps.log.warn('the lock could not be given back; it ends by itself', { code, reason: message })
      })
    throw error
  }
  await lease.release(done.change)
  return done.value
}
