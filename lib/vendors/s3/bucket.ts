import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import { type DriverContext, envReference, oneLine } from '../../platform/driver.ts'
import { lazy } from '../../platform/lazy.ts'
import { awsOptions, openAws } from '../aws/client.ts'

/** A folder of objects in an S3-compatible storage. Keys are below its prefix. */
export interface Bucket {
  /** As it stands in messages: `s3://bucket/prefix/key`. */
  uri(key: string): string
  /** Undefined only if there is none. */
  read(key: string): Promise<StoredObject | undefined>
  /**
   * Writes if the object still has this tag (undefined: if there is none), and resolves to the new tag; to undefined if it
   * has another one. No two writes may have the same bytes: by them a write whose answer was lost knows itself again.
   */
  write(key: string, bytes: Uint8Array, tag: string | undefined): Promise<string | undefined>
  /** Succeeds when they are gone. */
  remove(...keys: string[]): Promise<void>
  /** The keys that begin with the prefix; with `upTo`, an ASCII text, those up to and including it. Sorted by code unit. */
  list(prefix: string, upTo?: string): Promise<string[]>
}

export interface StoredObject {
  readonly bytes: Buffer
  /** The ETag. */
  readonly tag: string
}

const { region, endpoint, caCertificate } = awsOptions

/** Fields that every driver has that keeps things in a bucket. */
export const bucketOptions = {
  bucket: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of a bucket'),
    v.description('The bucket. It must be there.'),
  ),
  prefix: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^$|^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*\/?$/, 'expected a path such as newleaf/prod'),
      v.description('Where in the bucket, as a path.'),
    ),
  ),
  region,
  endpoint,
  caCertificate,
  forcePathStyle: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Puts the bucket into the path of the URL, for a storage that has no host name a bucket.'),
    ),
    false,
  ),
  accessKeyId: v.optional(
    v.pipe(
      envReference,
      oneLine,
      v.description('The ID of the access key as env:NAME, for a storage that is not at AWS.'),
    ),
  ),
  secretAccessKey: v.optional(
    v.pipe(envReference, oneLine, v.description('The access key that belongs to it, as env:NAME.')),
  ),
}

const object = v.strictObject(bucketOptions)
export type BucketOptions = v.InferOutput<typeof object>

export const KEYS_IN_PAIRS = 'expected both of accessKeyId and secretAccessKey, or neither'
export const keysInPairs = (options: Pick<BucketOptions, 'accessKeyId' | 'secretAccessKey'>): boolean =>
  (options.accessKeyId === undefined) === (options.secretAccessKey === undefined)

export interface BucketLocation {
  /** Used unless the options have one. */
  readonly prefix: string
  /** Everything is encrypted with this KMS key by the storage. */
  readonly kmsKey?: string | undefined
}

/** The S3 client is loaded here, and not with the schema of the options. */
export async function openBucket(
  options: BucketOptions,
  { prefix, kmsKey }: BucketLocation,
  context: DriverContext,
): Promise<Bucket> {
  const { accessKeyId, secretAccessKey } = options
  const credentials =
    accessKeyId === undefined || secretAccessKey === undefined
      ? undefined
      : { accessKeyId: await context.resolve(accessKeyId), secretAccessKey: await context.resolve(secretAccessKey) }
  const [aws, { createBucket }] = await Promise.all([
    openAws({ ...options, credentials }, context),
    import('./client.ts'),
  ])
  const { bucket, forcePathStyle } = options
  const folder = (options.prefix ?? prefix).replace(/\/?$/, '/').replace(/^\/$/, '')
  return checked(createBucket(aws, { bucket, folder, forcePathStyle, kmsKey }), options.endpoint ?? '')
}

const CHECK = '@conditions'
const NO_TAG = '"00000000000000000000000000000000"'

/** Buckets of which this process has seen that they keep conditions: a function that stays warm tries each once. */
const keeping = new Set<string>()

/**
 * Refuses a storage that ignores conditions, before the first write: two runs would overwrite each other without noticing.
 * It shows by an object that is there: creating it must fail, and so must changing it with a tag that it never had.
 */
function checked(bucket: Bucket, endpoint: string): Bucket {
  const name = `${endpoint} ${bucket.uri('')}`
  const bytes = () => Buffer.from(`shows whether conditions are kept ${randomBytes(12).toString('hex')}\n`)
  const kept = lazy(async () => {
    if (keeping.has(name)) return
    const create = () => bucket.write(CHECK, bytes(), undefined)
    const change = () => bucket.write(CHECK, bytes(), NO_TAG)
    const [created, changed] = await Promise.all([create(), change()])
    if (changed === undefined && (created === undefined || (await create()) === undefined)) {
      keeping.add(name)
      return
    }
    await bucket.remove(CHECK)
    throw new Failure(
      'CONFIG_INVALID',
      `${bucket.uri('')} ignores If-None-Match or If-Match, so that two runs could overwrite each other: use a storage that keeps them`,
    )
  })
  return {
    ...bucket,
    async write(key, bytes, tag) {
      await kept()
      return bucket.write(key, bytes, tag)
    },
    list: async (prefix, upTo) => (await bucket.list(prefix, upTo)).filter((key) => key !== CHECK),
  }
}
