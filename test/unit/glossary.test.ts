import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { identifiersIn, wordsOf } from '../support/identifiers.ts'

/** The glossary of CONTRIBUTING.md: each word, and the words that are not used for it. */
const glossary = (
  readFileSync('CONTRIBUTING.md', 'utf8')
    .split(/^## /m)
    .find((part) => part.startsWith('Words\n')) ?? ''
)
  .split('\n')
  .filter((line) => /^\| (?!word |-)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, word = '', meaning = '', not = '']) => ({
    word,
    meaning,
    not: not.split(', ').filter((each) => each !== ''),
  }))

/** What an earlier version has stored is called there as it was called then. */
const STORED_BY_EARLIER_VERSIONS = ['lib/state/version-1.ts', 'lib/secrets/codec.ts']

const sources = ['lib', 'cli', 'handlers'].flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(room, file))
    .filter((file) => !STORED_BY_EARLIER_VERSIONS.includes(file)),
)

/** The word itself, or several of it. */
const isWord = (each: string, word: string): boolean => each === word || each === `${word}s`

const uses = (identifier: string, word: string): boolean => wordsOf(identifier).some((each) => isWord(each, word))

/** What is still called otherwise: each is to be renamed by whoever changes its file next, and its line here goes with it. */
const NOT_YET: readonly string[] = [
  'lib/observe/cooldowns.ts requirePatience',
  'lib/observe/observe.ts told',
  'lib/observe/observe.ts withProof',
  'lib/policy/health.ts place',
  'lib/policy/problems.ts told',
  'lib/renewal/challenge-records.ts orTell',
  'lib/renewal/challenge-records.ts ours',
  'lib/renewal/deploy.ts saveProof',
  'lib/renewal/issue.ts places',
  'lib/renewal/roll-back.ts lastProven',
  'lib/renewal/roll-back.ts saveProof',
  'lib/renewal/settle.ts patience',
  'lib/renewal/settle.ts told',
  'lib/renewal/swap.ts ours',
  'lib/renewal/swap.ts place',
  'lib/renewal/swap.ts saveProof',
  'lib/renewal/swap.ts withProof',
  'lib/renewal/validate.ts place',
  'lib/renewal/validate.ts places',
  'lib/renewal/verify.ts PATIENCE',
  'lib/renewal/verify.ts isPastPatience',
  'lib/renewal/verify.ts proveAddress',
  'lib/state/schedule.ts ILL',
  'lib/state/schedule.ts SWEPT',
  'lib/state/schedule.ts WAKE',
  'lib/state/schedule.ts sweepKey',
  'lib/state/schedule.ts wake',
  'lib/state/schedule.ts wakes',
  'lib/state/targets.ts place',
  'lib/state/targets.ts proven',
  'lib/state/targets.ts withProof',
]

describe('one word has one meaning', () => {
  test('each word of the glossary stands there once, with its meaning', () => {
    const words = glossary.flatMap(({ word, not }) => [...word.split(', '), ...not])
    expect(words.length).toBeGreaterThan(50)
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([])
    expect(glossary.filter(({ meaning }) => meaning.length < 20)).toEqual([])
  })

  const found = sources.flatMap((file) =>
    identifiersIn(readFileSync(file, 'utf8')).map((identifier) => ({ file, identifier })),
  )
  test.each(glossary.flatMap(({ word, not }) => not.map((retired) => [retired, word] as const)))(
    'no identifier says "%s", which is called %s',
    (retired) => {
      const saying = found.flatMap(({ file, identifier }) =>
        uses(identifier, retired) ? [`${file} ${identifier}`] : [],
      )
      expect(saying.filter((each) => !NOT_YET.includes(each))).toEqual([])
    },
  )

  test('and the list of those that are not renamed yet has no other', () => {
    const retired = glossary.flatMap(({ not }) => not)
    const saying = found.flatMap(({ file, identifier }) =>
      retired.some((word) => uses(identifier, word)) ? [`${file} ${identifier}`] : [],
    )
    expect(NOT_YET.filter((each) => !saying.includes(each))).toEqual([])
  })

  test.each([
    ['lastProven', 'proven', true],
    ['TO_PROVE', 'prove', true],
    ['improve', 'prove', false],
    ['placeholder', 'place', false],
    ['TxtPlaces', 'place', true],
    ['isLaneFree', 'lane', true],
    ['colours', 'ours', false],
  ])('%s uses "%s": %s', (identifier, word, expected) => {
    expect(uses(identifier, word)).toBe(expected)
  })

  test('identifiers are found wherever they stand, and nothing that is said in text is one', () => {
    const source =
      'type Wish = { readonly claim?: 1 }\nfunction f({ told: x = 1 }: Wish) { return x.proof + "wake" } // lane'
    expect(identifiersIn(source)).toEqual(['Wish', 'claim', 'f', 'told', 'x', 'proof'])
  })
})
