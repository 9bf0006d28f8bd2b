import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { bundle } from '../../build/bundle.ts'
import { placeOf } from '../../build/serverless-plugin.ts'
import { handle } from '../../handlers/scaleway.ts'
import { SCALEWAY_TOKEN } from '../../sandbox/configuration.ts'
import { type FunctionWorld, functionWorld } from '../support/function-world.ts'
import { lockDuring } from '../support/lock-during.ts'
import { printedBy } from '../support/printed-by.ts'

let at: FunctionWorld
beforeAll(async () => {
  at = await functionWorld()
})
afterAll(() => at.close())

/** As the platform's runtime makes it of an HTTP call. */
const call = (body: string, more = {}) => ({
  path: '/',
  httpMethod: 'POST',
  headers: { 'content-type': 'application/json' },
  queryStringParameters: {},
  body,
  isBase64Encoded: false,
  ...more,
})
const answered = async (event: unknown) => {
  const { statusCode, body } = await handle(event)
  return { statusCode, ...JSON.parse(body) }
}

describe('the function at Scaleway', () => {
  test('called by its cron, renews all that is due, and then finds nothing due', async () => {
    expect(await answered(call('{}'))).toMatchObject({
      statusCode: 200,
      ok: true,
      certificates: [
        { id: 'shop', result: 'renewed' },
        { id: 'blog', result: 'renewed' },
      ],
    })
    expect(await answered(call('{}'))).toMatchObject({ statusCode: 200, ok: true, certificates: [] })
    expect(await answered(call(''))).toMatchObject({ statusCode: 200, ok: true, certificates: [] })
  })

  test('called by hand, does what it is asked for, however the platform packs the body', async () => {
    const body = '{"only":["shop"],"dryRun":true}'
    const expected = { statusCode: 200, dryRun: true, certificates: [{ id: 'shop', action: 'wait' }] }
    expect(await answered(call(body))).toMatchObject(expected)
    const base64 = Buffer.from(body).toString('base64')
    expect(await answered(call(base64, { isBase64Encoded: true }))).toMatchObject(expected)
    expect(await answered(call(body, { isBase64Encoded: true }))).toMatchObject(expected)
  })

  test.each([
    ['a wrong type', call('{"force":"yes"}')],
    ['a list', call('[]')],
    ['null', call('null')],
    ['half a document', call('{')],
    ['a path for a name', call('{"only":["../shop"]}')],
    ['a GET', call('{}', { httpMethod: 'GET' })],
    ['a number for a body', { body: 7 }],
    ['no call at all', null],
    ['a text', 'force'],
  ])('refuses %s, and does nothing', async (_, event) => {
    const before = at.issued()
    expect(await answered(event)).toMatchObject({ statusCode: 400, ok: false, error: { code: 'EVENT_INVALID' } })
    expect(at.issued()).toBe(before)
  })

  test('says with its status that a run did not end well, so that the platform’s own metrics show it', async () => {
    await at.configure(() => 'environment: [')
    expect(await answered(call('{}'))).toMatchObject({ statusCode: 500, ok: false })
    await at.configure()
  })

  test('says so to every call of its cron for as long as a certificate is not healthy, also when nothing is due', async () => {
    vi.stubEnv(SCALEWAY_TOKEN, 'canary-token-that-was-revoked')
    expect(await answered(call('{"only":["shop"]}'))).toMatchObject({ statusCode: 500, ok: false })
    for (let hour = 0; hour < 3; hour++) {
      expect(await answered(call('{}'))).toMatchObject({
        statusCode: 500,
        ok: false,
        certificates: [],
        unhealthy: [{ id: 'shop' }],
      })
    }
    vi.stubEnv(SCALEWAY_TOKEN, at.world.env[SCALEWAY_TOKEN])
    expect(await answered(call('{"only":["shop"]}'))).toMatchObject({ statusCode: 200, ok: true })
    expect(await answered(call('{}'))).toMatchObject({ statusCode: 200, ok: true, certificates: [] })
  })

  test('writes what the alert of the documentation looks for when all are healthy, and only then', async () => {
    const [, pattern = 'nothing'] = /\|~ "(.+)" \[4h\]/.exec(await readFile('docs/deploy-scaleway.md', 'utf8')) ?? []
    /** Also where the platform wraps the line in JSON of its own. */
    const found = async (event: unknown) => {
      const lines = await printedBy(() => handle(event))
      const wrapped = lines.map((line) => JSON.stringify({ message: line }))
      const isIn = (all: readonly string[]) => all.some((line) => new RegExp(pattern).test(line))
      expect(isIn(wrapped)).toBe(isIn(lines))
      return isIn(lines)
    }
    expect(await found(call('{}'))).toBe(true)
    expect(await found(call('{"only":["shop"]}'))).toBe(false)
    vi.stubEnv(SCALEWAY_TOKEN, 'canary-token-that-was-revoked')
    expect(await found(call('{"only":["shop"]}'))).toBe(false)
    expect(await found(call('{}'))).toBe(false)
    vi.stubEnv(SCALEWAY_TOKEN, at.world.env[SCALEWAY_TOKEN])
    expect(await found(call('{"only":["shop"]}'))).toBe(false)
    expect(await found(call('{}'))).toBe(true)
    await at.configure(() => 'environment: [')
    expect(await found(call('{}'))).toBe(false)
    await at.configure()
  })

  test('names itself and the request in the lock of a certificate, where the platform says both', async () => {
    const context = { functionName: 'newleaf-prod-renewal', functionVersion: '', memoryLimitInMb: 1024 }
    const forced = (id: unknown) => call('{"only":["shop"],"force":true}', { headers: { 'X-Request-Id': id } })
    expect(await lockDuring(at, 'shop', () => handle(forced('0f6c2f6e-1f2e-4a53'), context))).toMatchObject({
      invocation: { function: 'newleaf-prod-renewal', requestId: '0f6c2f6e-1f2e-4a53' },
    })
    for (const nameless of [() => handle(forced('a\nb'), context), () => handle(forced('7'), { functionName: 1 })]) {
      const lock = await lockDuring(at, 'shop', nameless)
      expect(lock).toMatchObject({ holder: expect.any(String) })
      expect(lock).not.toHaveProperty('invocation')
    }
  })

  test('runs as it is packaged, where nothing but its own folder says that it is made of ES modules', async () => {
    const folder = join(at.folder, 'deployed')
    const place = placeOf('handlers/scaleway.handle', 'scaleway')
    await bundle(place.source, join(folder, place.folder), place.extension)
    await writeFile(join(folder, 'newleaf.yaml'), 'environment: [')
    const script = `require(${JSON.stringify(join(folder, place.folder, `${place.source}.js`))})
      .handle({ httpMethod: 'POST', body: '{}' }, {}, () => {})
      .then((answer) => console.log(JSON.stringify(answer)))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=commonjs', '--eval', script], {
      env: { PATH: process.env.PATH, NEWLEAF_CONFIG: '../../newleaf.yaml' },
    })
    const { statusCode, body } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    expect({ statusCode, body: JSON.parse(body) }).toMatchObject({
      statusCode: 500,
      body: { error: { code: 'CONFIG_INVALID', fields: { file: join(folder, 'newleaf.yaml') } } },
    })
  })
})

describe('serverless.scaleway.yml', () => {
  test('starts one private function, one at a time, hourly, and shows no secret', async () => {
    const { provider, functions, custom } = parse(await readFile('serverless.scaleway.yml', 'utf8'))
    expect(provider).toMatchObject({ name: 'scaleway', runtime: `node${process.versions.node.split('.')[0]}` })
    expect(Object.keys(functions)).toEqual(['renewal'])
    expect(functions.renewal).toMatchObject({
      handler: 'handlers/scaleway.handle',
      privacy: 'private',
      maxScale: 1,
      minScale: 0,
      events: [{ schedule: { input: {} } }],
    })
    // As serverless-scaleway-functions checks it.
    expect(custom.schedule).toMatch(/^((((\d+,)+\d+|(\d+(\/|-)\d+)|\d+|\*) ?){5,7})$/)
    for (const value of Object.values(provider.env)) expect(value).toBeTypeOf('string')
    for (const value of Object.values(functions.renewal.secret)) expect(value).toMatch(/^\$\{env:[A-Z_]+, ''\}$/)
    expect(JSON.stringify(provider.env)).not.toMatch(/TOKEN|SECRET|KEY/)
  })
})
