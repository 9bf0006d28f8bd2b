#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { Failure, isFailure, toFailure } from '../lib/errors.ts'
import { systemClock } from '../lib/platform/clock.ts'
import { safeText } from '../lib/platform/log.ts'
import { suggestion } from '../lib/platform/suggestion.ts'
import { adviceFor } from '../lib/policy/advice.ts'
import { refusalJson } from '../lib/report/documents.ts'
import { type Call, type Command, EXIT, type Io, type Json, options, processIo } from './call.ts'
import { deleteCommand } from './commands/delete.ts'
import { deploy } from './commands/deploy.ts'
import { discard } from './commands/discard.ts'
import { forget } from './commands/forget.ts'
import { importCommand } from './commands/import.ts'
import { list } from './commands/list.ts'
import { notify } from './commands/notify.ts'
import { placeholder } from './commands/placeholder.ts'
import { plan } from './commands/plan.ts'
import { prune } from './commands/prune.ts'
import { renew } from './commands/renew.ts'
import { secret } from './commands/secret.ts'
import { secrets } from './commands/secrets.ts'
import { status } from './commands/status.ts'
import { unlock } from './commands/unlock.ts'
import { helpOn, overview, unknownOption } from './help.ts'
import { print } from './print.ts'
import { fitted } from './wrap.ts'

export const commands = {
  plan,
  renew,
  deploy,
  status,
  list,
  import: importCommand,
  placeholder,
  discard,
  forget,
  unlock,
  prune,
  delete: deleteCommand,
  notify,
  secret,
  secrets,
} as const satisfies Record<string, Command>

const isCommand = (name: string | undefined): name is keyof typeof commands =>
  name !== undefined && Object.hasOwn(commands, name)

/** What stands before `--`, behind which nothing is an option. */
const optionsIn = (argv: readonly string[]) => (argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv)
const asksFor = (argv: readonly string[], ...spellings: string[]) =>
  optionsIn(argv).some((word) => spellings.includes(word))

/** Runs one command and resolves to its exit code. It never rejects. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    const [first, ...others] = argv
    const [name, ...rest] = first === 'help' ? [...others.slice(0, 1), '--help'] : argv
    if (asksFor(argv, '--version', '-v')) {
      io.stdout.write(`${(await import('../package.json', { with: { type: 'json' } })).default.version}\n`)
      return EXIT.healthy
    }
    if (isCommand(name)) {
      if (!asksFor(rest, '--help', '-h')) return await commands[name].run(parseCall(name, rest, io))
      io.stdout.write(helpOn(name, commands[name]))
      return EXIT.healthy
    }
    if (first !== 'help' && !asksFor(argv, '--help', '-h')) throw noCommand(name)
    io.stdout.write(overview(commands))
    return EXIT.healthy
  } catch (error) {
    return complain(
      error,
      jsonOf((flag) => optionsIn(argv).includes(`--${flag}`), io),
      io,
    )
  }
}

function noCommand(name: string | undefined): Failure {
  if (name === undefined) return new Failure('EVENT_INVALID', 'a command is missing; see newleaf --help')
  const meant = suggestion(name, Object.keys(commands))
  return new Failure('EVENT_INVALID', `"${name.slice(0, 40)}" is no command${meant} (see newleaf --help)`)
}

function parseCall(name: keyof typeof commands, args: readonly string[], io: Io): Call {
  const command: Command = commands[name]
  const { values, positionals } = parsed(name, command, args)
  const {
    config,
    only,
    file = [],
    ...flags
  } = values as {
    config: string
    only?: string[]
    file?: string[]
  } & Record<string, unknown>
  const isSet = (flag: string) => flags[flag] === true
  return {
    config,
    json: jsonOf(isSet, io),
    request: {
      ...(only === undefined ? {} : { only }),
      force: isSet('force'),
      dryRun: isSet('dry-run'),
      fullScan: true,
      attended: !isSet('unattended'),
    },
    test: isSet('test'),
    isSet,
    files: file,
    words: positionals,
    io,
  }
}

/** Rejects what the command does not take, with EVENT_INVALID. */
function parsed(name: string, command: Command, args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: command.operands !== undefined,
      options: {
        config: { type: 'string', default: 'newleaf.yaml' },
        json: { type: 'boolean', default: false },
        'json-lines': { type: 'boolean', default: false },
        ...Object.fromEntries(command.takes.map((option) => [option, options[option]])),
      },
    })
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))) throw error
    const unknown = /^Unknown option '(?<written>[^']*)'/.exec(error.message)?.groups?.written
    const why =
      unknown === undefined ? `${error.message}; see newleaf ${name} --help` : unknownOption(unknown, name, command)
    throw new Failure('EVENT_INVALID', why)
  }
}

/** People read a document over several lines, and a file to which each run adds holds one line for each run. */
const jsonOf = (isSet: (flag: string) => boolean, { stdout }: Pick<Io, 'stdout'>): Json | undefined => {
  if (isSet('json-lines')) return 'line'
  if (!isSet('json')) return undefined
  return stdout.isTTY === true ? 'document' : 'line'
}

/**
 * One clear message on standard error, and with --json the same as a document, so that whoever reads the last one knows. A
 * program fault says so, and keeps what it may hold to itself.
 */
function complain(error: unknown, json: Json | undefined, io: Io): number {
  const failure = toFailure(error)
  const advice = adviceFor(failure.code)
  const lines = failure.message.split('\n').map((line) => fitted(safeText(line), 4, io.stderr))
  io.stderr.write(`${lines.join('\n')}\n`)
  if (advice !== undefined && !isFailure(failure, 'CONFIG_INVALID', 'EVENT_INVALID'))
    io.stderr.write(`${fitted(`to do: ${advice}`, 7, io.stderr)}\n`)
  if (json !== undefined) print({ io, json }, refusalJson(failure, systemClock.now()), () => '')
  return isFailure(failure, 'CONFIG_INVALID', 'EVENT_INVALID') ? EXIT.usage : EXIT.unhealthy
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), processIo())
