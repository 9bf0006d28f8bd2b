import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { mapConcurrently } from '../../lib/platform/concurrency.ts'
import type { StateStore } from '../../lib/ports.ts'
import { driver } from '../../lib/state/drivers/s3.ts'
import type { ApiFault } from '../../sandbox/api-faults.ts'
import type { ObjectStorage } from '../../sandbox/object-storage/object-storage.ts'
import { type Cloud, startBucketCloud } from '../support/cloud-stores.ts'
import { failureOf } from '../support/stores.ts'

const KEY = 'certificate/shop'

let cloud: Cloud<ObjectStorage>
beforeAll(async () => {
  cloud = await startBucketCloud()
})
afterAll(() => cloud.close())

/** A store that has written before, and what its requests are from now on. */
async function opened() {
  const place = cloud.place()
  const store = await place.state()
  const tag = await store.write(KEY, 'old', undefined)
  const since = cloud.server.requests.length
  return {
    place,
    store,
    tag,
    document: async () => (await (await place.state()).read(KEY))?.document,
    requests: () => cloud.server.requests.slice(since).map(({ method, status }) => `${method} ${status}`),
  }
}

const fault = (how: ApiFault['how'], method: string, more: Partial<ApiFault> = {}) =>
  onTestFinished(cloud.server.misbehave({ how, method, path: /./, ...more }))

describe('the state store in a bucket', () => {
  test('opening it sends nothing, and a listing is one request', async () => {
    const before = cloud.server.requests.length
    const store = await cloud.place().state()
    expect(cloud.server.requests).toHaveLength(before)
    expect(await store.list('wake/', 'wake/2026-11-22T06:00:00.000Z/~')).toEqual([])
    expect(cloud.server.requests.slice(before).map(({ method }) => method)).toEqual(['GET'])
  })

  test('a listing reads no page that lies behind the last key asked for', async () => {
    const { store, requests } = await opened()
    const keys = Array.from({ length: 1_001 }, (_, index) => `wake/2027-01-01/${String(index).padStart(4, '0')}`)
    await mapConcurrently(keys, 16, (key) => store.write(key, {}, undefined))
    const before = requests().length
    expect(await store.list('wake/', 'wake/2027-01-01/0002')).toEqual(keys.slice(0, 3))
    expect(requests()).toHaveLength(before + 1)
    expect(await store.list('wake/')).toEqual(keys)
    expect(requests()).toHaveLength(before + 3)
  })

  test('F-02 no change of two that write the same document at once is lost', async () => {
    const { place, document } = await opened()
    const count = async (store: StateStore, name: string) => {
      for (let index = 0; index < 20; index++) {
        for (;;) {
          const stored = await store.read('count')
          const list = (stored?.document ?? []) as string[]
          try {
            await store.write('count', [...list, `${name}-${index}`], stored?.tag)
            break
          } catch (error) {
            if (!isFailure(error, 'STATE_CONFLICT')) throw error
          }
        }
      }
    }
    await Promise.all(['left', 'right'].map(async (name) => count(await place.state(), name)))
    const list = (await (await place.state()).read('count'))?.document as string[]
    expect(list).toHaveLength(40)
    expect(new Set(list).size).toBe(40)
    expect(await document()).toBe('old')
  })
})

