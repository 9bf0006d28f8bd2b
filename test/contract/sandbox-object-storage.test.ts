import { request as httpsRequest } from 'node:https'
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startObjectStorage } from '../../sandbox/object-storage/object-storage.ts'
import { createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { officialS3, statusOf } from '../support/practice-storage.ts'
import { practiceFolder } from '../support/practice-world.ts'

const Bucket = 'state'
const keys = [
  { id: 'owner', secret: 'canary-token-owner' },
  { id: 'reader', secret: 'canary-token-reader', rights: ['read'] },
] as const

let house: Awaited<ReturnType<typeof createAuthority>>
beforeAll(async () => {
  house = await createAuthority({ name: 'Sandbox House' })
})

async function storage(folder?: string) {
  const tls = await serverCertificate(house)
  const server = await startObjectStorage({ tls, keys, buckets: [Bucket], ...(folder === undefined ? {} : { folder }) })
  const clients: S3Client[] = []
  const clientOf = (options: { id?: string; secret?: string; region?: string; clockOffset?: number } = {}) => {
    const client = officialS3(server, house.rootPem, { id: 'owner', secret: 'canary-token-owner', ...options })
    clients.push(client)
    return client
  }
  const close = async () => {
    for (const client of clients) client.destroy()
    await server.close()
  }
  onTestFinished(close)
  const client = clientOf()
  const put = (Key: string, Body: string, conditions: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ...conditions }))
  const text = async (Key: string) =>
    (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()
  return { server, client, clientOf, put, text, close }
}

describe('the object storage, asked by the official S3 client', () => {
  test('what is put comes back with its ETag, its type and its metadata', async () => {
    const { client } = await storage()
    const Key = "certificate/a b+c~(1)*'!ü🌱.json"
    const sent = { Bucket, Key, Body: '{"v":1}', ContentType: 'application/json', Metadata: { kind: 'state' } }
    const { ETag, ServerSideEncryption } = await client.send(
      new PutObjectCommand({ ...sent, ServerSideEncryption: 'AES256' }),
    )
    expect(ETag).toBe('"a191475ae2bf7db9c7e320f7da455bbb"')
    expect(ServerSideEncryption).toBe('AES256')
    const got = await client.send(new GetObjectCommand({ Bucket, Key }))
    expect(await got.Body?.transformToString()).toBe('{"v":1}')
    expect(got).toMatchObject({ ETag, ContentType: 'application/json', ContentLength: 7, Metadata: { kind: 'state' } })
    expect(await client.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ETag, ContentLength: 7 })
    await client.send(new HeadBucketCommand({ Bucket }))
  })

  test('what is not there is told apart: no such key, no such bucket', async () => {
    const { client } = await storage()
    const missing = { Bucket, Key: 'none' }
    expect(await statusOf(client.send(new GetObjectCommand(missing)))).toBe('NoSuchKey 404')
    expect(await statusOf(client.send(new HeadObjectCommand(missing)))).toBe('NotFound 404')
    expect(await statusOf(client.send(new GetObjectCommand({ Bucket: 'other', Key: 'none' })))).toBe('NoSuchBucket 404')
    await client.send(new DeleteObjectCommand(missing))
  })

  test('If-None-Match lets only the first of many writers in', async () => {
    const { put, text } = await storage()
    const results = await Promise.all(
      ['a', 'b', 'c', 'd'].map((body) => statusOf(put('claim', body, { IfNoneMatch: '*' }), body)),
    )
    const [winner, ...more] = results.filter((result) => result.length === 1)
    expect(more).toEqual([])
    expect(results.filter((result) => result === 'PreconditionFailed 412')).toHaveLength(3)
    expect(await text('claim')).toBe(winner)
    expect(await statusOf(put('claim', 'e', { IfNoneMatch: '"etag"' }))).toBe('NotImplemented 501')
  })

  test('If-Match lets only those in who have seen the newest', async () => {
    const { client, put, text } = await storage()
    const { ETag: first } = await put('doc', 'one')
    const { ETag: second } = await put('doc', 'two', { IfMatch: String(first) })
    expect(await statusOf(put('doc', 'three', { IfMatch: String(first) }))).toBe('PreconditionFailed 412')
    expect(await statusOf(put('none', 'x', { IfMatch: String(first) }))).toBe('NoSuchKey 404')
    const remove = (IfMatch?: string) =>
      client.send(new DeleteObjectCommand({ Bucket, Key: 'doc', ...(IfMatch && { IfMatch }) }))
    expect(await statusOf(remove(first))).toBe('PreconditionFailed 412')
    expect(await text('doc')).toBe('two')
    await remove(second)
    expect(await statusOf(text('doc'))).toBe('NoSuchKey 404')
  })

  test('many objects are removed at once, and of each that may not be it tells', async () => {
    const { client, clientOf, put } = await storage()
    for (const name of ['a & b', 'c', 'kept']) await put(name, name)
    const remove = (by: S3Client, keys: readonly string[], Quiet = false) =>
      by.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })), Quiet } }))
    const { Errors } = await remove(clientOf({ id: 'reader', secret: 'canary-token-reader' }), ['c'])
    expect(Errors).toMatchObject([{ Key: 'c', Code: 'AccessDenied' }])
    expect((await remove(client, ['a & b', 'none'])).Deleted).toEqual([{ Key: 'a & b' }, { Key: 'none' }])
    expect((await remove(client, ['c'], true)).Deleted).toBeUndefined()
    expect((await client.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key)).toEqual(['kept'])
    const tooMany = Array.from({ length: 1_001 }, (_, index) => `wake/${index}`)
    expect(await statusOf(remove(client, tooMany))).toBe('MalformedXML 400')
  })

  test('a listing goes page by page, in the order of UTF-8 bytes', async () => {
    const { client, put } = await storage()
    // By code units, as JavaScript sorts, the plant would come before the private-use character.
    const names = ['wake/\u{ff5e}', 'wake/\u{1f331}', 'wake/2026-11-22T06:00:00.000Z/shop', 'wake/a', 'wake/B', 'other']
    for (const name of names) await put(name, name)
    const found: string[] = []
    let token: string | undefined
    let pages = 0
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix: 'wake/', MaxKeys: 2, ContinuationToken: token }),
      )
      found.push(...(page.Contents ?? []).map(({ Key }) => String(Key)))
      token = page.NextContinuationToken
      pages++
    } while (token !== undefined)
    expect(pages).toBe(3)
    expect(found).toEqual([names[2], names[4], names[3], names[0], names[1]])
    const after = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'wake/', StartAfter: 'wake/a' }))
    expect(after.Contents?.map(({ Key }) => Key)).toEqual([names[0], names[1]])
    expect(after).toMatchObject({ IsTruncated: false, KeyCount: 2, Prefix: 'wake/', Name: Bucket })
  })

  test('a request that is not signed as it should be is refused', async () => {
    const { server, clientOf } = await storage()
    const read = (client: S3Client) => statusOf(client.send(new GetObjectCommand({ Bucket, Key: 'x' })))
    expect(await read(clientOf({ secret: 'canary-token-wrong' }))).toBe('SignatureDoesNotMatch 403')
    expect(await read(clientOf({ id: 'nobody' }))).toBe('InvalidAccessKeyId 403')
    expect(await read(clientOf({ region: 'nl-ams' }))).toBe('AuthorizationHeaderMalformed 400')
    const unsigned = await new Promise<number | undefined>((resolve, reject) => {
      httpsRequest(`${server.endpoint}/${Bucket}/x`, { ca: house.rootPem }, ({ statusCode }) => resolve(statusCode))
        .on('error', reject)
        .end()
    })
    expect(unsigned).toBe(403)
  })

  test('F-61 who may only read is denied the rest, and is not told what is missing', async () => {
    const { clientOf, put } = await storage()
    await put('doc', 'one')
    const client = clientOf({ id: 'reader', secret: 'canary-token-reader' })
    const codes = [
      await statusOf(client.send(new GetObjectCommand({ Bucket, Key: 'doc' }))),
      await statusOf(client.send(new GetObjectCommand({ Bucket, Key: 'none' }))),
      await statusOf(client.send(new PutObjectCommand({ Bucket, Key: 'doc', Body: 'two' }))),
      await statusOf(client.send(new DeleteObjectCommand({ Bucket, Key: 'doc' }))),
      await statusOf(client.send(new ListObjectsV2Command({ Bucket }))),
    ]
    expect(codes).toEqual(['done', ...Array(4).fill('AccessDenied 403')])
  })
})

