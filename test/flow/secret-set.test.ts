import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createResolver } from '../../lib/config/references.ts'
import type { SecretReference } from '../../lib/platform/secret.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { setSecret } from '../../lib/secrets/set-secret.ts'
import { changed } from '../support/config-text.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'
import { failureOf, openSecrets, temporaryFolder } from '../support/stores.ts'
import { newleaf } from '../support/terminal.ts'

const TOKEN = 'canary-token-typed'

/** A configuration with a store in a folder, the command line over it, and the store as references see it. */
async function place() {
  const folder = await temporaryFolder(onTestFinished)
  const config = join(folder, 'newleaf.yaml')
  const secrets = { use: 'file', options: { folder: 'secrets', masterKey: 'keys/master.key' } }
  await writeFile(config, changed({ secrets }))
  return {
    type: (name: string, typed: string) => newleaf(['secret', 'set', name, '--config', config], { typed }),
    set: (name: string, stdin: string | Uint8Array, ...more: string[]) =>
      newleaf(['secret', 'set', name, '--config', config, ...more], { stdin }),
    async find(reference: Omit<SecretReference & { from: 'secret' }, 'from'>) {
      const resolve = createResolver({ env: {}, secrets: await openSecrets(folder) })
      return (await resolve({ from: 'secret', ...reference })).reveal()
    },
    store: () => openSecrets(folder),
  }
}

describe('newleaf secret set', () => {
  test('keeps plain text where secret:NAME finds it, without the line end that echo leaves, and shows nothing of it', async () => {
    const { set, find } = await place()
    const { code, stdout, stderr } = await set('linode', `\uFEFF${TOKEN} \r\n`)
    expect([code, stdout]).toEqual([0, 'secret:linode is set in the store of prod\n'])
    expect(stderr.includes(TOKEN)).toBe(false)
    expect((await find({ name: 'linode' })) === TOKEN).toBe(true)
  })

  test('keeps a JSON object whose fields secret:NAME#field finds', async () => {
    const { set, find } = await place()
    expect((await set('scaleway', `{ "dns": "${TOKEN}", "lb": "other" }\r\n`)).code).toBe(0)
    expect((await find({ name: 'scaleway', field: 'dns' })) === TOKEN).toBe(true)
  })

  test('sets one field of a JSON object and leaves the others, and makes the object where there is none', async () => {
    const { set, find } = await place()
    expect(JSON.parse((await set('scaleway#dns', 'one\n', '--json')).stdout)).toEqual({
      v: 1,
      ok: true,
      reference: 'secret:scaleway#dns',
    })
    await set('scaleway#lb', 'two')
    await set('scaleway#dns', 'three')
    expect(await find({ name: 'scaleway', field: 'dns' })).toBe('three')
    expect(await find({ name: 'scaleway', field: 'lb' })).toBe('two')
  })

  test('reads one line from a terminal without showing it, and sets nothing after Ctrl-C', async () => {
    const { type, find } = await place()
    const { code, stdout, stderr } = await type('linode', `${TOKEN}\r`)
    expect([code, stdout]).toEqual([0, 'secret:linode is set in the store of prod\n'])
    expect(stderr).toContain('it is not shown')
    expect((stdout + stderr).includes(TOKEN)).toBe(false)
    expect((await find({ name: 'linode' })) === TOKEN).toBe(true)
    const stopped = await type('linode', 'other\x03')
    expect([stopped.code, stopped.stderr.includes('nothing was set')]).toEqual([2, true])
    expect((await find({ name: 'linode' })) === TOKEN).toBe(true)
  })

  test('makes what was current previous, and no new version of the same', async () => {
    const { set, store } = await place()
    await set('linode', 'one')
    await set('linode', 'two')
    const before = await (await store()).read('linode', 'current')
    await set('linode', 'two\n')
    const after = await store()
    expect((await after.read('linode', 'current'))?.version).toBe(before?.version)
    expect((await after.read('linode', 'previous'))?.value.reveal()).toBe('one')
    expect(await after.read('linode', 'pending')).toBeUndefined()
  })

  test.each<[string, string | Uint8Array, string]>([
    ['linode', '', 'an empty value is refused'],
    ['linode', '\n', 'an empty value is refused'],
    ['linode', `{ "dns": "${TOKEN}"`, 'is no JSON object'],
    ['linode', 'x'.repeat(65_537), 'has 64 KiB at most'],
    ['linode', Uint8Array.of(0xff, 0xfe), 'text in UTF-8'],
    ['plain#field', TOKEN, 'has no fields'],
    ['certificate/shop', TOKEN, 'newleaf keeps its own keys and certificates there'],
    ['account', TOKEN, 'newleaf keeps its own keys and certificates there'],
    ['a/../b', TOKEN, 'no name for a secret'],
    ['two words', TOKEN, 'expected `newleaf secret set NAME` or `NAME#field`'],
    ['', TOKEN, 'expected `newleaf secret set NAME` or `NAME#field`'],
  ])('refuses to set %j to something unfit, says why, and keeps nothing', async (name, value, why) => {
    const { set, store } = await place()
    await set('plain', 'text')
    const { code, stdout, stderr } = await set(name, value)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(why)
    expect(stderr.includes(TOKEN)).toBe(false)
    expect(await (await store()).read('linode', 'current')).toBeUndefined()
    expect((await (await store()).read('plain', 'current'))?.value.reveal()).toBe('text')
  })

  test('takes no value as an argument, and does not repeat one', async () => {
    const { set } = await place()
    for (const args of [
      ['linode', '', TOKEN],
      [`=${TOKEN}`, ''],
    ] as const) {
      const { code, stderr } = await set(...(args as [string, string]))
      expect([code, stderr.includes(TOKEN)]).toEqual([2, false])
    }
  })

  test('of two people who set one secret at once, one is told to look again', async () => {
    const store = createMemorySecrets()
    const slow = {
      ...store,
      async stage(name: string, value: Secret) {
        await setSecret(store, { name: 'linode' }, new Secret('first'))
        return store.stage(name, value)
      },
    }
    expect(await failureOf(setSecret(slow, { name: 'linode' }, new Secret('second')))).toBe('SECRET_CONFLICT')
    expect((await store.read('linode', 'current'))?.value.reveal()).toBe('first')
  })
})
