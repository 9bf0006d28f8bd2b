import { randomBytes } from 'node:crypto'
import { Failure } from '../errors.ts'
import type { Secret } from '../platform/secret.ts'
import { type Item, isSealedWith, seal, unseal } from './envelope.ts'
import type { OpenKeys } from './keyring.ts'
import { type Entry, entries, formatStages, isProvedBy, parseStages, type Stages } from './stages.ts'

/** What lay on a shelf under one name at one moment. */
export interface Look {
  /** Of the record: it grows by one with every change. 0: there is none. */
  readonly number: number
  readonly bytes: Buffer
}

/**
 * Where a secret is kept sealed: files that never change, and one record beside them that is changed by compare and swap.
 * - `files` gives those that were there at some moment between the look and the next move.
 * - `add` resolves to whether the file is there now: not if somebody swept meanwhile.
 * - `move` resolves to whether `bytes` are the newest record now; not if somebody was faster than who looked. Only then it
 *   removes the files in `obsolete`: whoever still works with one of them has lost as well.
 */
export interface BlobBackend<Seen extends Look> {
  look(name: string): Promise<Seen>
  files(seen: Seen): Promise<readonly string[]>
  read(seen: Seen, file: string): Promise<Buffer | undefined>
  add(seen: Seen, file: string, bytes: Buffer): Promise<boolean>
  move(seen: Seen, bytes: Buffer, obsolete: readonly string[]): Promise<boolean>
  /** The record first, so that nobody is shown a secret in part; then all files. It succeeds when they are gone. */
  remove(name: string): Promise<void>
  /** Of all secrets of which there is a record or a file. */
  names(): Promise<readonly string[]>
  /** As it stands in messages. */
  location(seen: Seen, file: string): string
}

const SEALED = '.sealed'
export const isSealed = (file: string): boolean => file.startsWith('@') && file.endsWith(SEALED)

/** A backend of which nothing is seen but what its record and its files hold, opened. */
export const sealedIn = <Seen extends Look>(backend: BlobBackend<Seen>, { active, former }: OpenKeys) => ({
  stagesIn: (name: string, { number, bytes }: Seen): Stages =>
    number === 0 ? {} : parseStages([active, ...former], name, number, bytes),

  /** Whether the record and every file that it names are sealed with the active key. */
  async isActive(name: string, seen: Seen): Promise<boolean> {
    if (!isProvedBy(active, name, seen.number, seen.bytes)) return false
    const files = entries(parseStages([active], name, seen.number, seen.bytes)).map(({ file }) =>
      backend.read(seen, file),
    )
    return (await Promise.all(files)).every((bytes) => bytes === undefined || isSealedWith(active, bytes))
  },

  /** Undefined: the file is not there any more. */
  async open(name: string, seen: Seen, { version, file }: Entry): Promise<Secret | undefined> {
    const bytes = await backend.read(seen, file)
    return bytes && unseal([active, ...former], { name, version }, bytes)
  },

  /** Each write has a file of its own, so that nobody removes what another has just written. Undefined: somebody did. */
  async add(seen: Seen, item: Item, value: Secret): Promise<Entry | undefined> {
    const file = `@${item.version}-${randomBytes(8).toString('hex')}${SEALED}`
    return (await backend.add(seen, file, seal(active, item, value))) ? { version: item.version, file } : undefined
  },

  /** Files that no stage refers to are removed once the move is done: those let go of, and those left by a crash. */
  async move(name: string, seen: Seen, stages: Stages): Promise<boolean> {
    const kept = entries(stages).map(({ file }) => file)
    const files = await backend.files(seen)
    const obsolete = files.filter((file) => isSealed(file) && !kept.includes(file))
    return backend.move(seen, formatStages(active, name, seen.number + 1, stages), obsolete)
  },
})

export const missing = (name: string, location: string) =>
  new Failure('STORE_UNREADABLE', `the secret ${name} is damaged: ${location} is missing; restore it from a backup`, {
    fields: { secret: name, location },
  })
