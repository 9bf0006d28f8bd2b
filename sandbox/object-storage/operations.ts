import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { crc32 } from 'node:zlib'
import { deleteObjects } from './delete-objects.ts'
import { PROLOGUE, StorageError, tag } from './errors.ts'
import { byBytes, type Objects, type StoredObject } from './objects.ts'
import { encoded } from './signature.ts'

export interface Operation {
  readonly method: string
  readonly bucket: string
  /** Empty: the bucket itself is meant. */
  readonly key: string
  readonly query: ReadonlyMap<string, string>
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface StorageAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer | string
}

export const STORAGE_RIGHTS = ['read', 'write', 'list'] as const
export type StorageRight = (typeof STORAGE_RIGHTS)[number]

export interface Rules {
  readonly objects: Objects
  readonly rights: readonly StorageRight[]
  /** Whether `If-Match` and `If-None-Match` of a write mean anything here. */
  readonly conditions: boolean
  /** Whether a write must come with one. */
  readonly checksums: boolean
}

const MOST_KEYS = 1_000
const LONGEST_KEY = 1_024

export function perform(operation: Operation, rules: Rules): StorageAnswer {
  const { method, bucket, key, query } = operation
  if (!rules.objects.hasBucket(bucket)) throw new StorageError('NoSuchBucket', 'The specified bucket does not exist')
  if (Buffer.byteLength(key) > LONGEST_KEY) throw new StorageError('KeyTooLongError', 'Your key is too long')
  const more = [...query.keys()].filter((name) => !KNOWN.includes(name))
  if (more.length > 0) throw new StorageError('NotImplemented', `This storage does not know ${more}.`)
  if (key === '') {
    if (method === 'HEAD') return allowed('list', rules, () => ({ status: 200, headers: {} }))
    if (method === 'GET' && query.get('list-type') === '2') return allowed('list', rules, () => list(operation, rules))
    if (method === 'POST' && query.has('delete')) {
      checkSums(operation.headers, operation.body)
      return deleteObjects(operation, rules)
    }
    throw new StorageError(
      'NotImplemented',
      'Of the operations on buckets, ListObjectsV2, HeadBucket and DeleteObjects are here.',
    )
  }
  if (method === 'GET' || method === 'HEAD') return allowed('read', rules, () => get(operation, rules))
  if (method === 'PUT') return allowed('write', rules, () => put(operation, rules))
  if (method === 'DELETE') return allowed('write', rules, () => remove(operation, rules))
  throw new StorageError('MethodNotAllowed', 'The specified method is not allowed against this resource.')
}

const KNOWN = [
  'x-id',
  'delete',
  'list-type',
  'prefix',
  'max-keys',
  'continuation-token',
  'start-after',
  'encoding-type',
  'fetch-owner',
]

function allowed(right: StorageRight, { rights }: Rules, work: () => StorageAnswer): StorageAnswer {
  if (!rights.includes(right)) throw new StorageError('AccessDenied', 'Access Denied')
  return work()
}

function get({ bucket, key, headers }: Operation, { objects, rights }: Rules): StorageAnswer {
  const found = objects.get(bucket, key)
  if (found === undefined) {
    // Who may not list is not told what is missing (GetObject, "Permissions").
    throw rights.includes('list') ? absent() : new StorageError('AccessDenied', 'Access Denied')
  }
  if (headers['if-match'] !== undefined && !isTag(headers['if-match'], found)) throw failed()
  const facts = { etag: found.etag, 'last-modified': new Date(found.at).toUTCString(), ...found.headers }
  if (isTag(headers['if-none-match'], found)) return { status: 304, headers: facts }
  return { status: 200, headers: { 'accept-ranges': 'bytes', ...facts }, body: found.body }
}

