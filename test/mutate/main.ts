/** `npm run mutate`: changes the product in one small place after the other, and asks the tests that reach it whether they notice. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { fatesOf, inCopy, mutantsIn, removeCopies } from './laboratory.ts'
import { endAll } from './lanes.ts'
import { SURVIVORS } from './survivors.ts'
import { allowedBy, judge, ratios, staleLine, survivorLine } from './verdict.ts'
import { filesOf, isWing, WINGS } from './wings.ts'

const USAGE = `Usage: npm run mutate [-- FILE…] [-- --wing NAME] [-- --sample MINUTES] [-- --seed N] [-- --list]

Makes mutants of ${WINGS.map((wing) => `lib/${wing}`).join(', ')} in a copy of the project, and runs the tests that reach each. It fails when one
lives that is not on the list in test/mutate/survivors.ts.

  FILE…             only these files of lib
  --wing NAME       only this wing; may be given more than once
  --sample MINUTES  as many mutants as this time allows, drawn by the seed from those
                    that are not on the list
  --seed N          of the sample (1)
  --at-least N      it fails only when fewer than N percent are killed or on the list
  --list            shows the mutants, and runs nothing
`
const MINUTE = 60_000
const say = (text: string) => process.stdout.write(`${text}\n`)

const OPTIONS = {
  wing: { type: 'string', multiple: true },
  sample: { type: 'string' },
  seed: { type: 'string', default: '1' },
  'at-least': { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS })
  const { wing: named = [] } = values
  const wings = named.filter(isWing)
  const [minutes, seed] = [Number(values.sample ?? 0), Number(values.seed)]
  const isWrong = wings.length < named.length || !(minutes >= 0) || !Number.isSafeInteger(seed)
  if (values.help || isWrong) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 1
  }
  const files = positionals.length > 0 ? positionals : (wings.length > 0 ? wings : WINGS).flatMap(filesOf)
  if (values.list) return list(files)
  const sample = values.sample === undefined ? undefined : { time: minutes * MINUTE, seed }
  const lanes = Math.max(1, availableParallelism())
  const fates = await fatesOf({ files, sample, mayLive: allowedBy(SURVIVORS), lanes, say })
  const { killed, allowed, survivors, stale } = judge(fates, SURVIVORS)
  for (const fate of survivors) say(survivorLine(fate))
  for (const mutant of stale) say(staleLine(mutant))
  for (const line of ratios(fates, SURVIVORS)) say(line)
  const share = (100 * (killed + allowed)) / Math.max(fates.length, 1)
  const failed = share < Number(values['at-least'] ?? 100) ? survivors.length : 0
  say(`${killed + allowed} passed, ${failed} failed`)
  return failed === 0 && fates.length > 0 ? 0 : 1
}

async function list(files: readonly string[]): Promise<number> {
  const mutants = await inCopy((copy) => mutantsIn(files, copy))
  for (const { file, line, change } of mutants) say(`${file}:${line}  ${change}`)
  return 0
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    endAll()
    await removeCopies()
    process.exit(1)
  })
}
process.exitCode = await main()
