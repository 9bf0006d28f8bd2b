import {
  chmod,
  chown,
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore } from '../../lib/ports.ts'
import { driver } from '../../lib/secrets/drivers/file.ts'
import { go, killAfter, startWorker } from '../support/processes.ts'
import { failureOf, openSecrets, temporaryFolder } from '../support/stores.ts'

const NAME = 'certificate/shop'
const one = new Secret('canary-token-one')
const two = new Secret('canary-token-two')

/** A store with `one` current and `two` pending. */
async function filled() {
  const folder = await temporaryFolder(onTestFinished)
  const store = await openSecrets(folder)
  const first = await store.stage(NAME, one)
  await store.activate(NAME, first, undefined)
  await store.stage(NAME, two)
  const place = join(folder, 'secrets/certificate/shop')
  const files = await readdir(place)
  const sealedOf = (version: string) => join(place, files.find((file) => file.startsWith(`@${version}`)) ?? '')
  const newest = join(
    place,
    files
      .filter((file) => file.endsWith('.json'))
      .sort()
      .at(-1) ?? '',
  )
  return { folder, store, place, first, sealed: sealedOf(first), sealedOf, newest }
}

const readCurrent = (store: SecretStore) => failureOf(store.read(NAME, 'current'))

async function* flippedBits(path: string) {
  const bytes = await readFile(path)
  for (const index of bytes.keys()) {
    const damaged = Buffer.from(bytes)
    damaged[index] = (damaged[index] ?? 0) ^ (1 << (index % 8))
    await writeFile(path, damaged)
    yield index
  }
  await writeFile(path, bytes)
}

describe('the secrets store of files', () => {
  test('a removed secret leaves nothing of it on the disk, also after a kill in the middle of it', async () => {
    const { folder, store } = await filled()
    await store.remove(NAME)
    expect(await readdir(join(folder, 'secrets'))).toEqual(['@store.json'])
    const { folder: other, store: torn, place, newest } = await filled()
    for (const file of (await readdir(place)).filter((each) => each.endsWith('.json'))) await rm(join(place, file))
    expect(newest).toContain('.json')
    expect(await readdir(place)).not.toEqual([])
    await torn.remove(NAME)
    expect(await readdir(join(other, 'secrets'))).toEqual(['@store.json'])
  })
})

describe('the secrets store of files, damaged', () => {
  test('F-62 a flipped bit in any byte of a sealed secret is found', async () => {
    const { store, sealed } = await filled()
    for await (const index of flippedBits(sealed)) {
      expect([index, await readCurrent(store)]).toEqual([index, 'STORE_UNREADABLE'])
    }
    expect(await readCurrent(store)).toBe('no failure')
  })

  test('F-62 a flipped bit in any byte of the record of stages is found, by reading and by writing', async () => {
    const { store, newest } = await filled()
    for await (const index of flippedBits(newest)) {
      expect([index, await readCurrent(store)]).toEqual([index, 'STORE_UNREADABLE'])
    }
    await writeFile(newest, '{}\n')
    expect(await failureOf(store.stage(NAME, two))).toBe('STORE_UNREADABLE')
    expect(await readFile(newest, 'utf8')).toBe('{}\n')
  })

  test('F-62 a flipped bit in any byte of the master key is found before anything is read', async () => {
    const { folder } = await filled()
    const key = join(folder, 'keys/master.key')
    await writeFile(key, (await readFile(key, 'utf8')).trim())
    for await (const index of flippedBits(key)) {
      expect([index, await failureOf(openSecrets(folder))]).toEqual([index, 'STORE_UNREADABLE'])
    }
    expect(await failureOf(openSecrets(folder))).toBe('no failure')
  })

  test('F-62 a file cut short at any length, or continued, is found', async () => {
    const { store, sealed, newest } = await filled()
    for (const path of [sealed, newest]) {
      const bytes = await readFile(path)
      for (let length = 0; length < bytes.length; length += 7) {
        await writeFile(path, bytes.subarray(0, length))
        expect([length, await readCurrent(store)]).toEqual([length, 'STORE_UNREADABLE'])
      }
      await writeFile(path, Buffer.concat([bytes, Buffer.from('\n')]))
      expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
      await writeFile(path, bytes)
    }
  })

  test('F-6A sealed files cannot be swapped, neither within a secret nor between secrets', async () => {
    const { folder, store, sealed, sealedOf } = await filled()
    const other = sealedOf((await store.read(NAME, 'pending'))?.version ?? '')
    await cp(other, sealed)
    expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
    await rename(join(folder, 'secrets/certificate/shop'), join(folder, 'secrets/certificate/blog'))
    expect(await failureOf(store.read('certificate/blog', 'pending'))).toBe('STORE_UNREADABLE')
    expect(await store.read(NAME, 'pending')).toBe(undefined)
  })

  test('F-6A an older record of stages cannot be put in the place of the newest', async () => {
    const { store, place, newest } = await filled()
    await cp(join(place, '@1.json'), newest)
    expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
    await rename(newest, join(place, '@99.json'))
    expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
  })

  test('F-62 a record that names a file which is missing is damage, not absence', async () => {
    const { store, sealed } = await filled()
    await rm(sealed)
    expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
    expect(await failureOf(store.read(NAME, 'pending'))).toBe('no failure')
  })

  test('staging a content again whose file is missing writes it anew', async () => {
    const { store, sealed, first } = await filled()
    await rm(sealed)
    expect(await store.stage(NAME, one)).toBe(first)
    expect((await store.read(NAME, 'pending'))?.value.reveal()).toBe(one.reveal())
  })
})

