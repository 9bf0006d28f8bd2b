import { existsSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { changed } from '../support/config-text.ts'
import { fuzz, shown } from '../support/fuzz.ts'
import { hostileText } from '../support/hostile.ts'
import { practiceFolder } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

const folder = practiceFolder()
const stores = join(folder.path, 'stores')
const configuration = join(folder.path, 'newleaf.json')
const PIPED = 'canary-token-from-standard-input'

/** Whoever opens anything of it leaves a folder behind; nobody gets further, for a token is missing. */
beforeAll(async () => {
  const at = (name: string) => ({ use: 'file', options: { folder: join(stores, name) } })
  const masterKey = { ...at('secrets').options, masterKey: join(stores, 'key') }
  await writeFile(
    configuration,
    changed({
      state: at('state'),
      secrets: { use: 'file', options: masterKey },
      'acme.authorities': { nobody: { directory: 'https://127.0.0.1:1/directory', agreeToTerms: true } },
      'dns.resolvers': ['127.0.0.1:1'],
    }),
  )
})
afterAll(() => folder.remove())

const COMMANDS = [
  'plan',
  'renew',
  'status',
  'notify',
  'secret',
  'deploy',
  'import',
  'list',
  'placeholder',
  'discard',
  'forget',
  'unlock',
  'prune',
  'delete',
  'help',
] as const
const WORDS = [
  ...['set', 'get', 'shop', 'blog', 'revoke', 'export'],
  ...[
    '--only',
    '--json',
    '--force',
    '--dry-run',
    '--test',
    '--help',
    '--version',
    '--config',
    '--',
    '-',
    '-h',
    '-v',
    '--file',
    '--yes',
    '--unattended',
    '--unbound',
    '--cut-off-tls',
    '--delete-unused',
  ],
  ...[
    '--only=shop',
    '--only=../..',
    '--config=/etc/passwd',
    '--json=yes',
    '--__proto__',
    '--constructor=1',
    '--=',
    '-jf',
  ],
  ...['shop', 'scaleway#dns', 'certificate/shop', 'account/letsencrypt', '../key', 'shop#__proto__'],
] as const
const word = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: hostileText })
const args = fc
  .tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...COMMANDS) }, word), fc.array(word, { maxLength: 5 }))
  .map(([command, rest]) => [command, ...rest])

describe('a command line', () => {
  fuzz('is understood, or refused in words that can be shown, and then has no effect', args, async (given) => {
    const { code, stdout, stderr } = await newleaf([...given, '--config', configuration], { stdin: `${PIPED}\n` })
    const opened = existsSync(stores)
    rmSync(stores, { recursive: true, force: true })
    expect([0, 1, 2]).toContain(code)
    // What can be forgotten, and whose lock it is, is known to the state alone.
    if (code === 2 && !['forget', 'unlock'].includes(given[0] ?? '')) expect(opened).toBe(false)
    if (code === 2 && stdout !== '') expect(JSON.parse(stdout)).toMatchObject({ v: 1, ok: false })
    // A document stands in one line, however long it is; each text in it is shown somewhere.
    const texts = stdout.startsWith('{"v":') ? textsIn(JSON.parse(stdout)) : stdout.split('\n')
    for (const text of [...texts, ...stderr.split('\n')]) shown(text)
    expect(stderr).not.toContain('unexpected')
  })
})

const textsIn = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : Object.values(Object(value)).flatMap(textsIn)
