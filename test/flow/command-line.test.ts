import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { World } from '../../sandbox/world.ts'
import { described, undescribed } from '../support/json-docs.ts'
import { leaksIn } from '../support/leaks.ts'
import { startQuickWorld } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

let folder: string
let world: World

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newleaf-cli-'))
  world = await startQuickWorld({ folder, fresh: true })
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

const run = (...args: string[]) => newleaf([...args, '--config', world.configuration], { env: world.env })
const runOnTerminal = (...args: string[]) =>
  newleaf([...args, '--config', world.configuration], { env: world.env, tty: true })

describe('the command line, from the first certificate on', () => {
  test('plan says what would be done, and does nothing', async () => {
    const { code, stdout } = await run('plan')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^shop {2}issue \(absent\)\n {2}names +shop\.example, \*\.shop\.example\n/)
    expect(stdout).toMatch(
      / {2}fr\/edge\/https\n {4}now +[0-9a-f]{16}, \d+ days left, by .*\n(.*\n)? {4}then +a new certificate\n/,
    )
    expect(world.ca.ledger.requests.filter(({ method }) => method === 'POST')).toEqual([])
    expect(world.ca.ledger.certificates).toHaveLength(0)
  })

  test('status needs attention as long as there is none', async () => {
    const { code, stdout } = await run('status')
    expect(code).toBe(1)
    expect(stdout).toContain('shop  NO_CERTIFICATE')
    expect(stdout).toContain('serves another certificate')
  })

  test('renew --dry-run says so and does nothing', async () => {
    const { code, stdout } = await run('renew', '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toContain('dry run: nothing was changed')
    expect(world.ca.ledger.certificates).toHaveLength(0)
  })

  test('renew --only renews one, step by step, a line each on standard error where no terminal is', async () => {
    const { code, stdout, stderr } = await run('renew', '--only', 'shop')
    expect(stderr).toMatch(/shop +step done +step=finalize ms=\d+/)
    expect(stdout).not.toContain('step done')
    expect(code).toBe(0)
    expect(stdout).toContain('1 of 1 OK')
    expect(world.ca.ledger.certificates.map(({ names }) => names)).toEqual([['*.shop.example', 'shop.example']])
  })

  test('renew --json prints one document on standard output and log records on standard error', async () => {
    const { code, stdout, stderr } = await run('renew', '--json')
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    const report = JSON.parse(stdout)
    expect(undescribed(report, 'run', described())).toEqual([])
    expect(report).toMatchObject({ ok: true, environment: 'sandbox' })
    expect(report.certificates).toMatchObject([
      { id: 'shop', result: 'kept' },
      {
        id: 'blog',
        result: 'renewed',
        certificate: { keyAlgorithm: 'rsa-2048' },
        targets: { [blogTarget()]: { state: 'verified' } },
      },
    ])
    for (const line of stderr.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('message')
  })

  test('a second renew keeps everything and orders nothing', async () => {
    const requests = world.ca.ledger.requests.filter(({ method }) => method === 'POST').length
    const { code, stdout } = await run('renew')
    expect(code).toBe(0)
    expect(stdout).toMatch(/shop +kept \(fresh\)/)
    expect(stdout).toMatch(/blog +kept \(fresh\)/)
    expect(world.ca.ledger.requests.filter(({ method }) => method === 'POST')).toHaveLength(requests)
  })

  test('status is well once every address shows the current certificate', async () => {
    const { code, stdout } = await run('status')
    expect(stdout).toContain('shop  OK')
    expect(stdout).toContain('serves the current certificate')
    expect(code).toBe(0)
    const json = JSON.parse((await run('status', '--json')).stdout)
    expect(json).toMatchObject({ v: 1, ok: true })
    expect(undescribed(json, 'observed', described())).toEqual([])
    expect(json.certificates).toMatchObject([
      { id: 'shop', healthy: true },
      { id: 'blog', healthy: true },
    ])
  })

  test('renew --force on a terminal draws one row a certificate, with its steps', async () => {
    const { code, stdout } = await runOnTerminal('renew', '--force', '--only', 'blog')
    expect(code).toBe(0)
    const rows = stripVTControlCharacters(stdout)
    expect(rows).toContain('✓ lock  ✓ key  ✓ order  ✓ validate  ✓ finalize  ✓ store')
    expect(world.ca.ledger.certificates).toHaveLength(3)
  })

  test('nothing that was not ours was touched', async () => {
    const foreign = world.memory.scaleway.certificates.filter(({ name }) => !name.startsWith('newleaf-'))
    expect(foreign.length).toBeGreaterThan(0)
    const left = ['shop.example', 'blog.example']
      .flatMap((zone) => world.zones.list(zone))
      .filter(({ type }) => type === 'TXT')
    expect(left).toEqual([])
  })

  test('nothing that any command prints is a secret, and the two tokens are nowhere', async () => {
    const all = [
      await run('renew', '--json', '--force', '--only', 'shop'),
      await run('status', '--json'),
      await run('plan', '--json'),
    ]
    const text = all.map(({ stdout, stderr }) => stdout + stderr).join('')
    expect(leaksIn(text)).toEqual([])
    for (const token of Object.values(world.env)) expect(text.includes(token)).toBe(false)
  })
})

describe('wrong usage and wrong configuration', () => {
  test.each([
    [[], 'a command is missing'],
    [['renw'], '"renw" is no command; did you mean "renew"?'],
    [['plan', '--force'], 'plan has no option --force (see newleaf plan --help)'],
    [['renew', '--dryrun'], 'renew has no option --dryrun; did you mean --dry-run?'],
    [['renew', '--only'], "Option '--only <value>' argument missing"],
    [['plan', 'shop'], "Unexpected argument 'shop'"],
    [
      ['plan', '--config', 'nowhere.yaml'],
      'nowhere.yaml: there is no such file: write one (docs/first-certificate.md)',
    ],
  ])('newleaf %j ends with code 2 and says what is wrong', async (args, message) => {
    const { code, stdout, stderr } = await newleaf(args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
  })

  test.each([
    [['renw', '--json'], 'EVENT_INVALID'],
    [['plan', '--forse', '--json'], 'EVENT_INVALID'],
    [['plan', '--json', '--config', 'nowhere.yaml'], 'CONFIG_INVALID'],
  ])('newleaf %j says it as a document of one line as well, with the time', async (args, errorCode) => {
    const { code, stdout, stderr } = await newleaf(args)
    expect(code).toBe(2)
    const [line = '', ...more] = stdout.split('\n')
    expect(more).toEqual([''])
    const document = JSON.parse(line)
    expect(undescribed(document, 'refusal', described())).toEqual([])
    expect(document).toMatchObject({ v: 1, ok: false, error: { code: errorCode, advice: expect.any(String) } })
    expect(document.error.message).toBe(stderr.trim())
    expect(Date.now() - Date.parse(document.finishedAt)).toBeLessThan(60_000)
  })

  test('a certificate that is not configured is refused by name', async () => {
    const { code, stderr } = await run('renew', '--only', 'shopp')
    expect(code).toBe(2)
    expect(stderr).toContain('there is no certificate "shopp" in the configuration; there are: shop, blog')
  })

  test('a configuration with ten mistakes gives ten messages, exit code 2, and no request anywhere', async () => {
    // Every address in it is this server's: whoever connects is seen.
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const text = await readFile('test/support/ten-mistakes.yaml', 'utf8')
    const file = join(folder, 'ten-mistakes.yaml')
    await writeFile(file, text.replace(/https:\/\/[\w.-]+(:\d+)?/g, `https://127.0.0.1:${port}`))
    for (const command of ['plan', 'renew', 'status']) {
      const { code, stdout, stderr } = await newleaf([command, '--config', file])
      expect(code).toBe(2)
      expect(stdout).toBe('')
      expect(stderr.split('\n').filter((line) => /^ {2}\d+:\d+ \S+: /.test(line))).toHaveLength(10)
    }
    expect(connections).toBe(0)
    server.close()
  })
})

const blogTarget = () => `us/apps/${world.sites.apps.listener().port}`
