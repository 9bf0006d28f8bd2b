import { afterAll, beforeAll, expect, test } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import type { StateStore } from '../../lib/ports.ts'
import { type Cloud, createLockedBucket, startStorageCloud } from '../support/cloud-stores.ts'
import { describePeers } from '../support/describe-peers.ts'
import { secretsContract } from '../support/secrets-contract.ts'
import { stateContract } from '../support/state-contract.ts'
import { type StoragePeer, startMinio, startVersitygw } from '../support/storage-peers.ts'
import { failureOf } from '../support/stores.ts'

const KEY = 'certificate/shop'

for (const [name, start] of [
  ['versitygw', startVersitygw],
  ['minio', startMinio],
] as const) {
  describePeers(`the stores at ${name}`, [name], (paths) => {
    let cloud: Cloud<StoragePeer>
    beforeAll(async () => {
      cloud = await startStorageCloud(start, paths[name])
    })
    afterAll(() => cloud.close())

    secretsContract('s3 with a master key', async () => cloud.place().sealed)
    stateContract('s3', async () => cloud.place().state, { keys: 'ours' })

    test('F-02 no change of four that write the same document at once is lost', async () => {
      const place = cloud.place()
      const count = async (store: StateStore, writer: string) => {
        for (let index = 0; index < 15; index++) await append(store, `${writer}-${index}`)
      }
      await Promise.all(['a', 'b', 'c', 'd'].map(async (writer) => count(await place.state(), writer)))
      const list = (await (await place.state()).read(KEY))?.document as string[]
      expect(list).toHaveLength(60)
      expect(new Set(list).size).toBe(60)
    })

    test('F-02 of many that create a key at once exactly one does, each time', async () => {
      const place = cloud.place()
      const stores = await Promise.all(Array.from({ length: 6 }, () => place.state()))
      for (let round = 0; round < 20; round++) {
        const key = `certificate/round-${round}`
        const results = await Promise.all(stores.map((store, index) => failureOf(store.write(key, index, undefined))))
        expect(results.filter((result) => result !== 'STATE_CONFLICT')).toEqual(['no failure'])
        expect((await stores[0]?.read(key))?.document).toBe(results.indexOf('no failure'))
      }
    })

    test('keys that are not known there, and a bucket that is not there, are not absence', async () => {
      const place = cloud.place()
      const stranger = await place.state({ accessKeyId: 'env:KEY', secretAccessKey: 'env:ID' })
      expect(await failureOf(stranger.read(KEY))).toBe('DENIED')
      const elsewhere = await place.state({ bucket: 'another-bucket' })
      expect(await failureOf(elsewhere.read(KEY))).toBe('NOT_FOUND')
      expect(await failureOf(elsewhere.write(KEY, 1, undefined))).toBe('NOT_FOUND')
    })

    test('a bucket whose objects are locked for a day is written to, and what is removed there is gone', async () => {
      const store = await cloud.place().state({ bucket: await createLockedBucket(cloud) })
      const tag = await store.write(KEY, 1, undefined)
      expect(await store.read(KEY)).toEqual({ document: 1, tag })
      await store.write(KEY, 2, tag)
      expect(await failureOf(store.write(KEY, 3, tag))).toBe('STATE_CONFLICT')
      await store.remove(KEY)
      expect([await store.read(KEY), await store.list('')]).toEqual([undefined, []])
    })
  })
}

async function append(store: StateStore, mark: string): Promise<void> {
  for (;;) {
    const stored = await store.read(KEY)
    try {
      await store.write(KEY, [...((stored?.document ?? []) as string[]), mark], stored?.tag)
      return
    } catch (error) {
      if (!isFailure(error, 'STATE_CONFLICT')) throw error
    }
  }
}
