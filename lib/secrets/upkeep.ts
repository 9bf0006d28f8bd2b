import { mapConcurrently } from '../platform/concurrency.ts'
import { TEMPORARY } from '../platform/files.ts'
import { retryOnConflict } from '../platform/retry-on-conflict.ts'
import { versionOf } from './envelope.ts'
import type { Keys, OpenKeys } from './keyring.ts'
import { type BlobBackend, isSealed, type Look, missing, sealedIn } from './sealed.ts'
import { type Entry, entries } from './stages.ts'

const CONCURRENCY = 10

/** Removes what interrupted writes have left: files that no record names. Each record is written anew for it, so that whoever is about to name one has lost. */
export async function tidyAll<Seen extends Look>(backend: BlobBackend<Seen>, keys: Keys): Promise<void> {
  if ((await keys.existing()) === undefined) return
  await mapConcurrently(await backend.names(), CONCURRENCY, (name) =>
    retryOnConflict(name, async () => {
      const seen = await backend.look(name)
      const sealed = sealedIn(backend, await keys.made())
      const stages = sealed.stagesIn(name, seen)
      const named = entries(stages).map(({ file }) => file)
      const left = (await backend.files(seen)).filter(
        (file) => file.startsWith(TEMPORARY) || (isSealed(file) && !named.includes(file)),
      )
      return left.length === 0 || (await sealed.move(name, seen, stages)) || undefined
    }),
  )
}

/**
 * Seals every secret with the key that is configured, and resolves to how many were not. Killed anywhere, both keys open the store,
 * and the next call carries on.
 */
export async function rewrapAll<Seen extends Look>(backend: BlobBackend<Seen>, keys: Keys): Promise<number> {
  let count = 0
  for (let change = await keys.change(); change !== undefined; change = await keys.change()) {
    // Until a whole pass has found nothing: a run that was under way may have added a secret meanwhile.
    for (let found = -1; found !== 0; count += found) found = await rewrapOnce(backend, change.keys)
    await change.end()
  }
  await tidyAll(backend, keys) // what a change that was killed has left is sealed with the former key
  return count
}

/** What cannot be opened keeps the others from nothing, and the change from ending. */
async function rewrapOnce<Seen extends Look>(backend: BlobBackend<Seen>, keys: OpenKeys): Promise<number> {
  const failures: unknown[] = []
  const counts = await mapConcurrently(await backend.names(), CONCURRENCY, async (name) => {
    try {
      return (await rewrapOne(name, backend, keys)) ? 1 : 0
    } catch (error) {
      return failures.push(error) && 0
    }
  })
  if (failures.length > 0) throw failures[0]
  return counts.reduce<number>((sum, each) => sum + each, 0)
}

/** Resolves to whether anything of it was sealed with another key than the active one. */
async function rewrapOne<Seen extends Look>(
  name: string,
  backend: BlobBackend<Seen>,
  keys: OpenKeys,
): Promise<boolean> {
  const sealed = sealedIn(backend, keys)
  let overtaken = 0
  return retryOnConflict(name, async () => {
    const seen = await backend.look(name)
    if (seen.number === 0 || (await sealed.isActive(name, seen))) return false
    const next: Record<string, Entry> = {}
    for (const [stage, entry] of Object.entries(sealed.stagesIn(name, seen)) as [string, Entry][]) {
      const value = await sealed.open(name, seen, entry)
      if (value === undefined && seen.number === overtaken) throw missing(name, backend.location(seen, entry.file))
      if (value === undefined) {
        overtaken = seen.number
        return undefined
      }
      const version = versionOf(keys.active, name, value)
      const same = Object.values(next).find((each) => each.version === version)
      const added = same ?? (await sealed.add(seen, { name, version }, value))
      if (added === undefined) return undefined
      next[stage] = added
    }
    return (await sealed.move(name, seen, next)) || undefined
  })
}
