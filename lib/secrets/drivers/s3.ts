import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import { type Driver, type DriverContext, envReference } from '../../platform/driver.ts'
import { lazy } from '../../platform/lazy.ts'
import type { SecretStore } from '../../ports.ts'
import { type Bucket, bucketOptions, KEYS_IN_PAIRS, keysInPairs, openBucket } from '../../vendors/s3/bucket.ts'
import { encryptedStore } from '../encrypted-store.ts'
import { decodeMasterKey, type KeyCheck, type KeySource, type MasterKey, openKeys } from '../keyring.ts'
import type { BlobBackend, Look } from '../sealed.ts'

const options = v.pipe(
  v.strictObject({
    ...bucketOptions,
    masterKey: v.optional(
      v.pipe(envReference, v.description('32 random bytes in base64, as env:NAME. Everything is sealed with it.')),
    ),
    passphrase: v.optional(
      v.pipe(envReference, v.description('A passphrase in place of the master key, as env:NAME.')),
    ),
    formerMasterKey: v.optional(
      v.pipe(envReference, v.description('The master key that is being changed, as env:NAME.')),
    ),
    formerPassphrase: v.optional(
      v.pipe(envReference, v.description('The passphrase that is being changed, as env:NAME.')),
    ),
    kmsKey: v.optional(
      v.pipe(
        v.string(),
        v.minLength(1),
        v.description(
          'ID, alias or ARN of a KMS key, in place of a master key: one is then made, and kept in the bucket under this key (SSE-KMS).',
        ),
      ),
    ),
  }),
  v.check((given) => keysInPairs(given), KEYS_IN_PAIRS),
  v.check(
    ({ masterKey, passphrase, kmsKey }) =>
      [masterKey, passphrase, kmsKey].filter((key) => key !== undefined).length === 1,
    'expected one of masterKey, passphrase and kmsKey',
  ),
  v.check(
    ({ formerMasterKey, formerPassphrase }) => formerMasterKey === undefined || formerPassphrase === undefined,
    'expected either formerMasterKey or formerPassphrase',
  ),
)

/** Sealed secrets in a bucket of AWS S3 or of a storage that speaks like it, for any number of runs anywhere. */
export const driver = {
  options,
  async open(given, context) {
    const { kmsKey } = given
    const bucket = await openBucket(given, { prefix: `newleaf/${context.environment}/secrets`, kmsKey }, context)
    const note = keyNote(bucket)
    const former = { masterKey: given.formerMasterKey, passphrase: given.formerPassphrase }
    const keys = await openKeys(
      note,
      (await givenKey(given, context)) ?? { masterKey: keptMasterKey(bucket, note.populated) },
      await givenKey(former, context),
    )
    return encryptedStore(shelf(bucket), keys)
  },
} satisfies Driver<SecretStore, typeof options>

type Given = v.InferOutput<typeof options>

/** Undefined: neither is configured. */
async function givenKey(
  { masterKey, passphrase }: Pick<Given, 'masterKey' | 'passphrase'>,
  { resolve }: DriverContext,
): Promise<KeySource | undefined> {
  if (passphrase !== undefined) return { passphrase: await resolve(passphrase) }
  if (masterKey === undefined) return undefined
  const given = decodeMasterKey(`env:${masterKey.name}`, (await resolve(masterKey)).reveal())
  return { masterKey: { find: async () => given, make: async () => given } }
}

const MASTER_KEY = '@master.key'

/** The storage itself encrypts it with the KMS key, and gives it only to who may use that. */
function keptMasterKey(bucket: Bucket, populated: KeyCheck['populated']): MasterKey {
  const location = bucket.uri(MASTER_KEY)
  const find = async () => {
    const stored = await bucket.read(MASTER_KEY)
    if (stored !== undefined) return decodeMasterKey(location, stored.bytes.toString('latin1'))
    if (!(await populated())) return undefined
    throw new Failure(
      'STORE_UNREADABLE',
      `the master key ${location} is missing, and nothing else opens the secrets beside it: restore an older version`,
    )
  }
  return {
    find,
    async make() {
      // Undefined: somebody else was faster, and theirs counts.
      await bucket.write(MASTER_KEY, Buffer.from(`${randomBytes(32).toString('base64')}\n`), undefined)
      return (await find()) ?? decodeMasterKey(location, '')
    },
  }
}

interface Seen extends Look {
  readonly name: string
  /** Of the record. */
  readonly tag: string | undefined
  files(): Promise<string[]>
}

const RECORD = '@stages'
const NUMBERED = /^(?<number>[1-9]\d{0,14})\n/

/** A secret is a folder: its record begins with the number, in a line of its own. */
const shelf = (bucket: Bucket): BlobBackend<Seen> => ({
  async look(name) {
    const key = `${name}/${RECORD}`
    const stored = await bucket.read(key)
    const files = lazy(async () => (await bucket.list(`${name}/@`)).map((each) => each.slice(name.length + 1)))
    if (stored === undefined) return { name, tag: undefined, number: 0, bytes: Buffer.alloc(0), files }
    const [line, number] = NUMBERED.exec(stored.bytes.toString('latin1')) ?? []
    if (line === undefined) {
      throw new Failure('STORE_UNREADABLE', `${bucket.uri(key)} is damaged: restore an older version of it`)
    }
    return { name, tag: stored.tag, number: Number(number), bytes: stored.bytes.subarray(line.length), files }
  },
  files: (seen) => seen.files(),
  read: async ({ name }, file) => (await bucket.read(`${name}/${file}`))?.bytes,
  add: async ({ name }, file, bytes) => (await bucket.write(`${name}/${file}`, bytes, undefined)) !== undefined,
  async move({ name, number, tag }, bytes, obsolete) {
    const numbered = Buffer.concat([Buffer.from(`${number + 1}\n`), bytes])
    if ((await bucket.write(`${name}/${RECORD}`, numbered, tag)) === undefined) return false
    // What cannot be removed now is removed after the next move: this one is done.
    await Promise.allSettled(obsolete.map((file) => bucket.remove(`${name}/${file}`)))
    return true
  },
  async remove(name) {
    await bucket.remove(`${name}/${RECORD}`)
    await Promise.all((await bucket.list(`${name}/@`)).map((key) => bucket.remove(key)))
  },
  async names() {
    const found = (await bucket.list('')).map((key) => /^(?<name>.+)\/@[^/]+$/.exec(key)?.groups?.name)
    return [...new Set(found.filter((name) => name !== undefined))]
  },
  location: ({ name }, file) => bucket.uri(`${name}/${file}`),
})

function keyNote(bucket: Bucket): KeyCheck {
  const key = '@store.json'
  let tag: string | undefined
  return {
    location: bucket.uri(key),
    async read() {
      const stored = await bucket.read(key)
      tag = stored?.tag
      return stored?.bytes
    },
    write: async (bytes) => (await bucket.write(key, bytes, tag)) !== undefined,
    populated: async () => (await bucket.list('')).some((each) => each.endsWith(`/${RECORD}`)),
  }
}