describe('the secrets store of files, guarded', () => {
  test('F-6A folders are for their owner alone, and so are files', async () => {
    const { folder, place, sealed, newest } = await filled()
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
    const folders = [join(folder, 'secrets'), join(folder, 'secrets/certificate'), place, join(folder, 'keys')]
    expect(await Promise.all(folders.map(mode))).toEqual(['700', '700', '700', '700'])
    const files = [sealed, newest, join(folder, 'secrets/@store.json'), join(folder, 'keys/master.key')]
    expect(await Promise.all(files.map(mode))).toEqual(['600', '600', '600', '600'])
  })

  test('F-6A what others can read is refused, with the command that mends it', async () => {
    const { folder, store, place, sealed, newest } = await filled()
    for (const path of [sealed, newest]) {
      await chmod(path, 0o640)
      await expect(store.read(NAME, 'current')).rejects.toMatchObject({
        code: 'STORE_UNREADABLE',
        message: `${path} is open to others (mode 640): chmod go-rwx '${path}'`,
      })
      await chmod(path, 0o600)
    }
    await chmod(place, 0o755)
    expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
    await chmod(place, 0o700)
    expect(await readCurrent(store)).toBe('no failure')
    for (const path of ['keys/master.key', 'secrets', 'secrets/@store.json']) {
      const before = (await stat(join(folder, path))).mode
      await chmod(join(folder, path), 0o744)
      expect([path, await failureOf(openSecrets(folder))]).toEqual([path, 'STORE_UNREADABLE'])
      await chmod(join(folder, path), before)
    }
  })

  test.runIf(process.getuid?.() !== 0)(
    'F-6A what belongs to another user is refused, to whoever is not root too',
    async () => {
      const { folder, store } = await filled()
      vi.spyOn(process, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 1)
      onTestFinished(() => void vi.restoreAllMocks())
      expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
      await expect(openSecrets(folder)).rejects.toThrow(/ belongs to user /)
    },
  )

  test.runIf(process.getuid?.() === 0)('F-6A what belongs to another user is refused, whatever its mode', async () => {
    const { folder, store, place, sealed, newest } = await filled()
    for (const path of [sealed, newest, place]) {
      await chown(path, 65_534, 0)
      await expect(store.read(NAME, 'current')).rejects.toMatchObject({
        code: 'STORE_UNREADABLE',
        message: `${path} belongs to user 65534: chown 0 '${path}'`,
      })
      await chown(path, 0, 65_534) // a group has but what the mode gives it
      expect(await readCurrent(store)).toBe('no failure')
    }
    for (const path of ['keys/master.key', 'secrets', 'secrets/@store.json']) {
      await chown(join(folder, path), 65_534, 0)
      expect([path, await failureOf(openSecrets(folder))]).toEqual([path, 'STORE_UNREADABLE'])
      await chown(join(folder, path), 0, 0)
    }
  })

  test.each([
    ['a link to the file', async (path: string, away: string) => symlink(away, path)],
    ['a folder', async (path: string) => mkdir(path, { mode: 0o700 })],
    ['a link to nothing', async (path: string) => symlink('/nowhere/at/all', path)],
  ])('F-6A %s in place of a file is damage, not absence', async (_what, put) => {
    const { folder, store, sealed, newest } = await filled()
    for (const path of [newest, sealed]) {
      const away = join(folder, 'away')
      await rename(path, away)
      await put(path, away)
      expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
      await rm(path, { recursive: true })
      await rename(away, path)
    }
    expect(await readCurrent(store)).toBe('no failure')
  })

  test('F-6A a link or a file in place of a folder is refused, by reading and by writing', async () => {
    const { folder, store, place } = await filled()
    await rename(place, join(folder, 'away'))
    await symlink(join(folder, 'away'), place)
    expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
    expect(await failureOf(store.stage(NAME, two))).toBe('STORE_UNREADABLE')
    await rm(place)
    await writeFile(place, '')
    expect(await readCurrent(store)).toBe('STORE_UNREADABLE')
    expect(await failureOf(store.stage(NAME, two))).toBe('STORE_UNREADABLE')
  })

  test('a store behind a link works: only what is below its own folder is guarded', async () => {
    const { folder } = await filled()
    await rename(join(folder, 'secrets'), join(folder, 'elsewhere'))
    await symlink(join(folder, 'elsewhere'), join(folder, 'secrets'))
    expect(await readCurrent(await openSecrets(folder))).toBe('no failure')
  })

  test('F-61 denied is not absent', async () => {
    const { folder, place } = await filled()
    const asRoot = process.getuid?.() === 0
    await chmod(folder, 0o755)
    if (!asRoot) await chmod(place, 0)
    const worker = await startWorker(['read', folder, 'reader', '1'], asRoot ? { user: 65_534 } : {})
    go(worker)
    expect(JSON.parse(await worker.ended)).toMatchObject({ secrets: 'DENIED' })
    if (!asRoot) await chmod(place, 0o700)
  })

  test.each(['../up', 'a/../b', 'a//b', '/a', 'a/', '', '.hidden', 'a\\b', 'a b', 'ä', `a/${'x'.repeat(300)}`])(
    'the name %j is refused',
    async (name) => {
      const store = await openSecrets(await temporaryFolder(onTestFinished))
      expect(await failureOf(store.stage(name, one))).toBe('CONFIG_INVALID')
      expect(await failureOf(store.read(name, 'current'))).toBe('CONFIG_INVALID')
    },
  )

  test('F-65 a secret that could not be read again is not written', async () => {
    const { store } = await filled()
    expect(await failureOf(store.stage(NAME, new Secret('x'.repeat(2 ** 20))))).toBe('STORE_FAILED')
    expect((await store.read(NAME, 'pending'))?.value.reveal()).toBe(two.reveal())
  })

  test('no file of the store holds a secret that can be read', async () => {
    const { folder } = await filled()
    for (const entry of await readdir(join(folder, 'secrets'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) expect(await readFile(join(entry.parentPath, entry.name), 'latin1')).not.toContain('canary')
    }
  })
})

describe('the key of a secrets store of files', () => {
  test('F-6A a lost master key is not replaced while there are secrets', async () => {
    const { folder } = await filled()
    await rm(join(folder, 'keys'), { recursive: true })
    await expect(openSecrets(folder)).rejects.toThrow(/master key .* is missing.*put it back/)
    expect(await readdir(folder)).toEqual(['secrets'])
  })

  test('none is made by who only reads: what looks into an empty store makes no file', async () => {
    const folder = await temporaryFolder(onTestFinished)
    for (const options of [{ masterKey: 'keys/master.key' }, { passphrase: 'env:PASSPHRASE' }]) {
      const store = await openSecrets(folder, options)
      for (const stage of ['current', 'pending', 'previous'] as const)
        expect(await store.read(NAME, stage)).toBeUndefined()
      expect(await readdir(folder, { recursive: true })).toEqual(['secrets'])
    }
    const reader = await openSecrets(folder)
    const writer = await openSecrets(folder)
    await writer.stage(NAME, one)
    expect((await reader.read(NAME, 'pending'))?.value.reveal()).toBe(one.reveal())
    expect((await readdir(folder)).sort()).toEqual(['keys', 'secrets'])
  })

  test('a lost master key is replaced while there are none', async () => {
    const folder = await temporaryFolder(onTestFinished)
    await (await openSecrets(folder)).activate(NAME, 'none', undefined).catch(() => undefined)
    await rm(join(folder, 'keys/master.key'))
    const store = await openSecrets(folder)
    await store.stage(NAME, one)
    expect(await failureOf((await openSecrets(folder)).read(NAME, 'pending'))).toBe('no failure')
  })

  test('F-6A a wrong passphrase is refused before anything is written', async () => {
    const folder = await temporaryFolder(onTestFinished)
    const store = await openSecrets(folder, { passphrase: 'env:PASSPHRASE' })
    await store.stage(NAME, one)
    expect((await store.read(NAME, 'pending'))?.value.reveal()).toBe(one.reveal())
    expect(await failureOf(openSecrets(folder, { passphrase: 'env:OTHER' }))).toBe('STORE_UNREADABLE')
    expect(await failureOf(openSecrets(folder))).toBe('STORE_UNREADABLE')
    expect(await failureOf(openSecrets(folder, { passphrase: 'env:SHORT' }))).toBe('CONFIG_INVALID')
  })

  test('of two that set a store up at once with a passphrase, both have the same key', async () => {
    const folder = await temporaryFolder(onTestFinished)
    const options = { passphrase: 'env:PASSPHRASE' }
    const [a, b] = await Promise.all([openSecrets(folder, options), openSecrets(folder, options)])
    await a.stage(NAME, one)
    expect((await b.read(NAME, 'pending'))?.value.reveal()).toBe(one.reveal())
  })

  test('a store whose description is missing is refused', async () => {
    const { folder } = await filled()
    await rm(join(folder, 'secrets/@store.json'))
    expect(await failureOf(openSecrets(folder))).toBe('STORE_UNREADABLE')
  })

  test('a master key inside the store is refused, through a link as well', async () => {
    const folder = await temporaryFolder(onTestFinished)
    expect(await failureOf(openSecrets(folder, { masterKey: 'secrets/keys/master.key' }))).toBe('CONFIG_INVALID')
    await symlink(join(folder, 'secrets'), join(folder, 'door'))
    expect(await failureOf(openSecrets(folder, { masterKey: 'door/master.key' }))).toBe('CONFIG_INVALID')
    expect(await readdir(join(folder, 'secrets'))).toEqual([])
  })

  test('the options name either a master key or a passphrase, and the passphrase comes from outside of the store', () => {
    const mistakes = (options: object) => v.safeParse(driver.options, options).issues?.map(({ message }) => message)
    expect(mistakes({})).toBe(undefined)
    expect(mistakes({ masterKey: '~/master.key' })).toBe(undefined)
    expect(mistakes({ masterKey: 'a', passphrase: 'env:A' })).toEqual(['expected either masterKey or passphrase'])
    expect(mistakes({ passphrase: 'secret:store' })?.[0]).toMatch(/^expected env:NAME/)
    expect(mistakes({ passphrase: 'correct horse battery staple' })?.[0]).toMatch(/never the value itself/)
  })
})

describe('the secrets store of files, interrupted', () => {
  test('F-01 what a crash left behind harms no reader, and is gone after the next write', async () => {
    const { store, place, sealed } = await filled()
    const left = ['@tmp-0123456789abcdef', `@${'0'.repeat(32)}-${'0'.repeat(16)}.sealed`]
    for (const file of left) await writeFile(join(place, file), 'half', { mode: 0o600 })
    await link(sealed, join(place, '@tmp-linked'))
    expect(await readCurrent(store)).toBe('no failure')
    await store.stage(NAME, new Secret('canary-token-three'))
    const files = await readdir(place)
    expect(files.filter((file) => file.startsWith('@tmp-') || file.startsWith('@000'))).toEqual([])
    expect(files.filter((file) => file.endsWith('.sealed'))).toHaveLength(2)
  })

  test('F-63 a version without a record is as if it had never been stored', async () => {
    const { store, place } = await filled()
    for (const file of await readdir(place)) if (file.endsWith('.json')) await rm(join(place, file))
    expect(await store.read(NAME, 'pending')).toBe(undefined)
    await store.stage(NAME, two)
    expect((await readdir(place)).filter((file) => file.endsWith('.sealed'))).toHaveLength(1)
  })

  test('at most current, pending and previous are kept', async () => {
    const { store, place, first } = await filled()
    let expected = first
    for (let index = 0; index < 12; index++) {
      const version = await store.stage(NAME, new Secret(`canary-token-${index}`))
      await store.activate(NAME, version, expected)
      expected = version
    }
    const files = await readdir(place)
    expect(files.filter((file) => file.endsWith('.sealed'))).toHaveLength(2)
    expect(files.length).toBeLessThanOrEqual(11)
  })

  test('F-02 two processes that renew the same secret at once never read a damaged or a missing one', async () => {
    const { folder, store, place } = await filled()
    const workers = await Promise.all(['left', 'right'].map((name) => startWorker(['renew', folder, name, '25'])))
    for (const worker of workers) go(worker)
    await Promise.all(workers.map(({ ended }) => ended))
    await store.stage(NAME, one)
    expect((await readdir(place)).filter((file) => file.endsWith('.sealed')).length).toBeLessThanOrEqual(3)
    expect(await readCurrent(store)).toBe('no failure')
  })

  test('F-01 a process killed at any moment leaves a store that reads and writes', async () => {
    const { folder, store, place } = await filled()
    for (let round = 0; round < 8; round++) {
      const worker = await startWorker(['renew', folder, `round-${round}`, '100000'])
      await killAfter(worker, 1 + round)
      for (const stage of ['current', 'pending', 'previous'] as const) {
        expect(await failureOf(store.read(NAME, stage))).toBe('no failure')
      }
      await store.stage(NAME, new Secret(`canary-token-after-${round}`))
      const files = await readdir(place)
      expect(files.filter((file) => file.startsWith('@tmp-'))).toEqual([])
      expect(files.filter((file) => file.endsWith('.sealed')).length).toBeLessThanOrEqual(3)
    }
  })
})
