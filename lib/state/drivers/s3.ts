import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import type { Driver } from '../../platform/driver.ts'
import { safeParse } from '../../platform/safe-parse.ts'
import type { StateStore } from '../../ports.ts'
import { type Bucket, bucketOptions, KEYS_IN_PAIRS, keysInPairs, openBucket } from '../../vendors/s3/bucket.ts'

const options = v.pipe(
  v.strictObject(bucketOptions),
  v.check((given) => keysInPairs(given), KEYS_IN_PAIRS),
)

/** State in a bucket of AWS S3 or of a storage that speaks like it, for any number of runs anywhere. */
export const driver = {
  options,
  open: async (given, context) =>
    stateStore(await openBucket(given, { prefix: `newleaf/${context.environment}/state` }, context)),
} satisfies Driver<StateStore, typeof options>

/** Each write carries a number of its own, for an ETag is often but a hash of the content. */
const envelope = v.object({ write: v.string(), document: v.unknown() })

const stateStore = (bucket: Bucket): StateStore => ({
  async read(key) {
    const stored = await bucket.read(key)
    return stored && { document: parsed(bucket.uri(key), stored.bytes), tag: stored.tag }
  },

  async write(key, document, tag) {
    const bytes = Buffer.from(JSON.stringify({ write: randomBytes(12).toString('hex'), document }))
    const written = await bucket.write(key, bytes, tag)
    if (written !== undefined) return written
    throw new Failure('STATE_CONFLICT', `the state ${key} was changed by another run`)
  },

  remove: (...keys) => bucket.remove(...keys),
  list: (prefix, upTo) => bucket.list(prefix, upTo),
})

function parsed(uri: string, bytes: Buffer): unknown {
  const result = safeParse(v.pipe(v.string(), v.parseJson(), envelope), bytes.toString('utf8'))
  if (result.success) return result.output.document
  throw new Failure('STORE_UNREADABLE', `${uri} is damaged: restore an older version, or remove it to start anew`)
}
