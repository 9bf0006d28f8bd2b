import { chmod, link, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import { openSecrets, openState, temporaryFolder } from '../support/stores.ts'

describe('what a crash left where nobody writes again', () => {
  test('F-01: a marker that was not finished, and an empty folder, are gone after the next listing of them', async () => {
    const folder = await temporaryFolder(onTestFinished)
    const state = await openState(folder)
    await state.write('wake/2026-11-22T06:00:00.000Z/shop', {}, undefined)
    const [time = ''] = await readdir(join(folder, 'state/wake'))
    await mkdir(join(folder, 'state/wake', time, 'blog'), { mode: 0o700 })
    await writeFile(join(folder, 'state/wake', time, 'blog/@tmp-@1.json-0123456789abcdef'), '')
    await mkdir(join(folder, 'state/wake', time.replace('22', '21'), 'blog'), { recursive: true, mode: 0o700 })
    const later = time.replace('22', '29')
    await mkdir(join(folder, 'state/wake', later), { mode: 0o700 })

    expect(await state.list('wake/', 'wake/2026-11-23')).toEqual(['wake/2026-11-22T06:00:00.000Z/shop'])
    expect((await readdir(join(folder, 'state'), { recursive: true })).sort()).toEqual([
      'wake',
      `wake/${time}`,
      `wake/${time}/shop`,
      `wake/${time}/shop/@1.json`,
      `wake/${later}`, // nobody has looked there
    ])
  })

  test('F-01: a listing that may remove nothing lists all the same', async () => {
    const folder = await temporaryFolder(onTestFinished)
    const state = await openState(folder)
    await state.write('wake/a', {}, undefined)
    const left = join(folder, 'state/wake/b')
    await mkdir(join(left, '@tmp-not-a-file'), { recursive: true, mode: 0o700 })
    expect(await state.list('wake/')).toEqual(['wake/a'])
    expect(await readdir(left)).toEqual(['@tmp-not-a-file'])
  })

  test('F-01: a second name of the master key is gone once the store is opened again, what is not ours stays', async () => {
    const folder = await temporaryFolder(onTestFinished)
    await (await openSecrets(folder)).stage('linode', new Secret('canary-token-one'))
    const keys = join(folder, 'keys')
    await link(join(keys, 'master.key'), join(keys, '@tmp-master.key-0123456789abcdef'))
    await writeFile(join(keys, '@tmp-other.pem-0123456789abcdef'), 'somebody is writing it')
    await writeFile(join(folder, 'secrets/@tmp-@store.json-0123456789abcdef'), '')
    await openSecrets(folder)
    expect((await readdir(keys)).sort()).toEqual(['@tmp-other.pem-0123456789abcdef', 'master.key'])
    expect((await readdir(join(folder, 'secrets'))).sort()).toEqual(['@store.json', 'linode'])
  })

  test('F-01: sealed files that nothing names, and parts of files, are gone after the store was tidied up', async () => {
    const folder = await temporaryFolder(onTestFinished)
    const store = await openSecrets(folder)
    await store.stage('linode', new Secret('canary-token-one'))
    await store.stage('account/letsencrypt', new Secret('canary-token-two'))
    const before = await readdir(join(folder, 'secrets'), { recursive: true })
    const left = [
      `linode/@${'0'.repeat(32)}-${'1'.repeat(16)}.sealed`,
      'linode/@tmp-@2.json-0123456789abcdef',
      'account/letsencrypt/@tmp-@00-0123456789abcdef',
    ]
    await mkdir(join(folder, 'secrets/scaleway'), { mode: 0o700 })
    for (const path of [...left, 'scaleway/@tmp-@1.json-0123456789abcdef'])
      await writeFile(join(folder, 'secrets', path), 'left', { mode: 0o600 })
    await store.tidy?.()
    const after = await readdir(join(folder, 'secrets'), { recursive: true })
    const records = (names: string[]) => names.filter((name) => !/@\d+\.json$/.test(name)).sort()
    expect(records(after)).toEqual(records(before))
    expect((await store.read('linode', 'pending'))?.value.reveal()).toBe('canary-token-one')
  })

  test('F-6A: a master key is read from a folder that cannot be listed', async () => {
    const folder = await temporaryFolder(onTestFinished)
    await (await openSecrets(folder)).stage('linode', new Secret('canary-token-one'))
    await chmod(join(folder, 'keys'), 0o300)
    await expect(openSecrets(folder)).resolves.toBeDefined()
    await chmod(join(folder, 'keys'), 0o700)
  })
})
