import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { FAILURE_CODES, retryOf } from '../../lib/errors.ts'
import { adviceFor, adviceOn } from '../../lib/policy/advice.ts'
import { CONDITION_CODES, CONDITIONS } from '../../lib/policy/conditions.ts'

/** The rows of a section: which codes stand there, and what is said to do. */
async function rows(title = 'Why it failed'): Promise<{ codes: string[]; todo: string }[]> {
  const page = await readFile('docs/troubleshooting.md', 'utf8')
  const [, section = ''] = page.split(`## ${title}\n`)
  const table = /\n\| (?:word|code) [^\n]*\n[^\n]*\n(?<rows>(?:\|.*\n)+)/.exec(section)?.groups?.rows ?? ''
  return table
    .trim()
    .split('\n')
    .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .map(([, codes = '', , todo = '']) => ({
      codes: [...codes.matchAll(/`([A-Z_]+)`/g)].map(([, code = '']) => code),
      todo,
    }))
}

/** A link to another page, as it is named on a screen. */
const plain = (todo: string) => todo.replaceAll(/\[([^\]]+\.md)\]\([^)]+\)/g, 'docs/$1')

/** Codes of notices alone, which no failure has. */
const OF_NOTICES = [
  ...['EXPIRES_SOON', 'EXPIRES_VERY_SOON', 'EXPIRED'],
  ...['UNCONFIGURED_EXPIRES_SOON', 'UNCONFIGURED_EXPIRES_VERY_SOON', 'UNCONFIGURED_EXPIRED'],
]

describe('every way to fail', () => {
  test.each(FAILURE_CODES)('%s has advice if only a person can mend it, and none otherwise', (code) => {
    expect(adviceFor(code) !== undefined).toBe(retryOf(code) === 'never')
  })

  test('has one row in the documentation, and every row is of a code that there is', async () => {
    const documented = (await rows()).flatMap(({ codes }) => codes)
    expect([...documented].sort()).toEqual([...FAILURE_CODES, ...OF_NOTICES].sort())
  })

  test('that only a person can mend is documented with something to do', async () => {
    const idle = (await rows()).filter(({ todo }) => todo === '' || todo.startsWith('nothing'))
    expect(idle.flatMap(({ codes }) => codes).filter((code) => retryOf(code) === 'never')).toEqual([])
  })

  test('is documented with the advice that is printed, word by word', async () => {
    const all = await rows()
    const said = (code: string) => all.flatMap(({ codes, todo }) => (codes.join() === code ? [plain(todo)] : []))
    for (const code of FAILURE_CODES) {
      const advice = adviceFor(code)
      if (advice !== undefined) expect([code, ...said(code)]).toEqual([code, advice])
    }
  })

  test('of a newer newleaf has no advice here', () => {
    expect(adviceFor('FROM_THE_FUTURE')).toBeUndefined()
  })
})

describe('every way not to be healthy', () => {
  test.each(CONDITION_CODES)('%s has advice, unless it leaves the certificate healthy', (code) => {
    const advice = adviceOn(code, 'shop')
    if (CONDITIONS[code] !== 'info') expect(advice).toMatch(/./)
    expect(advice ?? '').not.toContain('ID')
  })

  test('is documented with the advice that is printed, word by word', async () => {
    const said = (await rows('Why it is not healthy')).map(({ codes: [code = ''], todo }) => [code, plain(todo)])
    expect(said).toEqual(CONDITION_CODES.map((code) => [code, adviceOn(code, 'ID') ?? 'nothing']))
  })

  test('of which a certificate is healthy has advice where something was left behind or will lapse, and nowhere else', () => {
    const info = CONDITION_CODES.filter((code) => CONDITIONS[code] === 'info')
    expect(info.filter((code) => adviceOn(code, 'shop') !== undefined)).toEqual(['LEFT_BEHIND', 'VALIDATION_LAPSES'])
  })
})
