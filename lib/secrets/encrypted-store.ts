import { randomBytes } from 'node:crypto'
import { Failure } from '../errors.ts'
import { retryOnConflict } from '../platform/retry-on-conflict.ts'
import type { Secret } from '../platform/secret.ts'
import type { SecretStore } from '../ports.ts'
import { type Item, type Keyring, seal, unseal, versionOf } from './envelope.ts'
import type { Keys } from './keyring.ts'
import { checkedName } from './names.ts'
import { activated, type Entry, entries, formatStages, parseStages, type Stages } from './stages.ts'

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
  /** As it stands in messages. */
  location(seen: Seen, file: string): string
}

const SEALED = '.sealed'
export const isSealed = (file: string): boolean => file.startsWith('@') && file.endsWith(SEALED)

export function encryptedStore<Seen extends Look>(backend: BlobBackend<Seen>, keys: Keys): SecretStore {
  return {
    async read(name, stage) {
      checkedName(name)
      const keyring = await keys.existing()
      if (keyring === undefined) return undefined
      const sealed = sealedIn(backend, keyring)
      let overtaken = 0
      const found = await retryOnConflict(name, async () => {
        const { seen, stages } = await sealed.look(name)
        const entry = stages[stage]
        if (entry === undefined) return { stored: undefined }
        const value = await sealed.open(name, seen, entry)
        if (value !== undefined) return { stored: { version: entry.version, value } }
        if (seen.number === overtaken) throw missing(name, backend.location(seen, entry.file))
        overtaken = seen.number // it was let go of after we had looked, or it is lost: look again
        return undefined
      })
      return found.stored
    },

    async stage(name, value) {
      checkedName(name)
      const keyring = await keys.made()
      const sealed = sealedIn(backend, keyring)
      const version = versionOf(keyring, name, value)
      return retryOnConflict(name, async () => {
        const { seen, stages } = await sealed.look(name)
        const files = seen.number === 0 ? [] : await backend.files(seen)
        const here = (entry: Entry | undefined) => entry?.version === version && files.includes(entry.file)
        if (here(stages.pending)) return version
        const pending = entries(stages).find(here) ?? (await sealed.add(seen, { name, version }, value))
        return pending && (await sealed.move(name, seen, { ...stages, pending })) ? version : undefined
      })
    },

    async activate(name, version, expected) {
      checkedName(name)
      const sealed = sealedIn(backend, await keys.made())
      await retryOnConflict(name, async () => {
        const { seen, stages } = await sealed.look(name)
        const next = activated(name, stages, version, expected)
        return next === undefined || (await sealed.move(name, seen, next)) || undefined
      })
    },

    async remove(name) {
      await backend.remove(checkedName(name))
      return 'removed'
    },
  }
}

/** A backend of which nothing is seen but what its record and its files hold, opened. */
const sealedIn = <Seen extends Look>(backend: BlobBackend<Seen>, keyring: Keyring) => ({
  async look(name: string): Promise<{ seen: Seen; stages: Stages }> {
    const seen = await backend.look(checkedName(name))
    return { seen, stages: seen.number === 0 ? {} : parseStages(keyring, name, seen.number, seen.bytes) }
  },

  /** Undefined: the file is not there any more. */
  async open(name: string, seen: Seen, { version, file }: Entry): Promise<Secret | undefined> {
    const bytes = await backend.read(seen, file)
    return bytes && unseal(keyring, { name, version }, bytes)
  },

  /** Each write has a file of its own, so that nobody removes what another has just written. Undefined: somebody did. */
  async add(seen: Seen, item: Item, value: Secret): Promise<Entry | undefined> {
    const file = `@${item.version}-${randomBytes(8).toString('hex')}${SEALED}`
    return (await backend.add(seen, file, seal(keyring, item, value))) ? { version: item.version, file } : undefined
  },

  /** Files that no stage refers to are removed once the move is done: those let go of, and those left by a crash. */
  async move(name: string, seen: Seen, stages: Stages): Promise<boolean> {
    const kept = entries(stages).map(({ file }) => file)
    const files = await backend.files(seen)
    const obsolete = files.filter((file) => file.endsWith(SEALED) && !kept.includes(file))
    return backend.move(seen, formatStages(keyring, name, seen.number + 1, stages), obsolete)
  },
})

const missing = (name: string, location: string) =>
  new Failure('STORE_UNREADABLE', `the secret ${name} is damaged: ${location} is missing; restore it from a backup`, {
    fields: { secret: name, location },
  })
