import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { clockExports } from '../../sandbox/clock.ts'
import { CONTROL_FILE } from '../../sandbox/control.ts'
import { handshake } from '../../sandbox/handshake.ts'
import { quoted } from '../../sandbox/shown.ts'
import { leaksIn } from '../support/leaks.ts'
import { practiceFolder } from '../support/practice-world.ts'
import { ended } from '../support/processes.ts'

const DAY = 86_400_000
const parent = practiceFolder()
afterAll(parent.remove)
/** As a person may call it. */
const folder = join(parent.path, 'it\'s "my" $sandbox')

/** `npm run sandbox`, once it says that it runs. */
async function sandbox(where = folder) {
  const child = spawn(process.execPath, ['sandbox/main.ts', '--folder', where], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await gone
  })
  const [said] = await once(child.stdout, 'data')
  return {
    said: String(said),
    async end(signal: NodeJS.Signals) {
      child.kill(signal)
      await gone
    },
  }
}

const say = (line: string, where = folder) =>
  ended(process.execPath, ['sandbox/main.ts', ...line.split(' '), '--folder', where])

/** In a shell that has read the sandbox's `env`, as the opening text has it. */
const inShell = (script: string) =>
  ended('sh', ['-c', `. "$FOLDER/env" && ${script}`], { ...process.env, FOLDER: folder, NODE: process.execPath })

const newleaf = (words: string) => inShell(`"$NODE" cli/main.ts ${words} --config "$FOLDER/newleaf.yaml"`)

async function greetApps(): Promise<string> {
  const { certificates } = parse(readFileSync(join(folder, 'newleaf.yaml'), 'utf8'))
  const { port } = certificates.blog.deploy[0]
  const seen = handshake({ address: '127.0.0.1', port }, 'blog.example')
  return seen.then(
    () => 'handshake',
    ({ code }) => code,
  )
}