describe('the object storage, misbehaving', () => {
  test('a storage that ignores conditions takes every write', async () => {
    const { server, put, text } = await storage()
    const end = server.ignoreConditions()
    await put('claim', 'one', { IfNoneMatch: '*' })
    await put('claim', 'two', { IfNoneMatch: '*' })
    await put('claim', 'three', { IfMatch: '"stale"' })
    expect(await text('claim')).toBe('three')
    end()
    expect(await statusOf(put('claim', 'four', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412')
  })

  test('F-66 an answer can be lost after the write was done, and a connection before it', async () => {
    const { server, put, text } = await storage()
    server.misbehave({ method: 'PUT', path: /claim/, how: 'lostAnswer' })
    expect(await statusOf(put('claim', 'one', { IfNoneMatch: '*' }))).toBe('no answer')
    expect(await text('claim')).toBe('one')
    server.misbehave({ method: 'PUT', path: /other/, how: 'reset' })
    expect(await statusOf(put('other', 'one'))).toBe('no answer')
    expect(await statusOf(text('other'))).toBe('NoSuchKey 404')
    expect(server.requests.filter(({ status }) => status === 0)).toHaveLength(2)
  })

  test('a conflict, a call to slow down and a page from a proxy can be ordered', async () => {
    const { server, put } = await storage()
    server.misbehave({ method: 'PUT', path: /x/, how: 'status', status: 409 })
    expect(await statusOf(put('x', 'one'))).toBe('ConditionalRequestConflict 409')
    server.misbehave({ method: 'PUT', path: /x/, how: 'status' })
    expect(await statusOf(put('x', 'one'))).toBe('SlowDown 503')
    server.misbehave({ method: 'PUT', path: /x/, how: 'html', status: 502 })
    expect(await statusOf(put('x', 'one'))).toMatch(/ 502$/)
    expect(await statusOf(put('x', 'one'))).toBe('done')
  })

  test('what was answered is there after a new start, and what was removed is not', async () => {
    const folder = practiceFolder()
    onTestFinished(folder.remove)
    const first = await storage(folder.path)
    for (const name of ['one', 'two', 'three']) await first.put(name, name)
    await first.put('one', 'one again')
    await first.client.send(new DeleteObjectCommand({ Bucket, Key: 'two' }))
    await first.close()
    const { text, put } = await storage(folder.path)
    expect([await text('one'), await text('three')]).toEqual(['one again', 'three'])
    expect(await statusOf(text('two'))).toBe('NoSuchKey 404')
    expect(await statusOf(put('one', 'anew', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412')
  })
})
