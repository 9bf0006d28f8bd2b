import { join } from 'node:path'
import * as v from 'valibot'
import { type Driver, envReference } from '../../platform/driver.ts'
import { type FileTree, growTree, listKeys, openTree, pathFrom } from '../../platform/file-tree.ts'
import { createDurably, listFolder, NOT_SHARED, readPlain, removeOrphans, writeDurably } from '../../platform/files.ts'
import {
  compareAndSwap,
  isVersionFile,
  readNewest,
  removeVersions,
  type Snapshot,
} from '../../platform/versioned-file.ts'
import type { SecretStore } from '../../ports.ts'
import { encryptedStore } from '../encrypted-store.ts'
import { masterKeyFile } from '../key-file.ts'
import { type KeyCheck, type KeySource, openKeys } from '../keyring.ts'
import { type BlobBackend, isSealed } from '../sealed.ts'

const options = v.pipe(
  v.strictObject({
    folder: v.optional(
      v.pipe(
        v.string(),
        v.minLength(1),
        v.description(
          'The folder for the sealed secrets, from the configuration’s folder on. It is made if it is missing.',
        ),
      ),
      '.newleaf/secrets',
    ),
    masterKey: v.optional(
      v.pipe(
        v.string(),
        v.minLength(1),
        v.description(
          'Path of the file with the master key, outside of `folder`; ~/.config/newleaf/master.key if neither it nor a passphrase is given. It is made if it is missing and nothing is sealed yet.',
        ),
      ),
    ),
    passphrase: v.optional(
      v.pipe(envReference, v.description('A passphrase in place of the master key, as env:NAME.')),
    ),
    formerMasterKey: v.optional(
      v.pipe(v.string(), v.minLength(1), v.description('Path of the file with the master key that is being changed.')),
    ),
    formerPassphrase: v.optional(
      v.pipe(envReference, v.description('The passphrase that is being changed, as env:NAME.')),
    ),
  }),
  v.check(
    ({ masterKey, passphrase }) => masterKey === undefined || passphrase === undefined,
    'expected either masterKey or passphrase',
  ),
  v.check(
    ({ formerMasterKey, formerPassphrase }) => formerMasterKey === undefined || formerPassphrase === undefined,
    'expected either formerMasterKey or formerPassphrase',
  ),
)

/** Sealed secrets in a local folder, for any number of processes on one machine. */
export const driver = {
  options,
  async open(given, { folder: here, resolve, log }) {
    const { folder, masterKey = '~/.config/newleaf/master.key', passphrase, formerMasterKey, formerPassphrase } = given
    const tree = await openTree(pathFrom(here, folder), NOT_SHARED)
    const note = keyNote(tree)
    const inFile = (path: string): KeySource => ({ masterKey: masterKeyFile(tree, pathFrom(here, path), note, log) })
    const source = passphrase === undefined ? inFile(masterKey) : { passphrase: await resolve(passphrase) }
    const former =
      formerPassphrase === undefined
        ? formerMasterKey && inFile(formerMasterKey)
        : { passphrase: await resolve(formerPassphrase) }
    return encryptedStore(shelf(tree), await openKeys(note, source, former || undefined))
  },
} satisfies Driver<SecretStore, typeof options>

/** A secret is a folder. */
const shelf = (tree: FileTree): BlobBackend<Snapshot> => ({
  look: (name) => readNewest(tree, name),
  files: async ({ names }) => names,
  read: ({ folder }, file) => readPlain(join(folder, file), NOT_SHARED),
  async add({ folder }, file, bytes) {
    await growTree(tree, folder)
    return createDurably(join(folder, file), bytes)
  },
  move: (seen, bytes, obsolete) => compareAndSwap(tree, seen, bytes, obsolete),
  remove: (name) => removeVersions(tree, name, isSealed),
  names: () => listKeys(tree, { prefix: '', upTo: undefined, marks: (file) => isVersionFile(file) || isSealed(file) }),
  location: ({ folder }, file) => join(folder, file),
})

function keyNote(tree: FileTree): KeyCheck {
  const location = join(tree.root, '@store.json')
  let found = false
  return {
    location,
    async read() {
      const bytes = await readPlain(location, NOT_SHARED)
      found = bytes !== undefined
      if (found) await removeOrphans(location)
      return bytes
    },
    async write(bytes) {
      if (!found) return createDurably(location, bytes)
      await writeDurably(location, bytes)
      return true
    },
    populated: async () => ((await listFolder(tree.root)) ?? []).some((entry) => entry.isDirectory()),
  }
}
