import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { changed } from '../support/config-text.ts'
import { temporaryFolder } from '../support/stores.ts'
import { newleaf } from '../support/terminal.ts'

const KEYS = { ONE: Buffer.alloc(32, 1).toString('base64'), TWO: 'canary-token-a-long-passphrase' }

async function place() {
  const folder = await temporaryFolder(onTestFinished)
  const config = join(folder, 'newleaf.yaml')
  for (const [name, value] of Object.entries(KEYS)) await writeFile(join(folder, name), value, { mode: 0o600 })
  const configure = (options: object, use = 'file') =>
    writeFile(
      config,
      changed({ secrets: { use, options: { ...(use === 'file' && { folder: 'secrets' }), ...options } } }),
    )
  const run = (...args: string[]) => newleaf([...args, '--config', config], { stdin: 'canary-token-typed', env: KEYS })
  return { folder, configure, run }
}

describe('newleaf secrets rewrap', () => {
  test('seals everything with the configured key, says how much that was, and a second time that nothing was left', async () => {
    const { configure, run } = await place()
    await configure({ masterKey: 'ONE' })
    for (const name of ['linode', 'scaleway']) expect((await run('secret', 'set', name)).code).toBe(0)
    await configure({ passphrase: 'env:TWO' })
    const alone = await run('secrets', 'rewrap')
    expect([alone.code, alone.stderr]).toEqual([
      1,
      expect.stringMatching(/give it as formerMasterKey or formerPassphrase/),
    ])
    await configure({ passphrase: 'env:TWO', formerMasterKey: 'ONE' })
    expect(await run('secrets', 'rewrap')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^2 secrets were sealed anew; /),
      stderr: '',
    })
    await configure({ passphrase: 'env:TWO' })
    expect(JSON.parse((await run('secrets', 'rewrap', '--json')).stdout)).toEqual({ v: 1, ok: true, rewrapped: 0 })
    expect((await run('secret', 'set', 'linode')).code).toBe(0)
  })

  test('makes no key and no file where nothing is sealed yet', async () => {
    const { folder, configure, run } = await place()
    await configure({ masterKey: 'new.key', formerMasterKey: 'ONE' })
    expect(await run('secrets', 'rewrap')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nothing was changed/),
    })
    expect((await readdir(folder)).sort()).toEqual(['ONE', 'TWO', 'newleaf.yaml', 'secrets'])
  })

  test('is refused where the vendor seals, and where it is called otherwise', async () => {
    const { configure, run } = await place()
    await configure({ region: 'eu-central-1' }, 'aws-secrets-manager')
    expect(await run('secrets', 'rewrap')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^newleaf seals nothing in aws-secrets-manager/),
    })
    for (const words of [[], ['seal'], ['rewrap', 'linode']])
      expect(await run('secrets', ...words)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^expected `newleaf secrets rewrap`/),
      })
  })
})
