import { createHash } from 'node:crypto'
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Failure, isFailure } from '../../errors.ts'
import { mapConcurrently } from '../../platform/concurrency.ts'
import { everyPage } from '../../platform/pages.ts'
import { type Aws, isAwsError, statusOf } from '../aws/client.ts'
import type { Bucket, StoredObject } from './bucket.ts'

export interface BucketSettings {
  readonly bucket: string
  /** Ends with a slash, or is empty. */
  readonly folder: string
  readonly forcePathStyle: boolean
  readonly kmsKey?: string | undefined
}

/** More than any object of ours needs. */
const MAX_BYTES = 1024 * 1024
const MAX_KEY = 1024
/** Of one request (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html). */
const MAX_REMOVED = 1_000
/** Of those that are removed one by one. */
const REMOVED_AT_ONCE = 10

export function createBucket(aws: Aws, settings: BucketSettings): Bucket {
  const { bucket, folder, forcePathStyle } = settings
  const client = new S3Client({
    ...aws.config,
    forcePathStyle,
    // Other storages than AWS refuse checksums that they do not know: each knows Content-MD5, which is sent instead.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const uri = (key: string) => `s3://${bucket}/${folder}${key}`
  const opened = { ...settings, aws, client, uri }
  return {
    uri,
    read: (key) => read(key, opened),
    write: (key, bytes, tag) => write(key, bytes, tag, opened),
    list: (prefix, upTo) => list(prefix, upTo, opened),
    remove: (...keys) => remove(keys, opened),
  }
}

interface OpenedBucket extends BucketSettings, Pick<Bucket, 'uri'> {
  readonly aws: Aws
  readonly client: S3Client
}

async function read(key: string, opened: OpenedBucket): Promise<StoredObject | undefined> {
  const { aws, client, bucket, folder, uri } = opened
  try {
    const on = uri(key)
    return await aws.call({ action: 'GetObject', on }, async (options) =>
      whole(on, await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyed(folder, key) }), options)),
    )
  } catch (error) {
    if (isAwsError(error, 'NoSuchKey')) return undefined
    if (statusOf(error) !== 404 && statusOf(error) !== 403) throw error
    // An object that is not there is refused so too where no listing is allowed, and a 404 may mean the bucket
    // (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions"): the listing tells, or is refused.
    const keys = await list(key, key, opened)
    if (statusOf(error) === 404 && !keys.includes(key)) return undefined
    throw error
  }
}

/** What is not removed together with others is removed alone: then it succeeds, or tells why not. */
async function remove(keys: readonly string[], opened: OpenedBucket): Promise<void> {
  const { aws, client, bucket, folder, uri } = opened
  const left = keys.length > 1 ? await removeTogether(keys, opened) : keys
  await mapConcurrently(left, REMOVED_AT_ONCE, (key) =>
    aws.call({ action: 'DeleteObject', on: uri(key) }, (options) =>
      client.send(new DeleteObjectCommand({ Bucket: bucket, Key: keyed(folder, key) }), options),
    ),
  )
}

/** Resolves to the keys that are left: a storage may refuse some, or not know the operation. */
async function removeTogether(keys: readonly string[], opened: OpenedBucket): Promise<string[]> {
  const { aws, client, bucket, folder, uri } = opened
  const removed = async (part: readonly string[]): Promise<readonly string[]> => {
    const Objects = part.map((key) => ({ Key: keyed(folder, key) }))
    const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } })
    command.middlewareStack.add((next) => (args) => next(withContentMd5(args)), { step: 'build', priority: 'low' })
    try {
      const { Errors = [] } = await aws.call({ action: 'DeleteObject', on: uri('') }, (options) =>
        client.send(command, options),
      )
      return Errors.flatMap(({ Key }) => part.filter((key) => Key === folder + key))
    } catch {
      return part
    }
  }
  const left: string[] = []
  for (let at = 0; at < keys.length; at += MAX_REMOVED) left.push(...(await removed(keys.slice(at, at + MAX_REMOVED))))
  return left
}

/** As for a write: a checksum that each storage knows, in the place of the SDK's. */
function withContentMd5<Args extends { readonly request: unknown }>(args: Args): Args {
  const request = args.request as { readonly headers: Readonly<Record<string, string>>; readonly body: string }
  const others = Object.entries(request.headers).filter(([name]) => !/^x-amz-(sdk-)?checksum-/i.test(name))
  const md5 = createHash('md5').update(request.body).digest('base64')
  const headers = { ...Object.fromEntries(others), 'content-md5': md5 }
  return { ...args, request: Object.assign(request, { headers }) }
}

