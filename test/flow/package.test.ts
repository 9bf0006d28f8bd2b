import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { bundle } from '../../handlers/esbuild.ts'

const functions = ['scheduled', 'renew'] as const
let folder: string
const inputs = new Map<string, string[]>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newleaf-package-'))
  for (const name of functions) {
    const { outputs } = await bundle(name, join(folder, name))
    const used = Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([path]) => path),
    )
    inputs.set(name, [...new Set(used)])
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the package of a function', () => {
  test.each(functions)('%s holds no axios and no node-forge, nothing for development, and no other handler', (name) => {
    const modules = inputs.get(name) ?? []
    const packages = new Set(
      modules.flatMap((path) => /node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)/.exec(path)?.groups?.name ?? []),
    )
    expect(packages).not.toContain('axios')
    expect(packages).not.toContain('node-forge')
    for (const development of ['vitest', 'esbuild', 'serverless', 'dns-packet', '@valibot/to-json-schema']) {
      expect(packages).not.toContain(development)
    }
    expect(modules.filter((path) => path.startsWith('handlers/')).sort()).toEqual([
      'handlers/invocation.ts',
      `handlers/${name}.ts`,
    ])
    expect(modules.filter((path) => /^(cli|sandbox|test|bench)\//.test(path))).toEqual([])
  })

  test.each(functions)('%s runs on its own, and answers what is missing', async (name) => {
    const script = `const { handler } = await import(${JSON.stringify(join(folder, name, `${name}.mjs`))})
      console.log(JSON.stringify(await handler({}, { getRemainingTimeInMillis: () => 60000 })))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      env: { PATH: process.env.PATH },
    })
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      ok: false,
      error: { code: 'CONFIG_INVALID' },
    })
  })

  test('serverless.yml names each of them, for the runtime that the tests run on', async () => {
    const service = parse(await readFile('serverless.yml', 'utf8'))
    expect(Object.values<{ handler: string }>(service.functions).map(({ handler }) => handler)).toEqual(
      functions.map((name) => `handlers/${name}.handler`),
    )
    expect(service.provider.runtime).toBe(`nodejs${process.versions.node.split('.')[0]}.x`)
  })
})