describe('the state store in a bucket, in trouble', () => {
  test('F-66 a write whose answer is lost knows itself again, and its tag is the newest', async () => {
    const { store, tag, document, requests } = await opened()
    fault('lostAnswer', 'PUT')
    const next = await store.write(KEY, 'new', tag)
    expect(requests()).toEqual(['PUT 0', 'PUT 412', 'GET 200'])
    fault('lostAnswer', 'PUT')
    const created = await store.write('certificate/blog', 'made', undefined)
    expect(await store.read('certificate/blog')).toEqual({ document: 'made', tag: created })
    await store.write(KEY, 'newer', next)
    expect(await document()).toBe('newer')
  })

  test('F-66 a write that never left is sent again', async () => {
    const { store, tag, document, requests } = await opened()
    fault('reset', 'PUT')
    await store.write(KEY, 'new', tag)
    expect(requests()).toEqual(['PUT 0', 'PUT 200'])
    expect(await document()).toBe('new')
  })

  test('F-66 a write that was overtaken after its answer was lost is refused', async () => {
    const { place, store, tag, document } = await opened()
    const other = await place.state()
    await other.write('warm', 1, undefined)
    fault('lostAnswer', 'PUT', { times: 3 })
    expect(await failureOf(store.write(KEY, 'new', tag))).toBe('UNREACHABLE')
    expect(await failureOf(other.write(KEY, 'other', tag))).toBe('STATE_CONFLICT')
    expect(await document()).toBe('new')
  })

  test('a write that met another one (409) is tried again, and is refused when that never ends', async () => {
    const { store, tag, document } = await opened()
    fault('status', 'PUT', { status: 409 })
    const next = await store.write(KEY, 'new', tag)
    fault('status', 'PUT', { status: 409, times: 3 })
    expect(await failureOf(store.write(KEY, 'newer', next))).toBe('STATE_CONFLICT')
    expect(await document()).toBe('new')
  })

  test.each([500, 503])('F-60 a status of %i is tried again, and is told when that does not end', async (status) => {
    const { store, tag } = await opened()
    for (const method of ['PUT', 'GET', 'DELETE']) fault('status', method, { status, times: 2 })
    await store.write(KEY, 'new', tag)
    expect((await store.read(KEY))?.document).toBe('new')
    await store.remove(KEY)
    fault('status', 'GET', { status, times: 4 })
    expect(await failureOf(store.list('wake/'))).toBe('UNAVAILABLE')
  })

  describe('many keys that are removed', () => {
    const KEYS = Array.from({ length: 1_100 }, (_, index) => `wake/${index}/shop`)
    const POST = (count: number) => Array.from({ length: count }, () => 'POST')
    async function removing(fails: () => void = () => {}, keys: readonly string[] = ['wake/0/shop', 'wake/1/shop']) {
      const { store } = await opened()
      for (const key of keys.slice(0, 2)) await store.write(key, {}, undefined)
      fails()
      const before = cloud.server.requests.length
      const failure = await store.remove(...keys).catch((error: unknown) => error)
      const requests = cloud.server.requests.slice(before).map(({ method }) => method)
      return { failure, requests, left: await store.list('wake/') }
    }

    test('are a thousand a request', async () => {
      expect(await removing(() => {}, KEYS)).toEqual({ failure: undefined, requests: POST(2), left: [] })
    })

    test('are removed one by one by a storage that cannot remove them together', async () => {
      const { failure, requests, left } = await removing(() => fault('status', 'POST', { status: 501 }))
      expect({ failure, requests, left }).toEqual({
        failure: undefined,
        requests: ['POST', 'DELETE', 'DELETE'],
        left: [],
      })
    })

    test('are removed alone where a storage refuses some of them', async () => {
      const { failure, requests, left } = await removing(() => {
        const written = cloud.server.requests.findLast(({ path }) => path.endsWith('wake/0/shop'))?.path ?? ''
        const key = written.split('/').slice(2).join('/')
        const body = `<DeleteResult><Error><Key>${key}</Key><Code>InternalError</Code></Error></DeleteResult>`
        fault('status', 'POST', { status: 200, body })
      })
      expect([failure, requests]).toEqual([undefined, ['POST', 'DELETE']])
      expect(left).toEqual(['wake/1/shop'])
    })

    test('are told of when they may not be', async () => {
      const { failure } = await removing(() => {
        for (const method of ['POST', 'DELETE']) fault('status', method, { status: 403, times: 9 })
      })
      expect(failure).toMatchObject({ code: 'DENIED', message: expect.stringMatching(/^DeleteObject of .*wake/) })
    })
  })

  test.each([409, 412])('a bare %i, without a word of XML, is a lost race', async (status) => {
    const { store, tag, document } = await opened()
    fault('status', 'PUT', { status, body: '', times: 3 })
    expect(await failureOf(store.write(KEY, 'new', tag))).toBe('STATE_CONFLICT')
    expect(await document()).toBe('old')
  })

  test.each(['', '<html>nothing here</html>'])(
    'a 404 with the body %j is the absence of an object where the bucket lists, and not where it does not',
    async (body) => {
      const { store, tag } = await opened()
      fault('status', 'GET', { status: 404, body, path: /absent$/ })
      expect(await store.read('certificate/absent')).toBe(undefined)
      fault('status', 'GET', { status: 404, body, path: /shop$/ })
      expect(await failureOf(store.read(KEY))).toBe('NOT_FOUND')
      fault('status', 'GET', { status: 404, body, times: 2 })
      expect(await failureOf(store.read('certificate/absent'))).toBe('NOT_FOUND')
      fault('status', 'PUT', { status: 404, body })
      expect(await failureOf(store.write(KEY, 'new', tag))).toBe('STATE_CONFLICT')
    },
  )

  test('F-61 keys that may not list are told so: a missing object is refused like one that may not be read', async () => {
    const { place, document } = await opened()
    const store = await place.state({ accessKeyId: 'env:NO_LISTING' })
    const stored = await store.read(KEY)
    expect(stored?.document).toBe('old')
    await expect(store.read('certificate/absent')).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringMatching(/^ListBucket of .* allow the role ListBucket$/),
    })
    await store.write(KEY, 'new', stored?.tag)
    expect(await document()).toBe('new')
  })

  test('a bucket whose objects are locked takes what is written, for a checksum comes with it', async () => {
    const { store, tag, document } = await opened()
    onTestFinished(cloud.server.requireChecksums())
    await store.write(KEY, 'new', tag)
    await store.write('certificate/blog', 'made', undefined)
    expect(await document()).toBe('new')
  })

  test('a storage that takes one write a second to one key is waited for', async () => {
    const { place } = await opened()
    const store = await place.state({}, { clock: systemClock })
    onTestFinished(cloud.server.limitWrites(1))
    let tag: string | undefined
    for (const document of [1, 2, 3]) tag = await store.write('certificate/often', document, tag)
    expect(await store.read('certificate/often')).toEqual({ document: 3, tag })
  }, 30_000)

  test('F-61 denied is not absent', async () => {
    const { store, tag } = await opened()
    for (const method of ['PUT', 'GET', 'DELETE']) fault('status', method, { status: 403, times: 1 })
    expect(await failureOf(store.read(KEY))).toBe('DENIED')
    expect(await failureOf(store.write(KEY, 'new', tag))).toBe('DENIED')
    expect(await failureOf(store.remove(KEY))).toBe('DENIED')
    fault('status', 'GET', { status: 403 })
    expect(await failureOf(store.list(''))).toBe('DENIED')
  })

  test('F-61 keys that are not known there, and a bucket that is not there, are not absence', async () => {
    const { place } = await opened()
    const stranger = await place.state({ accessKeyId: 'env:KEY', secretAccessKey: 'env:ID' })
    expect(await failureOf(stranger.read(KEY))).toBe('DENIED')
    const elsewhere = await place.state({ bucket: 'another-bucket' })
    expect(await failureOf(elsewhere.read(KEY))).toBe('NOT_FOUND')
    expect(await failureOf(elsewhere.list(''))).toBe('NOT_FOUND')
    expect(await failureOf(elsewhere.write(KEY, 1, undefined))).toBe('NOT_FOUND')
  })

  test('a wrong region is told as one', async () => {
    const { place } = await opened()
    const store = await place.state({ region: 'nl-ams' })
    await expect(store.read(KEY)).rejects.toThrow(/it is in another region, set `region`$/)
  })

  test('a page from something in front of it is neither a document nor an empty listing', async () => {
    const { store, tag } = await opened()
    fault('html', 'GET', { status: 200 })
    expect(await failureOf(store.list(''))).toBe('ANSWER_INVALID')
    fault('html', 'GET', { status: 200 })
    expect(await failureOf(store.read(KEY))).toBe('ANSWER_INVALID')
    fault('html', 'PUT', { status: 200 })
    expect(await failureOf(store.write(KEY, 'new', tag))).toBe('ANSWER_INVALID')
    fault('html', 'GET', { status: 502, times: 3 })
    expect(await failureOf(store.read(KEY))).toBe('UNAVAILABLE')
  })

  test('nobody there is UNREACHABLE, and no time left OUT_OF_TIME', async () => {
    const { place } = await opened()
    const nobody = await place.state({ endpoint: 'https://localhost:1' })
    expect(await failureOf(nobody.list(''))).toBe('UNREACHABLE')
    const late = await place.state({}, { timeLeft: () => 0 })
    expect(await failureOf(late.list(''))).toBe('OUT_OF_TIME')
  })

  test('a certificate that nobody trusts is not spoken to', async () => {
    const { place } = await opened()
    const stranger = await place.state({ caCertificate: undefined })
    expect(await failureOf(stranger.list(''))).toBe('UNREACHABLE')
    expect(await failureOf(place.state({ caCertificate: 'missing.pem' }))).toBe('CONFIG_INVALID')
  })

  test('a document that is too large is not written', async () => {
    const { store, tag, document } = await opened()
    expect(await failureOf(store.write(KEY, 'x'.repeat(2 ** 20), tag))).toBe('STORE_FAILED')
    expect(await document()).toBe('old')
  })
})

