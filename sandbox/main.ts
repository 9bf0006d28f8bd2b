import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { order } from './control.ts'
import { explanation } from './orders/explain.ts'
import { Misuse } from './orders/flags.ts'
import { parseOrder } from './orders/parse.ts'
import { typed } from './shown.ts'

const USAGE = `Usage: npm run sandbox [-- --fresh] [-- --folder DIR]

Starts a small world to practise in, and keeps it running until Ctrl-C.

  --fresh       forget what an earlier sandbox left in the folder
  --folder DIR  where it keeps everything; .sandbox if not given

From another terminal, while it runs:

  npm run sandbox -- fault <where> <what> [options]   lets something go wrong; without more: what can
  npm run sandbox -- faults                           what goes wrong now
  npm run sandbox -- mend [NUMBER]                    ends that, or one of it
  npm run sandbox -- clock [+30d]                     moves its time, and that of newleaf; "clock reset" undoes it
`

const isHelp = (word: string) => word === '--help' || word === '-h'

async function main(): Promise<void> {
  const { folder, rest } = withoutFolder(process.argv.slice(2))
  const [first] = rest
  if (first !== undefined && !first.startsWith('-')) {
    return void process.stdout.write(await giveOrder(folder, rest.some(isHelp) ? ['fault'] : rest))
  }
  if (rest.some(isHelp)) return void process.stdout.write(USAGE)
  const { values } = parseArgs({ args: rest, options: { fresh: { type: 'boolean', default: false } } })
  const { run } = await import('./running.ts') // an order needs no world
  await run({ folder, ...values })
}

/** `--folder` may stand before an order and behind it. */
function withoutFolder(args: readonly string[]): { folder: string; rest: readonly string[] } {
  const at = args.findIndex((arg) => arg === '--folder' || arg.startsWith('--folder='))
  if (at < 0) return { folder: '.sandbox', rest: args }
  const [, inline] = /^--folder=(.*)$/s.exec(args[at] ?? '') ?? []
  const folder = inline ?? args[at + 1]
  if (!folder) throw new Misuse('--folder needs a folder: --folder DIR')
  return { folder, rest: args.toSpliced(at, inline === undefined ? 2 : 1) }
}

/** What is misspelled is told even where no sandbox runs. */
async function giveOrder(folder: string, words: readonly string[]): Promise<string> {
  if (parseOrder(words).do === 'explain') return explanation()
  const said = await order(resolve(folder), words)
  if (said !== undefined) return said
  const more = folder === '.sandbox' ? '' : ` -- --folder ${typed(folder)}`
  throw new Error(`no sandbox answers in ${folder}: start it with npm run sandbox${more}`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof Misuse ? 2 : 1
}
