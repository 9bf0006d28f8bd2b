import { nearest } from '../lib/platform/suggestion.ts'
import type { Command, options } from './call.ts'

type Option = keyof typeof options

/** How an option is written, and what it is for; 80 columns with all that stands around it. */
const OPTIONS: Readonly<Record<Option, readonly [written: string, text: string]>> = {
  only: ['--only ID', 'only this certificate, or notifier; may be repeated'],
  force: ['--force', 'order now, whatever is left of its life'],
  'dry-run': ['--dry-run', 'say what would be done, and do nothing'],
  test: ['--test', 'send a test, and nothing else'],
  unattended: ['--unattended', 'nobody waits, as under cron: what failed keeps its time'],
  'cut-off-tls': ['--cut-off-tls', 'also where TLS is served or passed through now'],
  events: ['--events', 'the last fifty things that happened to each, as well'],
  yes: ['--yes', 'ask nobody'],
  'delete-unused': ['--delete-unused', 'delete its certificates that are bound nowhere'],
  unbound: ['--unbound', 'only what no listener uses'],
  managed: ['--managed', 'only what newleaf made in this environment'],
  foreign: ['--foreign', 'only what somebody else made'],
  file: ['--file FILE', 'PEM with certificate, chain and key; may be repeated'],
}

const EVERYWHERE: readonly (readonly [written: string, text: string])[] = [
  ['--config FILE', 'the configuration; newleaf.yaml if not given'],
  ['--json', 'one JSON document (docs/json.md), log on standard error'],
  ['--json-lines', 'the same in one line, at a terminal too'],
  ['-h, --help', 'this text; behind a command: that of the command'],
  ['-v, --version', 'the version'],
]

const rows = (all: readonly (readonly [string, string])[]) =>
  all.map(([left, right]) => `  ${left.padEnd(15)} ${right}\n`).join('')

/** What there is, for whoever asks for help with all of it. */
export const overview = (commands: Readonly<Record<string, Command>>): string =>
  [
    'Usage: newleaf COMMAND [options]\n\n',
    rows(Object.entries(commands).map(([name, { summary }]) => [name, summary])),
    '\nOptions of every command\n',
    rows(EVERYWHERE),
    '\n`newleaf COMMAND --help` tells the others, with an example.\n\n',
    'Exit codes: 0 every certificate is healthy, 1 one is not,\n',
    '2 wrong usage or configuration, 130 or 143 interrupted\n',
  ].join('')

export function helpOn(name: string, { summary, operands, about, example, takes }: Command): string {
  const usage = ['newleaf', name, ...(operands === undefined ? [] : [operands]), '[options]'].join(' ')
  const text = about === undefined ? '' : `\n${about}\n`
  return [
    `Usage: ${usage}\n\n${capital(summary)}.\n${text}`,
    `\nOptions\n${rows([...takes.map((option) => OPTIONS[option]), ...EVERYWHERE])}`,
    `\nExample\n  ${example}\n`,
  ].join('')
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** What is wrong with an option that a command does not take, and which one was meant. */
export function unknownOption(written: string, name: string, { takes }: Command): string {
  const flags = [...takes, 'config', 'json', 'json-lines', 'help', 'version'].map((each) => `--${each}`)
  const near = nearest(written, flags)
  const meant = near === undefined ? '' : `; did you mean ${near}?`
  return `${name} has no option ${written}${meant} (see newleaf ${name} --help)`
}