function put({ bucket, key, headers, body }: Operation, { objects, conditions, checksums }: Rules): StorageAnswer {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers
  if (headers['x-amz-copy-source'] !== undefined)
    throw new StorageError('NotImplemented', 'This storage makes no copies.')
  if (checksums && !Object.keys(headers).some((name) => CHECKSUM.test(name))) {
    throw new StorageError('InvalidRequest', 'Content-MD5 OR x-amz-checksum- HTTP header is required')
  }
  checkSums(headers, body)
  if (conditions) {
    const found = objects.get(bucket, key)
    if (noneMatch !== undefined && noneMatch !== '*') {
      throw new StorageError('NotImplemented', 'Of the forms of If-None-Match, this storage knows "*".')
    }
    if (noneMatch !== undefined && found !== undefined) throw failed()
    if (match !== undefined && found === undefined) throw absent()
    if (match !== undefined && !isTag(match, found)) throw failed()
  }
  const kept = Object.entries(headers).flatMap(([name, value]) => (KEPT.test(name) ? [[name, String(value)]] : []))
  const { etag, headers: shown } = objects.put(bucket, key, body, Object.fromEntries(kept))
  return { status: 200, headers: { etag, ...only(shown, 'x-amz-server-side-encryption') } }
}

const CHECKSUM = /^content-md5$|^x-amz-checksum-/
const KEPT = /^(?:content-type|x-amz-meta-.+|x-amz-server-side-encryption.*)$/

/** Succeeds when there is none. */
function remove({ bucket, key, headers }: Operation, { objects, conditions }: Rules): StorageAnswer {
  const { 'if-match': match } = headers
  const found = objects.get(bucket, key)
  if (conditions && match !== undefined) {
    if (found === undefined) throw absent()
    if (!isTag(match, found)) throw failed()
  }
  objects.remove(bucket, key)
  return { status: 204, headers: {} }
}

function list({ bucket, query }: Operation, { objects }: Rules): StorageAnswer {
  const prefix = query.get('prefix') ?? ''
  const token = query.get('continuation-token')
  const after = token === undefined ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString()
  const most = Math.min(wholeNumber(query.get('max-keys') ?? String(MOST_KEYS)), MOST_KEYS)
  const all = objects.keys(bucket).filter((key) => key.startsWith(prefix) && byBytes(key, after) > 0)
  const keys = all.slice(0, most)
  const shown = (text: string) => (query.get('encoding-type') === 'url' ? encoded(text).replaceAll('%2F', '/') : text)
  const contents = keys.map((key) => {
    const { at, etag, body } = objects.get(bucket, key) as StoredObject
    const facts = [
      tag('LastModified', at),
      tag('ETag', etag),
      tag('Size', body.length),
      tag('StorageClass', 'STANDARD'),
    ]
    return `<Contents>${tag('Key', shown(key))}${facts.join('')}</Contents>`
  })
  const isTruncated = keys.length < all.length && most > 0
  const head = [
    tag('Name', bucket),
    tag('Prefix', shown(prefix)),
    tag('KeyCount', keys.length),
    tag('MaxKeys', most),
    tag('IsTruncated', isTruncated),
    query.has('start-after') ? tag('StartAfter', shown(query.get('start-after') ?? '')) : '',
    token === undefined ? '' : tag('ContinuationToken', token),
    isTruncated ? tag('NextContinuationToken', Buffer.from(keys.at(-1) ?? '').toString('base64url')) : '',
    query.has('encoding-type') ? tag('EncodingType', query.get('encoding-type') ?? '') : '',
  ]
  const xmlns = 'http://s3.amazonaws.com/doc/2006-03-01/'
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `${PROLOGUE}<ListBucketResult xmlns="${xmlns}">${head.join('')}${contents.join('')}</ListBucketResult>`,
  }
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new StorageError('InvalidArgument', 'Provided max-keys not an integer or within integer range')
}

function checkSums({ 'x-amz-checksum-crc32': crc, 'content-md5': md5 }: IncomingHttpHeaders, body: Buffer): void {
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) {
    throw new StorageError('BadDigest', 'The Content-MD5 you specified did not match what we received.')
  }
  if (crc === undefined) return
  const right = Buffer.alloc(4)
  right.writeUInt32BE(crc32(body))
  if (crc !== right.toString('base64')) throw new StorageError('BadDigest', 'The CRC32 you specified did not match.')
}

const isTag = (condition: string | undefined, found: StoredObject | undefined): boolean =>
  found !== undefined && (condition === '*' || condition?.replaceAll('"', '') === found.etag.replaceAll('"', ''))

const only = (headers: StoredObject['headers'], prefix: string) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(prefix)))

const absent = () => new StorageError('NoSuchKey', 'The specified key does not exist.')
const failed = () =>
  new StorageError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
