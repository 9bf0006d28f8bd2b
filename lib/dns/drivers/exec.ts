import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import { type DnsDriver, type DnsProviderFacts, secretReference } from '../../platform/driver.ts'
import type { Secret } from '../../platform/secret.ts'
import { withoutCredentials } from '../../platform/without-credentials.ts'

const options = v.strictObject({
  program: v.pipe(
    v.string(),
    v.nonEmpty('expected the path of a program'),
    v.description('Path of the program, relative to the configuration; it is started as it is, by no shell.'),
  ),
  arguments: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.check((text) => !text.includes('\0'), 'expected no zero byte'),
        ),
      ),
      v.description('What it is given before newleaf’s own arguments.'),
    ),
  ),
  environment: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable')),
        secretReference,
      ),
      v.description('References to secrets, by the variable that it finds each in; it has no others but PATH.'),
    ),
  ),
})

const facts = {
  provider: 'a program of your own',
  documentation: 'https://go-acme.github.io/lego/dns/exec/',
  permission: 'whatever your program asks for',
  twoValues: 'your program adds and removes one value at a time',
  ttl: undefined,
  note:
    '`PROGRAM present _acme-challenge.shop.example.com. VALUE` adds a value and `cleanup` in place of `present` removes it, as lego calls a program. ' +
    'Exit status 0 is success, also where the value is there already or gone already, for each may be asked for again. It has two minutes, ' +
    'nothing to read, and of newleaf’s environment nothing; the last line that it writes to standard error is told when it fails. ' +
    'Before an order newleaf looks whether the program is there and may be started.',
} satisfies DnsProviderFacts

const LONGEST = 120_000
const MOST_OUTPUT = 1_048_576
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export const driver = {
  options,
  facts,
  async open({ program, arguments: own = [], environment = {} }, context) {
    const file = resolve(context.folder, program)
    const secrets = new Map<string, Secret>()
    for (const [name, reference] of Object.entries(environment)) secrets.set(name, await context.resolve(reference))
    const env = { PATH, ...Object.fromEntries([...secrets].map(([name, secret]) => [name, secret.reveal()])) }
    const run = async (
      verb: 'present' | 'cleanup',
      { name, value }: { readonly name: string; readonly value: string },
    ) => {
      const timeout = Math.min(LONGEST, context.timeLeft())
      if (timeout <= 0) throw new Failure('OUT_OF_TIME', `no time is left in this run to start ${file}`)
      const end = await start(file, [...own, verb, `${name}.`, value], { env, cwd: context.folder, timeout })
      if (end.what !== undefined) throw failed(`${file} ${verb} ${name}.`, end, [...secrets.values()])
    }
    return {
      check: () => startable(file),
      addTxt: (record) => run('present', record),
      removeTxt: (record) => run('cleanup', record),
    }
  },
} satisfies DnsDriver<typeof options>

async function startable(file: string): Promise<void> {
  try {
    await access(file, constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Failure('CONFIG_INVALID', `the program ${file} cannot be started (${code})`, { cause: error })
  }
}

interface End {
  /** Undefined: well. */
  readonly what: string | undefined
  readonly stderr: string
}

interface StartOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly timeout: number
}

function start(file: string, given: readonly string[], { timeout, ...options }: StartOptions): Promise<End> {
  return new Promise((settle) => {
    const limits = { timeout, killSignal: 'SIGKILL', maxBuffer: MOST_OUTPUT } as const
    const child = execFile(file, given, { ...options, ...limits, encoding: 'utf8' }, (error, _stdout, stderr) => {
      settle({ what: error === null ? undefined : whatOf(error), stderr })
    })
    child.stdin?.on('error', () => {}) // it may end before it has heard that there is nothing to read
    child.stdin?.end()
  })
}

function whatOf({ code, killed, signal }: { code?: unknown; killed?: boolean; signal?: unknown }): string {
  if (typeof code === 'number') return `ended with exit status ${code}`
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'wrote more than a mebibyte and was ended'
  if (killed) return 'did not end in time and was ended'
  return typeof code === 'string' ? `could not be started (${code})` : `was ended by ${signal}`
}

/** Nobody knows how far it came. */
function failed(call: string, { what, stderr }: End, secrets: readonly Secret[]): Failure {
  const last = withoutCredentials(stderr.slice(-2_000), secrets).trim().split('\n').at(-1)?.trim()
  return new Failure('UNAVAILABLE', `${call} ${what}${last ? `: ${last.slice(0, 300)}` : ''}`)
}
