import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wrapped } from '../../cli/wrap.ts'
import { described, undescribed } from '../support/json-docs.ts'
import { practiceWorld, seenAt } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
const served = { shop: '', blog: '' }

beforeAll(async () => {
  practice = await practiceWorld()
  expect((await run('renew')).code).toBe(0)
  const { sites } = practice.world
  served.shop = (await seenAt(sites.edge, 'shop.example'))[0]?.slice(0, 16) ?? ''
  served.blog = (await seenAt(sites.apps, 'blog.example'))[0]?.slice(0, 16) ?? ''
})
afterAll(() => practice.close())

async function run(...args: string[]) {
  const { world } = practice
  return newleaf([...args, '--config', world.configuration], { env: world.env })
}
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)
const count = (text: string, part: string) => text.split(part).length - 1

/** While a file of the stores is not there. */
async function without<T>(path: string, work: () => Promise<T>): Promise<T> {
  await rename(path, `${path}.away`)
  try {
    return await work()
  } finally {
    await rename(`${path}.away`, path)
  }
}
const at = (...path: string[]) => join(practice.world.folder, ...path)

describe('the status of certificates whose secrets cannot be opened', () => {
  test('says so once, and all the same what every listener serves', async () => {
    const { code, stdout } = await without(at('master.key'), () => run('status'))
    expect(code).toBe(1)
    expect(count(stdout, 'is missing, and nothing else opens the secrets')).toBe(1)
    expect(stdout).toContain('blog  NOT_DONE, as shop above')
    expect(stdout).not.toContain('none yet')
    for (const [id, fingerprint] of Object.entries(served)) {
      expect(stdout).toMatch(new RegExp(`port \\d+: serves \\(${id}\\.example\\)\\n +${fingerprint}`))
      expect(stdout).toMatch(new RegExp(`certificate +${fingerprint}, \\S+, as the state remembers it\\n`))
    }
    expect(stdout).toContain('fr/edge/https: what is stored cannot be read; it serves:')
    expect(stdout).not.toContain('another certificate')
  })

  test('says in JSON what is presented, and compares it with nothing', async () => {
    const document = await without(at('master.key'), () => json('status'))
    expect(document.certificates[0]).toMatchObject({
      id: 'shop',
      healthy: false,
      error: { code: 'STORE_UNREADABLE' },
    })
    const target = document.certificates[0].targets['fr/edge/https']
    expect(target.serves).toBeUndefined()
    expect(target.addresses.length).toBeGreaterThan(0)
    for (const address of target.addresses)
      expect(address).toMatchObject({ shows: 'presented', fingerprint: expect.stringContaining(served.shop) })
    expect(undescribed(document, 'observed', described())).toEqual([])
  })
})

describe('the status of a certificate whose state cannot be read', () => {
  test('says so, and what its listener serves', async () => {
    const folder = at('newleaf', 'state', 'certificate', 'shop')
    const newest =
      (await readdir(folder))
        .filter((name) => name.startsWith('@'))
        .sort()
        .at(-1) ?? ''
    const damaged = async () => {
      await writeFile(join(folder, newest), '{')
      return run('status', '--only', 'shop').finally(() => rename(join(folder, newest), join(folder, 'damaged')))
    }
    const { code, stdout } = await without(join(folder, newest), damaged)
    expect(code).toBe(1)
    expect(stdout).toContain('STORE_UNREADABLE')
    expect(stdout).toContain(served.shop)
  })
})

describe('the status of a certificate', () => {
  test('shows the fingerprint in short, and the serial beside it', async () => {
    const { certificate } = (await json('status', '--only', 'shop')).certificates[0]
    const { stdout } = await run('status', '--only', 'shop')
    expect(stdout).toContain(served.shop)
    expect(stdout).toContain(certificate.serial)
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('shows with --events what happened, the newest last, on the screen and in JSON', async () => {
    const { stdout } = await run('status', '--only', 'shop', '--events')
    expect(stdout).toMatch(/events\n +\d{4}-\d\d-\d\d \d\d:\d\d UTC +renewed +absent\n/)
    const document = await json('status', '--only', 'shop', '--events')
    expect(document.certificates[0].events).toMatchObject([{ event: 'renewed', detail: 'absent' }])
    expect(undescribed(document, 'observed', described())).toEqual([])
    expect((await json('status')).certificates[0].events).toBeUndefined()
  })

  test('says of a failure when it was, and its sentence once', async () => {
    const env = { ...practice.world.env, NEWLEAF_SANDBOX_LINODE_TOKEN: 'expired' }
    const given = { env: env }
    const { configuration } = practice.world
    await newleaf(['renew', '--only', 'blog', '--config', configuration], given)
    const { stdout } = await newleaf(['status', '--only', 'blog', '--config', configuration], given)
    expect(stdout).toContain('DENIED, just now')
    expect(count(stdout, 'Invalid Token')).toBe(2) // of the target, and of what is remembered
  })
})

test('at a terminal no line is wider than 80 columns, whatever went wrong', async () => {
  const env = { ...practice.world.env, NEWLEAF_SANDBOX_LINODE_TOKEN: 'expired', NEWLEAF_SANDBOX_SCALEWAY_TOKEN: '' }
  const { configuration } = practice.world
  const wrong = at('wrong.yaml')
  await writeFile(
    wrong,
    `${await readFile(configuration, 'utf8')}\n  other: { names: [shop.example.com], deploy: [] }\n`,
  )
  const lines: string[] = []
  for (const args of [['plan'], ['status'], ['list'], ['prune'], ['renew', '--dry-run'], ['plan', '--config', wrong]]) {
    const given = args.includes('--config') ? args : [...args, '--config', configuration]
    const { code, stdout, stderr } = await newleaf(given, { env, tty: true })
    expect([given, code]).not.toEqual([given, 0])
    lines.push(...stripVTControlCharacters(stdout + stderr).split(/[\n\r]/))
  }
  // A path or a URL may be longer than a line; it stays whole, so that it can be copied.
  expect(lines.filter((line) => line.length > 80 && /\S \S/.test(line.trim()))).toEqual([])
})

test('a command in backticks is never broken over two lines', () => {
  const advice = 'see whether a token has expired or lost a right; then run `newleaf renew --only shop` to try at once'
  expect(wrapped(advice, 11)).toContain('`newleaf renew --only shop`')
})

test('a command that came to nothing says what to do about it', async () => {
  const { code, stderr } = await without(at('master.key'), () => run('discard', 'shop'))
  expect(code).toBe(1)
  expect(stderr).toContain('to do: restore what is stored from a copy')
})