/** Resolves to the new tag, or to undefined when somebody else was faster. */
async function write(
  key: string,
  bytes: Uint8Array,
  tag: string | undefined,
  opened: OpenedBucket,
): Promise<string | undefined> {
  const { aws, client, bucket, folder, kmsKey } = opened
  const on = opened.uri(key)
  if (bytes.length > MAX_BYTES) throw new Failure('STORE_FAILED', `${on} would be larger than ${MAX_BYTES} bytes`)
  const condition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag }
  const object = {
    Bucket: bucket,
    Key: keyed(folder, key),
    Body: bytes,
    ContentType: 'application/octet-stream',
    // A bucket whose objects are locked takes none without.
    ContentMD5: createHash('md5').update(bytes).digest('base64'),
  }
  let sent = 0
  try {
    const { ETag } = await aws.call({ action: 'PutObject', on }, (options) => {
      sent += 1
      return client.send(new PutObjectCommand({ ...object, ...condition, ...encryptionWith(kmsKey) }), options)
    })
    if (ETag === undefined) throw new Failure('ANSWER_INVALID', `PutObject of ${on} was answered without an ETag`)
    return ETag
  } catch (error) {
    if (statusOf(error) === 501 || isAwsError(error, 'NotImplemented')) throw conditionless(error, opened)
    if (!isLost(error, tag)) throw error
    if (sent === 1 && statusOf(error) !== 404) return undefined
    // It may have been won by an earlier try, whose answer was lost; and it may be the bucket that is not there.
    const stored = await read(key, opened)
    return stored?.bytes.equals(bytes) ? stored.tag : undefined
  }
}

/**
 * 412: the condition does not hold; 409: another write was at it, again and again; 404: If-Match, and there is none.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
const isLost = (error: unknown, tag: string | undefined): boolean =>
  [409, 412, ...(tag === undefined ? [] : [404])].includes(statusOf(error) ?? 0)

const conditionless = (error: unknown, { uri, kmsKey }: OpenedBucket) =>
  new Failure(
    'CONFIG_INVALID',
    `${uri('')} does not know what is asked of it (NotImplemented): writes with If-Match and If-None-Match` +
      `${kmsKey === undefined ? '' : ', encrypted with a KMS key'}; use a storage that does`,
    { fields: isFailure(error) ? error.fields : {} },
  )

const encryptionWith = (kmsKey: string | undefined) =>
  kmsKey === undefined ? {} : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKey, BucketKeyEnabled: true }

async function list(prefix: string, upTo: string | undefined, opened: OpenedBucket): Promise<string[]> {
  const keys = await everyPage(`the list of ${opened.uri(prefix)}`, '', async (token) => {
    const page = await pageAt(token || undefined, prefix, opened)
    const found = keysOf(page, opened.folder)
    const items = found.filter((key) => upTo === undefined || key <= upTo)
    // Pages come in the order of UTF-8, which for a limit in ASCII is that of code units.
    const beyond = items.length < found.length
    return { items, next: page.IsTruncated && !beyond ? page.NextContinuationToken : undefined }
  })
  return keys.sort()
}

async function pageAt(
  token: string | undefined,
  prefix: string,
  { aws, client, bucket, folder, uri }: OpenedBucket,
): Promise<ListObjectsV2CommandOutput> {
  const page = await aws.call({ action: 'ListBucket', on: uri(prefix) }, (options) =>
    client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: folder + prefix, ContinuationToken: token }),
      options,
    ),
  )
  const { IsTruncated, NextContinuationToken } = page
  if (IsTruncated === undefined || (IsTruncated && NextContinuationToken === undefined)) {
    throw new Failure('ANSWER_INVALID', `ListBucket of ${uri(prefix)} was answered with something else`)
  }
  return page
}

const keysOf = ({ Contents = [] }: ListObjectsV2CommandOutput, folder: string): string[] =>
  Contents.flatMap(({ Key }) => (Key?.startsWith(folder) ? [Key.slice(folder.length)] : []))

function keyed(folder: string, key: string): string {
  const full = folder + key
  if (key !== '' && full.isWellFormed() && !/\p{Cc}/u.test(full) && Buffer.byteLength(full) <= MAX_KEY) return full
  throw new Failure('CONFIG_INVALID', `"${key.slice(0, 100)}" cannot be the key of an object`)
}

async function whole(on: string, { Body, ETag }: GetObjectCommandOutput): Promise<StoredObject> {
  if (Body === undefined || ETag === undefined) {
    throw new Failure('ANSWER_INVALID', `GetObject of ${on} was answered without a body or an ETag`)
  }
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of Body as AsyncIterable<Uint8Array>) {
    size += part.byteLength
    if (size > MAX_BYTES) throw new Failure('STORE_UNREADABLE', `${on} is larger than ${MAX_BYTES} bytes: remove it`)
    parts.push(part)
  }
  return { bytes: Buffer.concat(parts), tag: ETag }
}