describe('a storage that ignores conditions', () => {
  test('is refused by the first write, which then is not made', async () => {
    const place = cloud.place()
    const store = await place.state()
    const end = cloud.server.ignoreConditions()
    onTestFinished(end)
    await expect(store.write(KEY, 1, undefined)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/ignores If-None-Match or If-Match/),
    })
    expect(await store.list('')).toEqual([])
    expect(await failureOf(store.write(KEY, 1, undefined))).toBe('CONFIG_INVALID')
    end()
    expect(await failureOf(store.write(KEY, 1, undefined))).toBe('no failure')
  })

  const firstUse = (['500', '503', 'lostAnswer', 'reset'] as const).flatMap((how) =>
    [1, 2, 3, 4].map((nth) => ({ how, nth })),
  )
  test.each(firstUse)('is not seen in one whose PUT number $nth fails ($how)', async ({ how, nth }) => {
    const store = await cloud.place().state()
    let puts = 0
    const path = { test: () => ++puts === nth } as unknown as RegExp
    if (how === '500' || how === '503') fault('status', 'PUT', { status: Number(how), path })
    else fault(how, 'PUT', { path })
    await store.write(KEY, 1, undefined)
    expect((await store.read(KEY))?.document).toBe(1)
  })

  test.each([
    { status: 501 },
    { status: 501, body: '' },
    { status: 400, body: '<Error><Code>NotImplemented</Code><Message>no</Message></Error>' },
  ])('is refused at once where it says so itself: $status $body', async (how) => {
    const place = cloud.place()
    const store = await place.state()
    const before = cloud.server.requests.length
    fault('status', 'PUT', { ...how, times: 99 })
    await expect(store.write(KEY, 1, undefined)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/use a storage that does$/),
    })
    expect(cloud.server.requests.slice(before).filter(({ method }) => method === 'PUT').length).toBeLessThanOrEqual(2)
  })

  test('is found out once by a process, whose next runs write at once', async () => {
    const place = cloud.place()
    await (await place.state()).write('a', 1, undefined)
    const since = cloud.server.requests.length
    for (const key of ['b', 'c']) await (await place.state()).write(key, 1, undefined)
    const sent = cloud.server.requests.slice(since).map(({ method, status }) => `${method} ${status}`)
    expect(sent).toEqual(['PUT 200', 'PUT 200'])
    expect(await (await place.state()).list('')).toEqual(['a', 'b', 'c'])
  })
})

