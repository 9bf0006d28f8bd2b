/** `npm run sabotage`: the product is broken on purpose, one break at a time, and each check that must notice is asked. */
import { parseArgs } from 'node:util'
import { mapConcurrently } from '../../lib/platform/concurrency.ts'
import { type Check, nameOf } from './checks.ts'
import { endAll } from './child.ts'
import { removeAll, type Shown, sabotaged } from './course.ts'
import { checksOf, type Sabotage } from './sabotage.ts'
import { SABOTAGES } from './table.ts'

const USAGE = `Usage: npm run sabotage [-- NAME…] [-- --sample] [-- --by KIND] [-- --list]

Breaks a copy of the project in one place after the other, and runs the checks that must notice. It fails when one does not.

  NAME…      only these breaks
  --sample   only the few that CI tries
  --by KIND  only checks of this kind: kill, chaos, soak or test
  --list     shows the breaks, and does nothing
`
const AT_ONCE = 2
const say = (text: string) => process.stdout.write(`${text}\n`)

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sample: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      by: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const unknown = positionals.filter((name) => SABOTAGES.every((each) => each.name !== name))
  if (values.help || unknown.length > 0) {
    process.stdout.write(unknown.length > 0 ? `there is no break ${unknown.join(', ')}\n` : USAGE)
    return values.help ? 0 : 1
  }
  const isAsked = ({ kind }: Check) => values.by === undefined || values.by === kind
  const chosen = SABOTAGES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
    .filter(({ sample }) => !values.sample || sample === true)
    .map((each): Sabotage => ({ ...each, noticedBy: checksOf(each).filter(isAsked), proves: {} }))
    .filter(({ noticedBy }) => noticedBy.length > 0)

  const widest = Math.max(0, ...chosen.map(({ name }) => name.length))
  if (values.list) {
    for (const { name, what, noticedBy } of chosen) {
      say(`${name.padEnd(widest)}  ${what}`)
      for (const check of noticedBy) say(`${''.padEnd(widest)}    ${nameOf(check)}`)
    }
    return 0
  }
  const show = ({ sabotage, check, noticed, why }: Shown) =>
    say(`${noticed ? 'noticed' : 'MISSED '}  ${sabotage.name.padEnd(widest)}  ${check && `${nameOf(check)}: `}${why}`)
  const all = (await mapConcurrently(chosen, AT_ONCE, (each) => sabotaged(each, show))).flat()
  const failed = all.filter(({ noticed }) => !noticed).length
  say(`${all.length - failed} passed, ${failed} failed`)
  return failed === 0 && all.length > 0 ? 0 : 1
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    endAll()
    await removeAll()
    process.exit(1)
  })
}
try {
  process.exitCode = await main()
} finally {
  await removeAll()
}
