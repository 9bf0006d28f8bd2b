import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CONDITION_CODES, CONDITIONS } from '../../lib/policy/conditions.ts'
import type { Decision } from '../../lib/types.ts'

const page = readFileSync('docs/troubleshooting.md', 'utf8')
const section = (title: string) => page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? ''
/** The rows of the table that begins with this head: the word in the first column, and the others. */
const rowsUnder = (text: string, head: string) =>
  (text.split(`| ${head} |`)[1]?.split('\n\n')[0] ?? '')
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .map(([, word = '', ...others]) => ({ word: word.replaceAll('`', ''), others }))

type Action = Exclude<Decision['action'], 'blocked'>
/** Every reason there is: the compiler finds one that is missing here. */
const REASONS = {
  wait: { fresh: 1, 'back-off': 1, 'retry-after': 1, paused: 1, budget: 1, locked: 1 },
  issue: { absent: 1, names: 1, config: 1, due: 1, degraded: 1, forced: 1, resumed: 1 },
  deploy: { pending: 1, drift: 1, requested: 1 },
  'clean-up': { superseded: 1, 'challenge-records': 1, orphans: 1 },
} as const satisfies { readonly [A in Action]: Readonly<Record<Extract<Decision, { action: A }>['reason'], 1>> }

describe('the page for trouble', () => {
  const conditions = rowsUnder(section('Why it is not healthy'), 'word')

  test('has a row for each way in which a certificate is not healthy, the worst first', () => {
    expect(conditions.map(({ word }) => word)).toEqual(CONDITION_CODES)
  })

  test('says of each that leaves a certificate healthy that it does, and of no other', () => {
    const healthy = conditions.flatMap(({ word, others: [meaning = ''] }) =>
      meaning.startsWith('healthy;') ? [word] : [],
    )
    expect(healthy).toEqual(CONDITION_CODES.filter((code) => CONDITIONS[code] === 'info'))
  })

  test.each(Object.entries(REASONS))('has a row for each reason to %s, and for no other', (action, reasons) => {
    const rows = rowsUnder(section('What is decided, and why'), `\`${action}\``)
    expect(rows.map(({ word }) => word)).toEqual(Object.keys(reasons))
  })
})
