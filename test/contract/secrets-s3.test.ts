import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore } from '../../lib/ports.ts'
import { driver } from '../../lib/secrets/drivers/s3.ts'
import type { ObjectStorage } from '../../sandbox/object-storage/object-storage.ts'
import { BUCKET, type Cloud, type CloudPlace, startBucketCloud } from '../support/cloud-stores.ts'
import { officialS3 } from '../support/practice-storage.ts'
import { failureOf } from '../support/stores.ts'

const NAME = 'certificate/shop'
const one = new Secret('canary-token-one')
const two = new Secret('canary-token-two')
const three = new Secret('canary-token-three')

let cloud: Cloud<ObjectStorage>
beforeAll(async () => {
  cloud = await startBucketCloud()
})
afterAll(() => cloud.close())

/** A store with `one` current and `two` pending, and its objects. */
async function filled(options?: object) {
  const place = cloud.place()
  const store = await place.sealed(options)
  const first = await store.stage(NAME, one)
  await store.activate(NAME, first, undefined)
  const second = await store.stage(NAME, two)
  return { place, store, first, second, ...objectsOf(place) }
}

function objectsOf(place: CloudPlace) {
  const client = officialS3(cloud.server, cloud.caCertificate, { id: 'canary-token-id', secret: 'canary-token-key' })
  onTestFinished(() => client.destroy())
  const prefix = `${(place.bucket as { prefix: string }).prefix}/`
  const Bucket = BUCKET
  const read = async (key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: prefix + key }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }
  const write = async (key: string, Body: Buffer | string) => {
    await client.send(new PutObjectCommand({ Bucket, Key: prefix + key, Body }))
  }
  const list = async () =>
    ((await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }))).Contents ?? []).map(({ Key = '' }) =>
      Key.slice(prefix.length),
    )
  const sealed = async () => (await list()).filter((key) => key.endsWith('.sealed'))
  const sealedOf = async (version: string) => (await sealed()).find((key) => key.includes(`@${version}`)) ?? ''
  const remove = (key: string) => removeObject(place, key)
  return { read, write, list, sealed, sealedOf, remove }
}

/** With the state driver: the objects of a bucket are the same to it. */
const removeObject = async (place: CloudPlace, key: string) => (await place.state()).remove(key)
const readCurrent = (store: SecretStore) => failureOf(store.read(NAME, 'current'))
const RECORD = `${NAME}/@stages`

describe('the sealed secrets in a bucket, damaged', () => {
  test('who only reads an empty bucket makes no object in it', async () => {
    const place = cloud.place()
    const { list } = objectsOf(place)
    for (const options of [{ masterKey: 'env:MASTER' }, { kmsKey: 'alias/newleaf' }])
      expect(await (await place.sealed(options)).read(NAME, 'current')).toBeUndefined()
    expect(await list()).toEqual([])
  })

  test('a removed secret leaves no object of it, also after a kill in the middle of it', async () => {
    const { store, list, remove } = await filled()
    await remove(RECORD)
    expect((await list()).filter((key) => key.startsWith(NAME))).toHaveLength(2)
    await store.remove(NAME)
    expect((await list()).filter((key) => key.startsWith(NAME))).toEqual([])
  })

  test('F-62 a flipped bit anywhere in a sealed object or in the record of stages is found', async () => {
    const { store, first, sealedOf, read, write } = await filled()
    for (const key of [await sealedOf(first), RECORD]) {
      const bytes = await read(key)
      for (let index = 0; index < bytes.length; index += 5) {
        const damaged = Buffer.from(bytes)
        damaged[index] = (damaged[index] ?? 0) ^ (1 << (index % 8))
        await write(key, damaged)
        expect([key, index, await readCurrent(store)]).toEqual([key, index, 'STORE_UNREADABLE'])
      }
      await write(key, bytes)
    }
    expect(await readCurrent(store)).toBe('no failure')
  })

  test('F-6A an older record of stages cannot pass for a newer one', async () => {
    const { store, second, first, read, write } = await filled()
    const old = await read(RECORD)
    await store.activate(NAME, second, first)
    const [, ...rest] = old.toString('latin1').split('\n')
    await write(RECORD, ['4', ...rest].join('\n'))
    expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
  })

  test('F-6A sealed objects cannot be swapped', async () => {
    const { store, first, second, sealedOf, read, write } = await filled()
    await write(await sealedOf(first), await read(await sealedOf(second)))
    expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
  })

  test('F-62 a record that names an object which is missing is damage, not absence, and staging it again mends it', async () => {
    const { store, first, sealedOf, remove } = await filled()
    await remove(await sealedOf(first))
    expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
    expect(await store.stage(NAME, one)).toBe(first)
    expect((await store.read(NAME, 'pending'))?.value.reveal()).toBe(one.reveal())
  })

  test('no object holds a secret that can be read', async () => {
    const { list, read } = await filled()
    for (const key of await list()) expect((await read(key)).toString('latin1')).not.toContain('canary')
  })
})

