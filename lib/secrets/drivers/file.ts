import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import { type Driver, secretReference } from '../../platform/driver.ts'
import { type FileTree, growTree, openTree, pathFrom } from '../../platform/file-tree.ts'
import { createDurably, NOT_SHARED, readPlain } from '../../platform/files.ts'
import { readNewest, type Snapshot, untilSettled, writeNext } from '../../platform/numbered.ts'
import type { Secret } from '../../platform/secret.ts'
import type { SecretStore } from '../../ports.ts'
import { type Item, type Keyring, seal, unseal, versionOf } from '../envelope.ts'
import { openKeyring } from '../master-key.ts'
import { type Entry, entries, formatStages, parseStages, promoted, type Stages } from '../stages.ts'

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
      v.pipe(
        secretReference,
        v.check(
          ({ from }) => from === 'env',
          'expected env:NAME: this passphrase opens the store, so it cannot be kept in it',
        ),
        v.description('A passphrase in place of the master key, as env:NAME.'),
      ),
    ),
  }),
  v.check(
    ({ masterKey, passphrase }) => masterKey === undefined || passphrase === undefined,
    'expected either masterKey or passphrase',
  ),
)

/** Sealed secrets in a local folder, for any number of processes on one machine. */
export const driver = {
  options,
  async open({ folder, masterKey = '~/.config/newleaf/master.key', passphrase }, { folder: here, resolve, log }) {
    const tree = await openTree(pathFrom(here, folder), NOT_SHARED)
    const source =
      passphrase === undefined ? { file: pathFrom(here, masterKey) } : { passphrase: await resolve(passphrase) }
    return secretStore(tree, await openKeyring(tree, source, log))
  },
} satisfies Driver<SecretStore, typeof options>

/** A version is a sealed file that never changes; which of them is at which stage says a numbered document beside them. */
function secretStore(tree: FileTree, keyring: Keyring): SecretStore {
  async function look(name: string): Promise<{ seen: Snapshot; stages: Stages }> {
    const seen = await readNewest(tree, named(name))
    return { seen, stages: seen.number === 0 ? {} : parseStages(keyring, name, seen.number, seen.bytes) }
  }

  /** Files that no stage refers to are removed once the move is done: those let go of, and those left by a crash. */
  async function move(name: string, seen: Snapshot, stages: Stages): Promise<boolean> {
    const kept = entries(stages).map(({ file }) => file)
    const sweep = seen.names.filter((file) => file.endsWith(SEALED) && !kept.includes(file))
    return writeNext(tree, seen, formatStages(keyring, name, seen.number + 1, stages), sweep)
  }

  /** Each write has a file of its own, so that nobody removes what another has just written. */
  async function add({ folder }: Snapshot, item: Item, value: Secret): Promise<Entry | undefined> {
    const file = `@${item.version}-${randomBytes(8).toString('hex')}${SEALED}`
    await growTree(tree, folder)
    const created = await createDurably(join(folder, file), seal(keyring, item, value))
    return created ? { version: item.version, file } : undefined
  }

  return {
    async read(name, stage) {
      let overtaken = 0
      return (
        await untilSettled(name, async () => {
          const { seen, stages } = await look(name)
          const entry = stages[stage]
          if (entry === undefined) return { stored: undefined }
          const bytes = await readPlain(join(seen.folder, entry.file), NOT_SHARED)
          if (bytes !== undefined) {
            const { version } = entry
            return { stored: { version, value: unseal(keyring, { name, version }, bytes) } }
          }
          if (seen.number === overtaken) throw missing(name, join(seen.folder, entry.file))
          overtaken = seen.number // it was let go of after we had looked, or it is lost: look again
          return undefined
        })
      ).stored
    },

    async stage(name, value) {
      const version = versionOf(keyring, name, value)
      return untilSettled(name, async () => {
        const { seen, stages } = await look(name)
        const here = (entry: Entry | undefined) => entry?.version === version && seen.names.includes(entry.file)
        if (here(stages.pending)) return version
        const pending = entries(stages).find(here) ?? (await add(seen, { name, version }, value))
        return pending && (await move(name, seen, { ...stages, pending })) ? version : undefined
      })
    },

    async promote(name, version, expected) {
      await untilSettled(name, async () => {
        const { seen, stages } = await look(name)
        const next = promoted(name, stages, version, expected)
        return next === undefined || (await move(name, seen, next)) || undefined
      })
    },
  }
}

const SEALED = '.sealed'
const NAME = /^[A-Za-z0-9][A-Za-z0-9/_.-]*$/

function named(name: string): string {
  if (NAME.test(name) && !name.split('/').includes('..')) return name
  throw new Failure(
    'CONFIG_INVALID',
    `"${name.slice(0, 100)}" is no name for a secret: expected letters, digits and / _ . -`,
  )
}

const missing = (name: string, path: string) =>
  new Failure('STORE_UNREADABLE', `the secret ${name} is damaged: ${path} is missing; restore it from a backup`, {
    fields: { secret: name, path },
  })