describe('the options of the state store in a bucket', () => {
  const mistakes = (options: object) =>
    v.safeParse(driver.options, { bucket: 'states', ...options }).issues?.map(({ message }) => message)

  test('name a bucket, and both keys or none, from outside of the stores', () => {
    expect(mistakes({})).toBe(undefined)
    expect(mistakes({ prefix: 'newleaf/prod', region: 'eu-central-1' })).toBe(undefined)
    expect(mistakes({ prefix: '' })).toBe(undefined)
    expect(mistakes({ bucket: 'Not_A_Bucket' })).toEqual(['expected the name of a bucket'])
    expect(mistakes({ prefix: '../up' })).toEqual(['expected a path such as newleaf/prod'])
    expect(mistakes({ accessKeyId: 'env:ID' })).toEqual([
      'expected both of accessKeyId and secretAccessKey, or neither',
    ])
    expect(mistakes({ accessKeyId: 'env:ID', secretAccessKey: 'secret:storage' })?.[0]).toMatch(/^expected env:NAME/)
    expect(mistakes({ endpoint: 'http://localhost' })).toEqual(['expected an https URL'])
  })

  test('a prefix of nothing is the whole bucket', async () => {
    const { place } = await opened()
    const store = await place.state({ prefix: '' })
    await store.write('whole/bucket', 1, undefined)
    expect(await store.list('whole/')).toEqual(['whole/bucket'])
  })

  test('without a prefix it is a part of the bucket that is the environment’s own', async () => {
    const { place } = await opened()
    await (await place.state({ prefix: undefined })).write('own', 1, undefined)
    expect(await (await place.state({ prefix: '' })).read('newleaf/test/state/own')).toMatchObject({ document: 1 })
  })

  test.each(['', 'a\u0000', `a/${'x'.repeat(1_100)}`, 'a/\ud800'])('the key %j is refused', async (key) => {
    const { store } = await opened()
    expect(await failureOf(store.write(key, 1, undefined))).toBe('CONFIG_INVALID')
    expect(await failureOf(store.read(key))).toBe('CONFIG_INVALID')
  })
})
