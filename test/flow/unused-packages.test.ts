import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../../sandbox/world.ts'

const run = promisify(execFile)

let folder: string
let dist: string
let world: World

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newleaf-unused-'))
  dist = await mkdtemp(resolve('.newleaf-dist-'))
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const into = `--outdir=${relative('.', dist)}`
  expect(scripts.prepack).toContain('--outdir=dist ')
  await run('npx', ['--no', ...scripts.prepack.replace('--outdir=dist', into).split(' ')])
  world = await startWorld({ folder, fresh: true })
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
  await rm(dist, { recursive: true, force: true })
})

/** What became of axios and node-forge in one command. */
async function seenIn(program: string, args: readonly string[]): Promise<string[]> {
  const watched = join(folder, 'watched')
  await writeFile(watched, '')
  const watching = ['--require', './test/support/watch-packages.cjs']
  await run(process.execPath, [...watching, program, ...args], { env: { ...world.env, WATCHED: watched } })
  return [...new Set((await readFile(watched, 'utf8')).split('\n').filter((line) => line !== ''))]
}

test('a use of either is seen', async () => {
  const made =
    "import { createPlaceholder } from './lib/x509/placeholder.ts'; await createPlaceholder(['a.example'], new Date())"
  expect(await seenIn('--input-type=module', ['--eval', made])).toContain('node-forge.pki.createCertificate was called')
  const sent = "require('axios').create().get('https://127.0.0.1:1').catch(() => {})"
  expect(await seenIn('--eval', [sent])).toEqual(['axios was loaded', 'axios sent a request'])
})

const LOADED = ['axios was loaded', 'node-forge was loaded']

describe.each([
  ['npm run newleaf', () => 'cli/main.ts'],
  ['the package', () => join(dist, 'start.mjs')],
])('%s', (_how, program) => {
  const seen = (...args: string[]) => seenIn(program(), [...args, '--config', world.configuration])

  test('orders, deploys and activates certificates without a request by axios or a call of node-forge', async () => {
    expect((await seen('renew', '--force')).sort()).toEqual(LOADED)
  })

  test('loads neither where nothing is ordered', async () => {
    expect(await seen('renew')).toEqual([])
    expect(await seen('status')).toEqual([])
  })
})
