import { execFile } from 'node:child_process'
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCALEWAY_TOKEN } from '../../sandbox/configuration.ts'
import type { World } from '../../sandbox/world.ts'
import { practiceFolder, startQuickWorld } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

const folder = practiceFolder()
const inFolder = (name: string) => join(folder.path, name)
let world: World
/** The commands of the page, as they stand there but for the folder. */
let line: string
let monitor: string

beforeAll(async () => {
  world = await startQuickWorld({ folder: folder.path, fresh: true })
  symlinkSync(resolve('cli'), inFolder('cli'))
  const page = await readFile('docs/deploy-cron.md', 'utf8')
  const here = (command = 'false') => command.replaceAll('/srv/newleaf', folder.path)
  line = here(/^17 \* \* \* \* +(.+)$/m.exec(page)?.[1])
  monitor = here(/^ *(cd .+ "?'"ok":true'.*)$/m.exec(page)?.[1])
  give(world.env)
})
afterAll(async () => {
  await world.close()
  folder.remove()
})

const give = (tokens: Readonly<Record<string, string>>) =>
  writeFileSync(
    inFolder('tokens.env'),
    Object.entries(tokens)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
/** As cron does it: with its shell, and none of the variables of a person's. What is printed is mailed. */
const cron = (command: string) =>
  new Promise<{ code: number; mail: string }>((done) => {
    const { PATH } = process.env
    const child = execFile('/bin/sh', ['-c', command], { env: { PATH } }, (_, stdout, stderr) =>
      done({ code: child.exitCode ?? -1, mail: stdout + stderr }),
    )
  })
/** While this work lasts, the configuration is with this change. */
async function configured(change: (text: string) => string, work: () => Promise<void>): Promise<void> {
  const original = await readFile(world.configuration, 'utf8')
  writeFileSync(world.configuration, change(original))
  await work().finally(() => writeFileSync(world.configuration, original))
}
const lines = async () => (await readFile(inFolder('runs.json'), 'utf8')).trimEnd().split('\n')
const last = async () => JSON.parse((await lines()).at(-1) ?? '')

describe('the lines of the page on crons, copied', () => {
  test('say nothing while every certificate is healthy, and the monitor is content', async () => {
    expect(await cron(line)).toEqual({ code: 0, mail: '' })
    expect(await lines()).toHaveLength(1)
    expect(await last()).toMatchObject({ ok: true, whole: true, finishedAt: expect.stringMatching(/^\d{4}-.+Z$/) })
    for (const record of (await readFile(inFolder('log.json'), 'utf8')).trimEnd().split('\n'))
      expect(JSON.parse(record)).toHaveProperty('message')
    expect(await cron(monitor)).toEqual({ code: 0, mail: '' })
  })

  test('say so in every run for as long as one is not, and the monitor is not content', async () => {
    give({ ...world.env, [SCALEWAY_TOKEN]: 'canary-token-that-was-revoked' })
    for (let hour = 2; hour < 4; hour++) {
      expect(await cron(line)).toEqual({ code: 0, mail: expect.stringMatching(/^newleaf ended with 1, see .+\n$/) })
      expect(await lines()).toHaveLength(hour)
      expect(await last()).toMatchObject({ ok: false, certificates: [{ id: 'shop', healthy: false }, { id: 'blog' }] })
      expect((await cron(monitor)).code).not.toBe(0)
    }
    give(world.env)
    expect(await newleaf(['renew', '--config', world.configuration], { env: world.env })).toMatchObject({ code: 0 })
    expect(await cron(line)).toEqual({ code: 0, mail: '' })
    expect(await cron(monitor)).toEqual({ code: 0, mail: '' })
  })

  test('say that a run came to nothing, and the last line says why', async () => {
    writeFileSync(inFolder('in-the-way'), '')
    const inTheWay = (text: string) => text.replace(/^(state:.*folder: ).*?( *\}.*)$/m, '$1in-the-way$2')
    await configured(inTheWay, async () => {
      expect(await cron(line)).toEqual({ code: 0, mail: expect.stringContaining('newleaf ended with 1') })
    })
    expect(await last()).toMatchObject({
      ok: false,
      finishedAt: expect.any(String),
      error: { code: 'STORE_UNREADABLE' },
    })
    expect((await cron(monitor)).code).not.toBe(0)
  })

  test('say that the configuration is wrong, and the monitor misses a run that never came', async () => {
    expect(await cron(line)).toEqual({ code: 0, mail: '' })
    const before = await lines()
    await configured(
      () => 'environment: [',
      async () => {
        expect(await cron(line)).toEqual({ code: 0, mail: expect.stringContaining('newleaf ended with 2') })
      },
    )
    expect(await lines()).toHaveLength(before.length + 1)
    expect(await last()).toMatchObject({ v: 1, ok: false, error: { code: 'CONFIG_INVALID' } })
    expect((await cron(monitor)).code).not.toBe(0)
    expect(await cron(line)).toEqual({ code: 0, mail: '' })
    expect(await cron(monitor)).toEqual({ code: 0, mail: '' })
    const longAgo = new Date(Date.now() - 121 * 60_000)
    utimesSync(inFolder('runs.json'), longAgo, longAgo)
    expect((await cron(monitor)).code).not.toBe(0)
  })
})

test('with --json the same document is one line into a file, and several at a terminal', async () => {
  const plan = (flag: string, tty: boolean) =>
    newleaf(['plan', flag, '--config', world.configuration], { env: world.env, tty })
  const all = [await plan('--json-lines', true), await plan('--json', false), await plan('--json', true)]
  expect(all.map(({ stdout }) => stdout.trimEnd().includes('\n'))).toEqual([false, false, true])
  expect(all[2]?.stdout).toContain('\n  "certificates": [\n')
  const [line, ...documents] = all.map(({ stdout }) => ({ ...JSON.parse(stdout), at: undefined }))
  for (const document of documents) expect(document).toEqual(line)
})
