import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../../build/bundle.ts'
import { practiceWorld } from '../support/practice-world.ts'

const RENEWING = ['by-hand', 'invocation', 'config-path', 'request']
/** By function: the handlers' own files that it is made of. */
const functions = {
  scheduled: ['scheduled', 'invocation', 'config-path'],
  renew: ['renew', ...RENEWING],
  worker: ['worker', 'invocation', 'config-path'],
  status: ['status', 'config-path'],
  scaleway: ['scaleway', ...RENEWING],
} as const
type Name = keyof typeof functions
const names = Object.keys(functions) as Name[]

interface Chunk {
  readonly path: string
  readonly bytes: number
  /** Loaded with it, at once. */
  readonly needs: readonly string[]
  readonly modules: readonly string[]
}

let folder: string
const chunks = new Map<Name, Chunk[]>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newleaf-package-'))
  for (const name of names) {
    const { outputs } = await bundle(name, join(folder, name))
    chunks.set(
      name,
      Object.entries(outputs).map(([path, { bytes, inputs, imports }]) => ({
        path,
        bytes,
        needs: imports.flatMap((each) => (each.kind === 'import-statement' ? [each.path] : [])),
        modules: Object.entries(inputs).flatMap(([module, { bytesInOutput }]) => (bytesInOutput > 0 ? [module] : [])),
      })),
    )
  }
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const modulesOf = (some: readonly Chunk[]) => [...new Set(some.flatMap(({ modules }) => modules))]
const packageOf = (module: string) => /node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)/.exec(module)?.groups?.name
const packagesOf = (some: readonly Chunk[]) => new Set(modulesOf(some).flatMap((module) => packageOf(module) ?? []))

/** What is loaded before the handler is called. */
const loadedFirst = (name: Name): Chunk[] => loadedWith(`handlers/${name}.ts`, name)

/** What is loaded with a module of a function, at once. */
function loadedWith(module: string, name: Name): Chunk[] {
  const all = chunks.get(name) ?? []
  const found = new Set<Chunk>()
  const add = (path: string) => {
    const chunk = all.find((each) => each.path === path)
    if (chunk === undefined || found.has(chunk)) return
    found.add(chunk)
    chunk.needs.forEach(add)
  }
  add(all.find(({ modules }) => modules.includes(module))?.path ?? '')
  return [...found]
}

describe('the package of a function', () => {
  test.each(names)('%s holds nothing for development, nothing that is left out, and no other function', (name) => {
    const all = chunks.get(name) ?? []
    const packages = packagesOf(all)
    for (const other of ['axios', 'node-forge', 'vitest', 'esbuild', 'serverless', '@valibot/to-json-schema']) {
      expect(packages).not.toContain(other)
    }
    const own = modulesOf(all)
      .filter((path) => path.startsWith('handlers/'))
      .map((path) => path.slice('handlers/'.length, -'.ts'.length))
    expect(own.sort()).toEqual([...functions[name]].sort())
    expect(modulesOf(all).filter((path) => /^(cli|sandbox|test|bench)\//.test(path))).toEqual([])
  })

  test.each(names)('%s loads no driver and no client of a vendor before it is called, and less than 385 kB', (name) => {
    const first = loadedFirst(name)
    expect(first).not.toEqual([])
    expect(modulesOf(first).filter((path) => path.includes('/drivers/'))).toEqual([])
    expect([...packagesOf(first)].filter((each) => !['valibot', 'yaml'].includes(each))).toEqual([])
    expect(first.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(385_000)
  })

  test.each(['scheduled', 'renew', 'worker', 'scaleway'] as const)(
    '%s loads acme-client with the first order, and undici with the first request',
    (name) => {
      expect(packagesOf(loadedFirst(name))).not.toContain('acme-client')
      expect(packagesOf(loadedWith('lib/acme/client.ts', name))).toContain('acme-client')
      expect(packagesOf(loadedWith('lib/acme/client.ts', name))).not.toContain('undici')
      expect(packagesOf(loadedWith('lib/platform/http.ts', name))).toContain('undici')
    },
  )

  test.each(['scheduled', 'renew', 'worker', 'scaleway'] as const)(
    '%s has each driver in a chunk of its own',
    (name) => {
      for (const { modules } of chunks.get(name) ?? []) {
        const drivers = modules.map((path) => /^lib\/\w+\/drivers\/[\w-]+/.exec(path)?.[0])
        expect(new Set(drivers.filter((driver) => driver !== undefined)).size).toBeLessThanOrEqual(1)
      }
    },
  )

  test('status holds no way to a secret, an authority or a vendor’s API, and of the balancers only their drivers', () => {
    const all = chunks.get('status') ?? []
    const held = modulesOf(all).filter((path) => /^lib\/(acme|dns|secrets|notify|renewal|plan)\//.test(path))
    expect(held).toEqual(['lib/acme/directories.ts', 'lib/dns/policies.ts'])
    const packages = [...packagesOf(all)]
    expect(packages).not.toContain('acme-client')
    expect(packages).not.toContain('undici')
    // The driver for ACM brings its client, which the function is given no right to use.
    expect(packages.filter((each) => each.startsWith('@aws-sdk/client-')).sort()).toEqual([
      '@aws-sdk/client-acm',
      '@aws-sdk/client-s3',
    ])
  })

  test('only what gives certificates away holds a client of the queue', () => {
    const holders = names.filter((name) => packagesOf(chunks.get(name) ?? []).has('@aws-sdk/client-sqs'))
    expect(holders).toEqual(['scheduled'])
  })

  test.each(['scheduled', 'renew', 'worker', 'status'] as const)(
    '%s runs on its own, and answers what is missing',
    async (name) => {
      const { answer } = await called(name, { Records: [{ messageId: 'one', body: '{"id":"shop"}' }] }, {})
      if (name === 'worker') expect(answer).toEqual({ batchItemFailures: [] })
      else expect(answer).toMatchObject({ ok: false, error: { code: 'CONFIG_INVALID' } })
    },
  )

  test('F-08: renews as it is packaged, with what is left of its packages, and leaves nothing behind that keeps it running', async () => {
    const { world, close } = await practiceWorld()
    try {
      const { answer, lingered } = await called('renew', {}, { ...world.env, NEWLEAF_CONFIG: world.configuration })
      expect(answer).toMatchObject({ ok: true, certificates: [{ result: 'renewed' }, { result: 'renewed' }] })
      expect(lingered).toBeLessThan(500)
    } finally {
      await close()
    }
  })
})

/** Calls a function in a process of its own; `lingered`: for how long that went on after the answer, in milliseconds. */
async function called(name: Name, event: unknown, env: Readonly<Record<string, string>>) {
  const script = `
    const { handler } = await import(${JSON.stringify(join(folder, name, `${name}.mjs`))})
    const answer = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 600_000 })
    const answered = Date.now()
    process.on('exit', () => console.log(JSON.stringify({ answer, lingered: Date.now() - answered })))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { answer: unknown; lingered: number }
}
