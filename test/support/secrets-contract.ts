import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore, Stage } from '../../lib/ports.ts'
import { failureOf } from './stores.ts'

const NAME = 'certificate/shop'
const one = new Secret('canary-token-one')
const two = new Secret('canary-token-two')
const three = new Secret('canary-token-three')

/** Gives a way to open one and the same store, which is empty, again and again. */
export type CreateSecrets = () => Promise<() => Promise<SecretStore>>

/** What every secrets store must keep. */
export const secretsContract = (kind: string, create: CreateSecrets) =>
  describe(`a secrets store: ${kind}`, () => {
    async function opened() {
      const open = await create()
      const store = await open()
      const at = async (stage: Stage, from = store) => (await from.read(NAME, stage))?.value.reveal()
      return { open, store, at }
    }

    test('what was never stored is absent at every stage', async () => {
      const { at } = await opened()
      expect([await at('current'), await at('pending'), await at('previous')]).toEqual([
        undefined,
        undefined,
        undefined,
      ])
    })

    test('staging makes a value pending and leaves current as it is', async () => {
      const { store, at } = await opened()
      await store.activate(NAME, await store.stage(NAME, one), undefined)
      const version = await store.stage(NAME, two)
      expect(await store.read(NAME, 'pending')).toEqual({ version, value: two })
      expect([await at('current'), await at('pending'), await at('previous')]).toEqual([
        one.reveal(),
        two.reveal(),
        undefined,
      ])
    })

    test('the same content again makes no new version, whatever stage it is at', async () => {
      const { open, store } = await opened()
      const version = await store.stage(NAME, one)
      expect(await store.stage(NAME, one)).toBe(version)
      expect(await (await open()).stage(NAME, new Secret(one.reveal()))).toBe(version)
      await store.activate(NAME, version, undefined)
      expect(await store.stage(NAME, one)).toBe(version)
      expect((await store.read(NAME, 'current'))?.version).toBe(version)
    })

    test('promoting makes current previous and leaves nothing pending', async () => {
      const { store, at } = await opened()
      const first = await store.stage(NAME, one)
      await store.activate(NAME, first, undefined)
      await store.activate(NAME, await store.stage(NAME, two), first)
      expect([await at('current'), await at('pending'), await at('previous')]).toEqual([
        two.reveal(),
        undefined,
        one.reveal(),
      ])
    })

    test('promoting again what is current succeeds and changes nothing, so that a lost answer does no harm', async () => {
      const { store, at } = await opened()
      const first = await store.stage(NAME, one)
      await store.activate(NAME, first, undefined)
      const second = await store.stage(NAME, two)
      await store.activate(NAME, second, first)
      await store.activate(NAME, second, first)
      expect([await at('current'), await at('previous')]).toEqual([two.reveal(), one.reveal()])
    })

    test('promoting current once more, after it was staged anew, leaves nothing pending and keeps previous', async () => {
      const { store, at } = await opened()
      const first = await store.stage(NAME, one)
      await store.activate(NAME, first, undefined)
      const second = await store.stage(NAME, two)
      await store.activate(NAME, second, first)
      await store.stage(NAME, two)
      await store.activate(NAME, second, second)
      expect([await at('current'), await at('pending'), await at('previous')]).toEqual([
        two.reveal(),
        undefined,
        one.reveal(),
      ])
    })

    test('promoting is refused when another version than expected is current', async () => {
      const { store, at } = await opened()
      const first = await store.stage(NAME, one)
      await store.activate(NAME, first, undefined)
      const second = await store.stage(NAME, two)
      expect(await failureOf(store.activate(NAME, second, undefined))).toBe('SECRET_CONFLICT')
      expect(await failureOf(store.activate(NAME, second, 'another'))).toBe('SECRET_CONFLICT')
      expect(await at('current')).toBe(one.reveal())
    })

    test('promoting a version that is gone is refused', async () => {
      const { store } = await opened()
      const lost = await store.stage(NAME, one)
      await store.stage(NAME, two)
      expect(await failureOf(store.activate(NAME, lost, undefined))).toBe('SECRET_CONFLICT')
    })

    test('previous can be staged and promoted again', async () => {
      const { store, at } = await opened()
      const first = await store.stage(NAME, one)
      await store.activate(NAME, first, undefined)
      const second = await store.stage(NAME, two)
      await store.activate(NAME, second, first)
      expect(await store.stage(NAME, one)).toBe(first)
      await store.activate(NAME, first, second)
      expect([await at('current'), await at('previous')]).toEqual([one.reveal(), two.reveal()])
    })

    test('F-02 of two runs that promote over the same version, exactly one succeeds', async () => {
      const { open, store, at } = await opened()
      const other = await open()
      const first = await store.stage(NAME, one)
      await store.activate(NAME, first, undefined)
      const second = await store.stage(NAME, two)
      await store.activate(NAME, second, first)
      const third = await other.stage(NAME, three)
      const results = await Promise.all([
        failureOf(store.activate(NAME, first, second)),
        failureOf(other.activate(NAME, third, second)),
      ])
      expect(results.sort()).toEqual(['SECRET_CONFLICT', 'no failure'])
      expect(await at('previous')).toBe(two.reveal())
      expect(await at('current', other)).toBe(await at('current'))
    })

    test('F-02 of two runs that stage at once, both succeed and the later one is pending', async () => {
      const { open, store } = await opened()
      const other = await open()
      const versions = await Promise.all([store.stage(NAME, one), other.stage(NAME, two)])
      const pending = await store.read(NAME, 'pending')
      expect(versions).toContain(pending?.version)
      expect([one.reveal(), two.reveal()][versions.indexOf(pending?.version ?? '')]).toBe(pending?.value.reveal())
    })

    test('what is removed is there at no stage, nor is what continues its name removed with it', async () => {
      const { open, store, at } = await opened()
      const first = await store.stage(NAME, one)
      await store.activate(NAME, first, undefined)
      await store.activate(NAME, await store.stage(NAME, two), first)
      await store.stage(NAME, three)
      await store.stage(`${NAME}/more`, one)
      await store.stage(`${NAME}2`, two)
      if ((await (await open()).remove(NAME)) === 'removed') {
        expect([await at('current'), await at('pending'), await at('previous')]).toEqual(Array(3).fill(undefined))
        await store.activate(NAME, await store.stage(NAME, two), undefined)
        expect([await at('current'), await at('previous')]).toEqual([two.reveal(), undefined])
      } else {
        for (const stage of ['current', 'pending', 'previous'] as const)
          expect(await failureOf(store.read(NAME, stage))).toBe('STORE_UNREADABLE')
        expect(await failureOf(store.stage(NAME, one))).toBe('STORE_UNREADABLE')
      }
      expect((await store.read(`${NAME}/more`, 'pending'))?.value.reveal()).toBe(one.reveal())
      expect((await store.read(`${NAME}2`, 'pending'))?.value.reveal()).toBe(two.reveal())
    })

    test('removing again succeeds with the same answer, so that a lost one does no harm, and so does removing what never was', async () => {
      const { store } = await opened()
      await store.stage(NAME, one)
      const became = await store.remove(NAME)
      expect(await store.remove(NAME)).toBe(became)
      expect(await store.remove('certificate/never')).toBe('removed')
    })

    test('names that differ only in the case of a letter, or of which one continues the other, are different secrets', async () => {
      const { store } = await opened()
      const names = ['linode', 'Linode', 'linode/api', 'linode.', 'account/lets-encrypt_1', 'A']
      for (const name of names)
        await store.activate(name, await store.stage(name, new Secret(`canary-token-${name}`)), undefined)
      for (const name of names) expect((await store.read(name, 'current'))?.value.reveal()).toBe(`canary-token-${name}`)
    })

    test('F-89 nothing that can be printed of a stored secret holds its value', async () => {
      const { store } = await opened()
      await store.stage(NAME, one)
      const stored = await store.read(NAME, 'pending')
      expect(`${inspect(stored, { depth: 9 })} ${JSON.stringify(stored)}`).not.toContain('canary')
      expect(inspect(stored, { showHidden: true })).toContain('[secret]')
    })

    test('any text that a certificate could be comes back as it was', async () => {
      const { store, at } = await opened()
      for (const text of ['\0', 'ü €\u{1f331}\r\n', 'x'.repeat(60_000)]) {
        await store.stage(NAME, new Secret(text))
        expect((await at('pending')) === text).toBe(true)
      }
    })
  })