describe('the key of sealed secrets in a bucket', () => {
  test('F-6A another master key, and one that is none, are refused before anything is read or written', async () => {
    const { place, store } = await filled()
    expect(await failureOf(place.sealed({ masterKey: 'env:OTHER' }))).toBe('STORE_UNREADABLE')
    expect(await failureOf(place.sealed({ masterKey: 'env:SHORT' }))).toBe('STORE_UNREADABLE')
    expect(await failureOf(place.sealed({ passphrase: 'env:PASSPHRASE' }))).toBe('STORE_UNREADABLE')
    expect(await readCurrent(store)).toBe('no failure')
  })

  test('a passphrase opens what it sealed', async () => {
    const { place, first } = await filled({ passphrase: 'env:PASSPHRASE' })
    const again = await place.sealed({ passphrase: 'env:PASSPHRASE' })
    expect((await again.read(NAME, 'current'))?.version).toBe(first)
    expect(await failureOf(place.sealed({ passphrase: 'env:OTHER' }))).toBe('STORE_UNREADABLE')
  })

  test('of two that set a store up at once, both have the same key', async () => {
    for (const options of [{ passphrase: 'env:PASSPHRASE' }, { kmsKey: 'alias/newleaf' }]) {
      const place = cloud.place()
      const [a, b] = await Promise.all([place.sealed(options), place.sealed(options)])
      await a.stage(NAME, one)
      expect((await b.read(NAME, 'pending'))?.value.reveal()).toBe(one.reveal())
    }
  })

  test('F-6A a lost key, or a lost note about it, is not replaced while there are secrets', async () => {
    const { place, remove } = await filled({ kmsKey: 'alias/newleaf' })
    await remove('@master.key')
    await expect(place.sealed({ kmsKey: 'alias/newleaf' })).rejects.toThrow(/@master\.key is missing/)
    await remove('@store.json')
    await expect(place.sealed({ masterKey: 'env:MASTER' })).rejects.toThrow(/@store\.json is missing/)
  })

  test('the options name exactly one key', () => {
    const mistakes = (options: object) =>
      v.safeParse(driver.options, { bucket: 'secrets', ...options }).issues?.map(({ message }) => message)
    expect(mistakes({ masterKey: 'env:MASTER' })).toBe(undefined)
    expect(mistakes({ kmsKey: 'alias/newleaf' })).toBe(undefined)
    expect(mistakes({})).toEqual(['expected one of masterKey, passphrase and kmsKey'])
    expect(mistakes({ kmsKey: 'a', passphrase: 'env:A' })).toEqual(['expected one of masterKey, passphrase and kmsKey'])
    expect(mistakes({ masterKey: 'secret:key' })?.[0]).toMatch(/^expected env:NAME/)
    expect(mistakes({ masterKey: Buffer.alloc(32).toString('base64') })?.[0]).toMatch(/never the value itself/)
  })
})

describe('the sealed secrets in a bucket, interrupted', () => {
  /** One renewal: stage, stage, promote. Each of them is done again, as the next run would, until it is done. */
  async function renewal(place: CloudPlace) {
    let store: SecretStore | undefined
    const again = async <T>(work: (store: SecretStore) => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          store ??= await place.sealed()
          return await work(store)
        } catch (error) {
          if (!isFailure(error, 'UNREACHABLE')) throw error
          store = undefined
        }
      }
    }
    await again((store) => store.stage(NAME, two))
    const version = await again((store) => store.stage(NAME, three))
    const expected = (await again((store) => store.read(NAME, 'current')))?.version
    if (expected !== version) await again((store) => store.activate(NAME, version, expected))
  }

  test.each(['reset', 'lostAnswer'] as const)('F-01 F-66 killed at any write (%s), it converges', async (how) => {
    const fresh = async () => {
      const place = cloud.place()
      const store = await place.sealed()
      await store.activate(NAME, await store.stage(NAME, one), undefined)
      return { place, ...objectsOf(place) }
    }
    const counted = await fresh()
    const before = cloud.server.requests.length
    await renewal(counted.place)
    const total = cloud.server.requests.slice(before).filter(({ method }) => method !== 'GET').length
    expect(total).toBeGreaterThanOrEqual(5)
    for (let kill = 0; kill < total; kill++) {
      const { place, sealed } = await fresh()
      let left = kill
      const path = { test: () => left-- <= 0 && left > -5 } as unknown as RegExp // three tries, and one more
      const ends = ['PUT', 'DELETE'].map((method) => cloud.server.misbehave({ method, path, how, times: 4 }))
      await renewal(place)
      for (const end of ends) end()
      const store = await place.sealed()
      const at = async (stage: 'current' | 'pending' | 'previous') => (await store.read(NAME, stage))?.value.reveal()
      expect([kill, await at('current'), await at('pending'), await at('previous')]).toEqual([
        kill,
        three.reveal(),
        undefined,
        one.reveal(),
      ])
      await store.stage(NAME, two)
      expect((await sealed()).length).toBe(3)
    }
  })

  test('F-02 two that renew the same secret at once never read a damaged or a missing one', async () => {
    const { place, store, sealed } = await filled()
    const renew = async (mine: SecretStore, name: string) => {
      for (let index = 0; index < 12; index++) {
        const version = await mine.stage(NAME, new Secret(`canary-token-${name}-${index}`))
        const current = await mine.read(NAME, 'current')
        const result = await failureOf(mine.activate(NAME, version, current?.version))
        expect(['no failure', 'SECRET_CONFLICT']).toContain(result)
      }
    }
    await Promise.all(['left', 'right'].map(async (name) => renew(await place.sealed(), name)))
    await store.stage(NAME, one)
    expect((await sealed()).length).toBeLessThanOrEqual(3)
    expect(await readCurrent(store)).toBe('no failure')
  })

  test('F-61 denied is not absent', async () => {
    const { store } = await filled()
    onTestFinished(cloud.server.misbehave({ method: 'GET', path: /./, how: 'status', status: 403, times: 9 }))
    expect(await readCurrent(store)).toBe('DENIED')
    expect(await failureOf(store.stage(NAME, three))).toBe('DENIED')
    expect(await failureOf(store.activate(NAME, 'any', undefined))).toBe('DENIED')
  })
})
