import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { rootCertificates } from 'node:tls'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { filesOfConfiguration } from '../../build/configuration.ts'
import BundlingPlugin from '../../build/serverless-plugin.ts'
import { failure } from '../support/failure.ts'
import { AT_AWS, SITE } from '../support/packaged-service.ts'

const KEY = '-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----\n'
const withCa = (path: string) =>
  AT_AWS + SITE.replaceAll('options: { token', `options: { caCertificate: ${path}, token`)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newleaf-configuration-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))
const write = (name: string, text: string) => writeFile(join(folder, name), text)

describe('what is packaged beside the code', () => {
  test('is the configuration, and each CA certificate that it names, once; no other file', async () => {
    await write('newleaf.yaml', withCa('./ca.pem'))
    await write('ca.pem', rootCertificates[0] ?? '')
    await write('other.pem', KEY)
    expect(await filesOfConfiguration(folder)).toEqual(['newleaf.yaml', 'ca.pem'])
  })

  test('is each file that the configuration includes as well', async () => {
    const [head = '', certificates = ''] = withCa('./ca.pem').split(/^(?=certificates:)/m)
    await write('newleaf.yaml', `${head}include: certificates/*.yaml\n`)
    await mkdir(join(folder, 'certificates'))
    await write('certificates/shop.yaml', certificates)
    await write('certificates/other.txt', KEY)
    await write('ca.pem', rootCertificates[0] ?? '')
    expect(await filesOfConfiguration(folder)).toEqual(['newleaf.yaml', 'certificates/shop.yaml', 'ca.pem'])
  })

  test.each([
    ['holds a private key', 'ca.pem', `${rootCertificates[0]}\n${KEY}`, 'ca.pem holds a private key'],
    ['is not there', 'ca.pem', undefined, 'the file ca.pem cannot be read'],
    ['is no certificate', 'ca.pem', 'nothing', 'holds no PEM certificate'],
    ['lies elsewhere', '../ca.pem', undefined, 'does not lie beside newleaf.yaml'],
  ])('stops when a CA certificate %s', async (_title, path, text, message) => {
    await write('newleaf.yaml', withCa(path))
    if (text !== undefined) await write(path, text)
    const refused = await failure(filesOfConfiguration(folder))
    expect(refused).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) })
    expect(refused?.message).not.toContain('MHc=')
  })

  test('stops at stores that lie on this machine, both at once', async () => {
    await write('newleaf.yaml', `environment: shops${SITE}`)
    const { message } = (await failure(filesOfConfiguration(folder))) ?? {}
    expect(message).toMatch(/secrets: the store `file`[\s\S]*state: the store `file`/)
  })
})

describe('the Serverless Framework', () => {
  async function packaged() {
    for (const linked of ['build', 'handlers', 'lib', 'node_modules'])
      await symlink(resolve(linked), join(folder, linked))
    for (const copied of ['serverless.yml', 'package.json']) await copyFile(copied, join(folder, copied))
    const { PATH = '', HOME = '' } = process.env
    return promisify(execFile)(process.execPath, [resolve('node_modules/.bin/serverless'), 'package'], {
      cwd: folder,
      env: { PATH, HOME, SLS_TELEMETRY_DISABLED: '1' },
    }).then(
      () => 'packaged',
      ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
    )
  }

  test('packages nothing without a configuration, and guesses no environment', async () => {
    const said = await packaged()
    expect(said).toContain('there is no such file')
    expect(said).not.toContain('for stage prod')
    expect(existsSync(join(folder, '.serverless'))).toBe(false)
  })

  test('shows every mistake of the configuration, without a stack, and packages nothing', async () => {
    await write(
      'newleaf.yaml',
      AT_AWS.replace('environment', 'enviroment') + SITE.replace('nodeBalancer', 'nodeBalncer'),
    )
    const said = await packaged()
    expect(said).toContain('enviroment')
    expect(said).toContain('nodeBalncer')
    expect(said).not.toMatch(/ at async |for stage prod/)
    expect(existsSync(join(folder, '.serverless'))).toBe(false)
  })

  test.each(['serverless.yml', 'serverless.scaleway.yml'])('takes no file into the zips by a pattern in %s', (name) => {
    const { package: zipped = {}, plugins } = parse(readFileSync(name, 'utf8'), { logLevel: 'silent' })
    expect(zipped.patterns).toBeUndefined()
    expect(plugins).toContain('./build/serverless-plugin.ts')
  })

  test('is stopped by the plugin before any of its commands', () => {
    expect(Object.keys(new BundlingPlugin({ service: {} as never, classes: { Error } }).hooks)).toContain('initialize')
  })
})
