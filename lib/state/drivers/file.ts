import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import { mapConcurrently } from '../../platform/concurrency.ts'
import type { Driver } from '../../platform/driver.ts'
import { type FileTree, listKeys, openTree, pathFrom } from '../../platform/file-tree.ts'
import { NOT_WRITABLE } from '../../platform/files.ts'
import { retryOnConflict } from '../../platform/retry-on-conflict.ts'
import {
  compareAndSwap,
  isVersionFile,
  readNewest,
  removeVersions,
  type Snapshot,
} from '../../platform/versioned-file.ts'
import type { StateStore } from '../../ports.ts'

/** Files that are removed at once. */
const CONCURRENCY = 10

const options = v.strictObject({
  folder: v.optional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.description('The folder for the state, from the configuration’s folder on. It is made if it is missing.'),
    ),
    '.newleaf/state',
  ),
})

/** State in a local folder, for any number of processes on one machine. */
export const driver = {
  options,
  open: async ({ folder }, context) => stateStore(await openTree(pathFrom(context.folder, folder), NOT_WRITABLE)),
} satisfies Driver<StateStore, typeof options>

const stateStore = (tree: FileTree): StateStore => ({
  async read(key) {
    const seen = await readNewest(tree, key)
    if (seen.number === 0) return undefined
    return { document: parsed(key, seen), tag: tagOf(seen.number, seen.bytes) }
  },

  async write(key, document, tag) {
    const bytes = Buffer.from(JSON.stringify(document))
    return retryOnConflict(key, async () => {
      const seen = await readNewest(tree, key)
      const newest = seen.number === 0 ? undefined : tagOf(seen.number, seen.bytes)
      if (newest !== tag) throw new Failure('STATE_CONFLICT', `the state ${key} was changed by another run`)
      return (await compareAndSwap(tree, seen, bytes)) ? tagOf(seen.number + 1, bytes) : undefined
    })
  },

  remove: async (...keys) => void (await mapConcurrently(keys, CONCURRENCY, (key) => removeVersions(tree, key))),
  list: (prefix, upTo) => listKeys(tree, { prefix, upTo, marks: isVersionFile }),
})

const tagOf = (number: number, bytes: Uint8Array) =>
  `${number}-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`

function parsed(key: string, { bytes, number, folder }: Snapshot): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new Failure(
      'STORE_UNREADABLE',
      `the state ${key} is damaged: @${number}.json in ${folder} is no JSON; restore it, or remove it to go back`,
      { cause },
    )
  }
}
