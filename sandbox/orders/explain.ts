import { fitted, table } from '../shown.ts'
import { FLAGS, type FlagName, shownFlag } from './flags.ts'
import { KINDS, type Kind } from './kinds.ts'

/** All that can be ordered, for people. */
export const explanation = (): string => fitted(everything())

const everything = (): string =>
  [
    'Usage: npm run sandbox -- fault <where> <what> [options]',
    '       npm run sandbox -- faults            what stands, each with its number',
    '       npm run sandbox -- mend [NUMBER]     ends one of them, or all',
    '       npm run sandbox -- clock [+30d]      moves its time forward, and that of newleaf; "clock reset" undoes it',
    '',
    'They reach the running sandbox of --folder DIR; .sandbox if not given. Of',
    'several faults that fit, the one that was ordered first counts.',
    '',
    ...KINDS.map(explained),
  ].join('\n')

function explained({ wheres, about, whats, flags }: Kind): string {
  const rows = Object.entries(whats).map(([how, what]) => {
    const own = (what.flags ?? []).map((name) => ` [${shownFlag(name)}]`).join('')
    const not = what.without === undefined ? '' : `; without ${what.without.map((name) => `--${name}`).join(', ')}`
    return [how, `${what.about}${own}${not}`]
  })
  const own = [...new Set(Object.values(whats).flatMap((what) => what.flags ?? []))]
  return `${wheres.join(', ')}: ${about}\n${table(rows)}\n${table([...own, ...flags].map(flagRow), '    ')}`
}

const flagRow = (name: FlagName) => [shownFlag(name), FLAGS[name].about]
