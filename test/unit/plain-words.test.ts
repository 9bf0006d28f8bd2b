/** What newleaf says is plain technical English: words that an operator would search for. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** What it said once, and what it says in the place of that. */
const RETIRED: readonly (readonly [phrase: RegExp, said: string])[] = [
  [/\bof \S+ well\b/, '2 of 2 OK'],
  [/\bheld back until\b/, 'it is tried again from … on'],
  [/left alone (?:that long|until)/, '… asked newleaf to wait until …'],
  [/(?:owner|expiry) not told/, 'unknown'],
  [/\bit does without\b/, 'missing names: …'],
  [/\bshows (?:other|nothing)\b/, 'serves another certificate; no TLS for …'],
  [/\b(?:a line a certificate|a role each)\b/, 'one line for each certificate'],
  [/\b(?:In sum|All was fresh)\b/, ''],
  [/next look could not be noted/, 'the time of the next look could not be saved'],
  [/problems are told by runs/, 'only a test can be sent by hand'],
  [/bring what is there/, 'deploy what is stored'],
  [/lies in none of the zones under dns/, 'no DNS provider is configured for its zone'],
]

const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))

const withoutComments = (source: string) => source.replaceAll(/\/\*\*?[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

test.each(RETIRED)('nothing that is printed or documented says %s', (phrase) => {
  const sources = ['lib', 'cli', 'handlers'].flatMap((folder) => filesBelow(folder, '.ts'))
  const pages = ['README.md', ...filesBelow('docs', '.md')]
  expect(sources.filter((file) => phrase.test(withoutComments(readFileSync(file, 'utf8'))))).toEqual([])
  expect(pages.filter((file) => phrase.test(readFileSync(file, 'utf8')))).toEqual([])
})
