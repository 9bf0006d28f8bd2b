#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { isFailure, toFailure } from '../lib/errors.ts'
import { systemClock } from '../lib/platform/clock.ts'
import { safeText } from '../lib/platform/log.ts'
import { refusalJson } from '../lib/report/documents.ts'
import { type Call, type Command, EXIT, type Io, type Json, options, processIo } from './call.ts'
import { deploy } from './commands/deploy.ts'
import { discard } from './commands/discard.ts'
import { importCommand } from './commands/import.ts'
import { list } from './commands/list.ts'
import { notify } from './commands/notify.ts'
import { placeholder } from './commands/placeholder.ts'
import { plan } from './commands/plan.ts'
import { renew } from './commands/renew.ts'
import { secret } from './commands/secret.ts'
import { status } from './commands/status.ts'
import { print } from './print.ts'

const commands = {
  plan,
  renew,
  deploy,
  status,
  list,
  import: importCommand,
  placeholder,
  discard,
  notify,
  secret,
} as const satisfies Record<string, Command>

const isCommand = (name: string | undefined): name is keyof typeof commands =>
  name !== undefined && Object.hasOwn(commands, name)

const usage = () =>
  [
    'Usage: newleaf <command> [options]',
    '',
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`),
    '',
    'Options',
    '  --config FILE  the configuration; newleaf.yaml in this folder if not given',
    '  --only ID      only this certificate, or notifier; may be given several times',
    '  --json         one JSON document on standard output, log records on standard error',
    '  --json-lines   the same in one line, for files to which every run adds',
    '  --force        renew: order now, whatever is left of the certificate’s life',
    '  --file FILE    import: PEM with the certificate, its chain and its key; may be given several times',
    '  --dry-run      renew: say what would be done, and do nothing',
    '  --cut-off-tls  placeholder: also where TLS is served, or passed through, now',
    '  --test         notify: send a test, and nothing else',
    '  --help, --version',
    '',
    'Exit codes: 0 every certificate is healthy, 1 one is not, 2 wrong usage or configuration, 130 or 143 interrupted',
    '',
  ].join('\n')

/** Runs one command and resolves to its exit code. It never rejects. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    const [name, ...rest] = argv
    if (name === '--help' || name === 'help' || rest.includes('--help')) {
      io.stdout.write(usage())
      return EXIT.healthy
    }
    if (name === '--version') {
      io.stdout.write(`${(await import('../package.json', { with: { type: 'json' } })).default.version}\n`)
      return EXIT.healthy
    }
    if (!isCommand(name)) {
      io.stderr.write(
        `${name === undefined ? 'a command is missing' : `"${safeText(name)}" is no command`}\n\n${usage()}`,
      )
      return EXIT.usage
    }
    return await commands[name].run(parseCall(commands[name], rest, io))
  } catch (error) {
    return complain(
      error,
      jsonOf((flag) => argv.includes(`--${flag}`)),
      io,
    )
  }
}

function parseCall(command: Command, args: readonly string[], io: Io): Call {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: command.words === true,
    options: {
      config: { type: 'string', default: 'newleaf.yaml' },
      json: { type: 'boolean', default: false },
      'json-lines': { type: 'boolean', default: false },
      ...Object.fromEntries(command.takes.map((name) => [name, options[name]])),
    },
  })
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
    json: jsonOf(isSet),
    request: {
      ...(only === undefined ? {} : { only }),
      force: isSet('force'),
      dryRun: isSet('dry-run'),
      fullScan: true,
    },
    test: isSet('test'),
    cutOffTls: isSet('cut-off-tls'),
    files: file,
    words: positionals,
    io,
  }
}

const jsonOf = (isSet: (flag: string) => boolean): Json | undefined =>
  isSet('json-lines') ? 'line' : isSet('json') ? 'document' : undefined

/**
 * One clear message on standard error. A program fault says so, and keeps what it may hold to itself. What was begun and came
 * to nothing is a document as well, so that whoever reads the last one knows; what was refused has none.
 */
function complain(error: unknown, json: Json | undefined, io: Io): number {
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    io.stderr.write(`${safeText(error.message)}; see newleaf --help\n`)
    return EXIT.usage
  }
  const failure = toFailure(error)
  io.stderr.write(`${failure.message.split('\n').map(safeText).join('\n')}\n`)
  if (isFailure(failure, 'CONFIG_INVALID', 'EVENT_INVALID')) return EXIT.usage
  if (json !== undefined) print({ io, json }, refusalJson(failure, systemClock.now()), () => '')
  return EXIT.unhealthy
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), processIo())