test('faults are ordered from a second terminal, listed and ended, and a sandbox that was killed has none', async () => {
  expect(await say('faults')).toEqual({
    code: 1,
    text: `no sandbox answers in ${folder}: start it with npm run sandbox -- --folder ${quoted(folder)}\n`,
  })
  const first = await sandbox()
  expect(first.said).toMatch(/npm run sandbox -- fault --folder '.*'\\''s "my" \$sandbox' +# what can go wrong/)
  expect(await say('fault apps refuses --always')).toMatchObject({
    code: 0,
    text: expect.stringMatching(/1 {2}apps refuses --always/),
  })
  expect(await greetApps()).toBe('ECONNREFUSED')
  expect(await say('fault ca rateLimited --on newOrder --times 2')).toMatchObject({ code: 0 })
  expect((await say('faults')).text).toBe(
    [
      '  1  apps refuses --always                   until mended',
      '  2  ca rateLimited --on newOrder --times 2  2 more times',
      '',
    ].join('\n'),
  )
  expect(await say('fault apps alert --address 9 --always')).toMatchObject({
    code: 2,
    text: expect.stringMatching(/no address 9/),
  })
  expect(await say('fault nowhere alert')).toMatchObject({
    code: 2,
    text: expect.stringMatching(/"nowhere" is no place; possible are edge/),
  })
  expect(await say('mend 1')).toMatchObject({ code: 0, text: expect.stringMatching(/^ended\n {2}1/) })
  expect(await greetApps()).toBe('handshake')
  expect(await say('fault apps reset --always')).toMatchObject({ code: 0 })
  expect(await greetApps()).toBe('ECONNRESET')

  await first.end('SIGKILL')
  expect(existsSync(join(folder, CONTROL_FILE))).toBe(true)
  expect(await say('mend')).toMatchObject({ code: 1, text: expect.stringMatching(/no sandbox answers/) })
  const second = await sandbox()
  expect(await greetApps()).toBe('handshake')
  expect((await say('faults')).text).toBe('no faults stand\n')
  await second.end('SIGTERM')
  expect(existsSync(join(folder, CONTROL_FILE))).toBe(false)
  expect(leaksIn(first.said + second.said)).toEqual([])
}, 120_000)

test('two sandboxes at a time have their own faults', async () => {
  const other = join(parent.path, 'other')
  await Promise.all([sandbox(), sandbox(other)])
  await say('fault dns drop --times 3', other)
  expect((await say('faults', other)).text).toMatch(/dns drop --times 3/)
  expect((await say('faults')).text).toBe('no faults stand\n')
})

test('what can go wrong is told without a sandbox', async () => {
  const nowhere = join(parent.path, 'nowhere')
  for (const line of ['fault', 'fault --help']) {
    expect(await say(line, nowhere)).toMatchObject({
      code: 0,
      text: expect.stringMatching(/^edge, apps: .*\n {2}alert +breaks each handshake/m),
    })
  }
  expect(existsSync(nowhere)).toBe(false)
})

test('the clock of the sandbox is that of newleaf in a shell that has read its env, and of nothing else there', async () => {
  const first = await sandbox()
  expect(await newleaf('renew --only blog')).toMatchObject({ code: 0, text: expect.stringMatching(/^blog +renewed /m) })
  expect(await newleaf('plan --only blog')).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^blog +wait /m),
  })
  expect(await say('clock +70d')).toMatchObject({
    code: 0,
    text: expect.stringMatching(/, 70 d ahead of this machine\n$/),
  })
  expect(await newleaf('plan --only blog')).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^blog +issue /m),
  })
  // The CA and the storage have the same time: neither calls newleaf's clock wrong.
  expect(await newleaf('renew --only blog')).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^blog +renewed /m),
  })
  const renewed = await inShell('"$NODE" cli/main.ts renew --only blog --config "$FOLDER/scaleway.yaml"')
  expect(renewed).toMatchObject({ code: 0, text: expect.stringMatching(/^blog +renewed /m) })
  const [, until = ''] = /valid until (\S+ \S+ UTC)/.exec(renewed.text) ?? []
  expect(Math.round((Date.parse(until) - Date.now()) / DAY)).toBe(70 + 90)

  const machine = (text: string) => Math.abs(Number(text) - Date.now()) < DAY / 2
  expect(machine((await inShell('"$NODE" -p "Date.now()"')).text)).toBe(true)
  expect(await inShell('npm --version')).toMatchObject({ code: 0, text: expect.stringMatching(/^\d+\.\d+/) })

  await first.end('SIGKILL')
  const second = await sandbox()
  expect(second.said).toMatch(/in the sandbox it is \S+, 70 d ahead of this machine/)
  expect((await newleaf('status --only blog')).text).toMatch(/in (89|90) days/)
  expect(await say('clock reset')).toMatchObject({ code: 0, text: expect.stringMatching(/this machine's time/) })
  expect((await newleaf('status --only blog')).text).toMatch(/in 1(59|60) days/)
}, 120_000)

/** Says all that a program can learn of the time. */
const FACTS = `
const is = (date) => date instanceof Date && date.constructor === Date
const all = [Date.now(), new Date().getTime(), Date.parse(Date()), new (class extends Date {})().getTime()]
console.log(JSON.stringify({ all, is: is(new Date()), fixed: [new Date(5).getTime(), Date.UTC(1970, 0, 1), new Date(2e3, 0).getMonth()] }))
`

test.each([
  ['cli', 3_600_000],
  ['dist', 3_600_000],
  ['elsewhere', 0],
])('a program in %s of a checkout with an awkward path lives %d ms ahead', async (room, offset) => {
  const root = join(parent.path, `check "out" 'of \\ it`)
  for (const each of ['sandbox', room]) mkdirSync(join(root, each), { recursive: true })
  const [preload, program] = [join(root, 'sandbox', 'shift-clock.cjs'), join(root, room, 'main.cjs')]
  copyFileSync('sandbox/shift-clock.cjs', preload)
  writeFileSync(program, FACTS)
  const clock = join(root, 'clock')
  writeFileSync(join(root, 'env'), clockExports(clock, preload))
  const env = { ...process.env, NODE: process.execPath, PROGRAM: program, ROOT: root, NODE_OPTIONS: '--no-warnings' }
  const read = '. "$ROOT/env"; . "$ROOT/env"'
  const facts = async (contents: string | undefined) => {
    if (contents !== undefined) writeFileSync(clock, contents)
    const { text } = await ended('sh', ['-c', `${read}; "$NODE" "$PROGRAM"`], env)
    const { all, ...rest } = JSON.parse(text)
    expect(rest).toEqual({ is: true, fixed: [5, 0, 0] })
    return all.map((time: number) => Math.round((time - Date.now()) / 60_000) * 60_000 || 0)
  }
  expect(await facts(undefined)).toEqual([0, 0, 0, 0])
  expect(await facts(String(offset || 3_600_000))).toEqual([offset, offset, offset, offset])
  expect(await facts('tomorrow')).toEqual([0, 0, 0, 0])
  // Read twice, it stands there once, behind what was there.
  const options = await ended('sh', ['-c', `${read}; echo "$NODE_OPTIONS"`], env)
  expect(options.text).toMatch(/^--no-warnings --require "[^\n]*shift-clock\.cjs"\n$/)
  expect(options.text.match(/--require/g)).toHaveLength(1)
})
