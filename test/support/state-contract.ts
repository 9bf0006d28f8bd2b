import { describe, expect, test } from 'vitest'
import type { StateStore } from '../../lib/ports.ts'
import { failureOf } from './stores.ts'

const KEY = 'certificate/shop'

/** Gives a way to open one and the same store, which is empty, again and again. */
export type CreateState = () => Promise<() => Promise<StateStore>>

/**
 * What every state store must keep. `keys`: a storage that lies on a file system has no key below another one and none that is a
 * path upwards; no key of newleaf's is either.
 */
export const stateContract = (kind: string, create: CreateState, { keys: known = 'any' as 'any' | 'ours' } = {}) =>
  describe(`a state store: ${kind}`, () => {
    async function opened() {
      const open = await create()
      const store = await open()
      return { open, store, document: async () => (await store.read(KEY))?.document }
    }

    test('what was never written is absent, and removing it succeeds', async () => {
      const { store, document } = await opened()
      expect(await document()).toBe(undefined)
      await store.remove(KEY)
      expect(await store.list('')).toEqual([])
    })

    test('what is written is read by everybody, with the tag that the write gave', async () => {
      const { open, store } = await opened()
      const tag = await store.write(KEY, { fence: 1, at: new Date(0) }, undefined)
      const expected = { document: { fence: 1, at: '1970-01-01T00:00:00.000Z' }, tag }
      expect(await store.read(KEY)).toEqual(expected)
      expect(await (await open()).read(KEY)).toEqual(expected)
    })

    test('every write changes the tag, even one of the same content', async () => {
      const { store } = await opened()
      const tags = [await store.write(KEY, {}, undefined)]
      for (let index = 0; index < 12; index++) tags.push(await store.write(KEY, {}, tags.at(-1)))
      expect(new Set(tags).size).toBe(13)
      for (const tag of tags.slice(0, -1)) expect(await failureOf(store.write(KEY, 1, tag))).toBe('STATE_CONFLICT')
    })

    test('F-03 a write with an old tag, an unknown tag or none is refused, and changes nothing', async () => {
      const { open, store, document } = await opened()
      const old = await store.write(KEY, 1, undefined)
      await (await open()).write(KEY, 2, old)
      for (const tag of [old, undefined, 'unknown']) {
        expect(await failureOf(store.write(KEY, 3, tag))).toBe('STATE_CONFLICT')
      }
      expect(await failureOf(store.write('certificate/absent', 3, old))).toBe('STATE_CONFLICT')
      expect(await document()).toBe(2)
    })

    test('what was removed can be created again, but not changed', async () => {
      const { store, document } = await opened()
      const tag = await store.write(KEY, 1, undefined)
      await store.remove(KEY)
      await store.remove(KEY)
      expect(await document()).toBe(undefined)
      expect(await failureOf(store.write(KEY, 2, tag))).toBe('STATE_CONFLICT')
      await store.write(KEY, 3, undefined)
      expect(await document()).toBe(3)
    })

    test('F-02 of ten that create the same key at once, exactly one succeeds', async () => {
      const { open, document } = await opened()
      const instances = await Promise.all(Array.from({ length: 10 }, open))
      const results = await Promise.all(instances.map((each, index) => failureOf(each.write(KEY, index, undefined))))
      expect(results.filter((result) => result === 'no failure')).toHaveLength(1)
      expect(results.filter((result) => result === 'STATE_CONFLICT')).toHaveLength(9)
      expect(await document()).toBe(results.indexOf('no failure'))
    })

    test('F-02 of ten that change the same document at once, exactly one succeeds', async () => {
      const { open, store, document } = await opened()
      const tag = await store.write(KEY, 'old', undefined)
      const instances = await Promise.all(Array.from({ length: 10 }, open))
      const results = await Promise.all(instances.map((each, index) => failureOf(each.write(KEY, index, tag))))
      expect(results.filter((result) => result === 'no failure')).toHaveLength(1)
      expect(await document()).toBe(results.indexOf('no failure'))
    })

    test('a listing gives the keys that begin with the prefix, by code unit, up to and including the last', async () => {
      const { store } = await opened()
      const keys = [
        'wake/2026-11-22T06:00:00.000Z/shop',
        'wake/2026-11-22T06:00:00.000Z/blog',
        'wake/2026-11-22T05:59:59.999Z/shop',
        'wake/2026-11-23T06:00:00.000Z/shop',
        'wake/0000-swept/2026-11-22-0123456789abcdef',
        'wakeful',
        'certificate/shop',
        'certificate/shop-2',
        ...(known === 'any' ? ['certificate/shop/part'] : []),
      ]
      for (const key of keys) await store.write(key, {}, undefined)
      expect(await store.list('')).toEqual([...keys].sort())
      expect(await store.list('certificate/')).toEqual([
        'certificate/shop',
        'certificate/shop-2',
        ...(known === 'any' ? ['certificate/shop/part'] : []),
      ])
      expect(await store.list('certificate/shop')).toEqual(await store.list('certificate/'))
      expect(await store.list('certificate/shop-')).toEqual(['certificate/shop-2'])
      expect(await store.list('wake/2026-11-22', 'wake/2026-11-22T06:00:00.000Z/blog')).toEqual([
        'wake/2026-11-22T05:59:59.999Z/shop',
        'wake/2026-11-22T06:00:00.000Z/blog',
      ])
      expect(await store.list('wake/', 'wake/2026-11-22T06:00:00.000Z/~')).toEqual([
        'wake/0000-swept/2026-11-22-0123456789abcdef',
        'wake/2026-11-22T05:59:59.999Z/shop',
        'wake/2026-11-22T06:00:00.000Z/blog',
        'wake/2026-11-22T06:00:00.000Z/shop',
      ])
      expect(await store.list('nothing/')).toEqual([])
    })

    test.runIf(known === 'any')('a key that continues another one outlives it', async () => {
      const { store } = await opened()
      await store.write('a', 1, undefined)
      await store.write('a/b', 2, undefined)
      await store.remove('a')
      expect(await store.list('')).toEqual(['a/b'])
      expect(await store.read('a')).toBe(undefined)
    })

    test('many keys are removed at once, those that are gone among them', async () => {
      const { store } = await opened()
      const keys = Array.from({ length: 12 }, (_, index) => `wake/${String(index).padStart(2, '0')} & <more>/shop`)
      for (const key of keys) await store.write(key, {}, undefined)
      await store.remove('wake/none', ...keys.slice(0, 10))
      await store.remove()
      expect(await store.list('wake/')).toEqual(keys.slice(10))
    })

    test('any key comes back as it was', async () => {
      const { store } = await opened()
      const keys = [
        'Shop',
        'shop',
        'a b',
        'ü\u{1f331}',
        '%41',
        ...(known === 'any' ? ['..', '.'] : []),
        'a.',
        '@1.json',
        'con',
        'x:y',
        '~',
        '__proto__',
      ]
      for (const key of keys) await store.write(`odd/${key}`, key, undefined)
      expect(await store.list('odd/')).toEqual(keys.map((key) => `odd/${key}`).sort())
      for (const key of keys) expect((await store.read(`odd/${key}`))?.document).toBe(key)
    })

    test('any document comes back as it was', async () => {
      const { store } = await opened()
      const documents = [
        null,
        0,
        '',
        [],
        { text: 'ü\u2028\0', nested: { list: [1, { a: null }] } },
        'x'.repeat(100_000),
      ]
      let tag: string | undefined
      for (const document of documents) {
        tag = await store.write(KEY, document, tag)
        expect((await store.read(KEY))?.document).toEqual(document)
      }
    })
  })
