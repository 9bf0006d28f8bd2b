import { isFailure } from '../errors.ts'
import { retryOnConflict } from '../platform/retry-on-conflict.ts'
import type { SecretStore, Stage, StoredSecret } from '../ports.ts'
import { versionOf } from './envelope.ts'
import type { Keys, OpenKeys } from './keyring.ts'
import { checkedName } from './names.ts'
import { type BlobBackend, type Look, missing, sealedIn } from './sealed.ts'
import { activated, type Entry, entries } from './stages.ts'
import { rewrapAll, tidyAll } from './upkeep.ts'

export function encryptedStore<Seen extends Look>(backend: BlobBackend<Seen>, keys: Keys): SecretStore {
  /**
   * Before a write. The record first, and then which key the store is sealed with: whoever changes the key writes every record
   * after that, so that what was about to be sealed with the former one comes too late.
   */
  async function look(name: string) {
    const seen = await backend.look(checkedName(name))
    const opened = await keys.made()
    const sealed = sealedIn(backend, opened)
    return { seen, sealed, active: opened.active, stages: sealed.stagesIn(name, seen) }
  }

  return {
    async read(name, stage) {
      checkedName(name)
      const opened = await keys.existing()
      if (opened === undefined) return void (await backend.look(name))
      try {
        return await readStage({ name, stage }, backend, opened)
      } catch (error) {
        const now = isFailure(error, 'STORE_UNREADABLE') ? await keys.changed(opened) : undefined
        if (now === undefined) throw error
        return readStage({ name, stage }, backend, now)
      }
    },

    stage: (name, value) =>
      retryOnConflict(name, async () => {
        const { seen, sealed, active, stages } = await look(name)
        const version = versionOf(active, name, value)
        const files = seen.number === 0 ? [] : await backend.files(seen)
        const here = (entry: Entry | undefined) => entry?.version === version && files.includes(entry.file)
        if (here(stages.pending)) return version
        const pending = entries(stages).find(here) ?? (await sealed.add(seen, { name, version }, value))
        return pending && (await sealed.move(name, seen, { ...stages, pending })) ? version : undefined
      }),

    async activate(name, version, expected) {
      await retryOnConflict(name, async () => {
        const { seen, sealed, stages } = await look(name)
        const next = activated(name, stages, version, expected)
        return next === undefined || (await sealed.move(name, seen, next)) || undefined
      })
    },

    async remove(name) {
      await backend.remove(checkedName(name))
      return 'removed'
    },

    tidy: () => tidyAll(backend, keys),
    rewrap: () => rewrapAll(backend, keys),
  }
}

async function readStage<Seen extends Look>(
  { name, stage }: { readonly name: string; readonly stage: Stage },
  backend: BlobBackend<Seen>,
  keys: OpenKeys,
): Promise<StoredSecret | undefined> {
  const sealed = sealedIn(backend, keys)
  let overtaken = 0
  const found = await retryOnConflict(name, async () => {
    const seen = await backend.look(name)
    const entry = sealed.stagesIn(name, seen)[stage]
    if (entry === undefined) return { stored: undefined }
    const value = await sealed.open(name, seen, entry)
    if (value !== undefined) return { stored: { version: entry.version, value } }
    if (seen.number === overtaken) throw missing(name, backend.location(seen, entry.file))
    overtaken = seen.number // it was let go of after we had looked, or it is lost: look again
    return undefined
  })
  return found.stored
}
