import { randomBytes } from 'node:crypto'
import { basename, dirname, join, sep } from 'node:path'
import { Failure } from '../errors.ts'
import type { FileTree } from '../platform/file-tree.ts'
import { createDurably, makeFolder, NOT_SHARED, readPlain, realPath, removeOrphans } from '../platform/files.ts'
import type { Log } from '../ports.ts'
import { decodeMasterKey, type KeyCheck, type MasterKey } from './keyring.ts'

/** The master key of a store in a folder, in a file elsewhere, to be made only while nothing is sealed yet. */
export const masterKeyFile = (
  tree: FileTree,
  path: string,
  { populated }: Pick<KeyCheck, 'populated'>,
  log: Log,
): MasterKey => ({
  async find() {
    if (`${await physicalPath(path)}${sep}`.startsWith(tree.root + sep)) {
      throw new Failure(
        'CONFIG_INVALID',
        `the master key ${path} lies inside the store that it opens: keep it elsewhere`,
      )
    }
    const found = await readPlain(path, NOT_SHARED)
    if (found !== undefined) {
      await removeOrphans(path) // a copy of the key under another name would outlive it
      return decodeMasterKey(path, found.toString('latin1'))
    }
    if (!(await populated())) return undefined
    throw new Failure(
      'STORE_UNREADABLE',
      `the master key ${path} is missing, and nothing else opens the secrets in ${tree.root}: put it back from your copy; ` +
        'if it is lost for good, move the store away: certificates and accounts are then made anew, other secrets must be stored again',
    )
  },

  async make() {
    await makeFolder(dirname(path))
    if (await createDurably(path, Buffer.from(`${randomBytes(32).toString('base64')}\n`))) {
      log.warn('a new master key was made: keep a copy of it, for without it the secrets are lost', { path })
    }
    return decodeMasterKey(path, (await readPlain(path, NOT_SHARED))?.toString('latin1') ?? '')
  },
})

/** Where a path leads, or would if it were there. */
const physicalPath = async (path: string): Promise<string> =>
  (await realPath(path)) ?? join(await physicalPath(dirname(path)), basename(path))
