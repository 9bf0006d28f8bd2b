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
      expect(saying).toEqual([])
    },
  )

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
