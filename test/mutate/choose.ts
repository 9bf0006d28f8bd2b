/** Which test files may notice a mutant of a file: those that import it, whatever lies between them. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** Where facts about the product stand that are told within seconds. */
const SUITES = ['unit', 'contract', 'flow'] as const
/** Of those that import a file, so many are asked: the ones that load least beside it. */
const NARROWEST = 48

export type Imports = ReadonlyMap<string, readonly string[]>

const IMPORT = /(?:\bfrom\s+|\bimport\(\s*|\bimport\s+)'(?<path>\.{1,2}\/[^']+)'/g

/** By file: what it imports of the project, the dynamic imports included. */
export function importsBelow(folders: readonly string[]): Imports {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  )
  return new Map(
    files.map((file) => [
      file,
      [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(({ groups }) =>
        normalize(join(dirname(file), groups?.path ?? '')),
      ),
    ]),
  )
}

export const isTestFile = (file: string): boolean =>
  file.endsWith('.test.ts') && SUITES.some((suite) => file.startsWith(`test/${suite}/`))

/** The narrowest first. */
export function testsOf(file: string, imports: Imports): string[] {
  const importers = new Map<string, string[]>()
  for (const [from, all] of imports) for (const to of all) importers.set(to, [...(importers.get(to) ?? []), from])
  const seen = new Set([file])
  for (const each of seen) for (const from of importers.get(each) ?? []) seen.add(from)
  return [...seen]
    .filter(isTestFile)
    .map((test) => ({ test, breadth: breadthOf(test, imports) }))
    .sort((one, other) => one.breadth - other.breadth)
    .slice(0, NARROWEST)
    .map(({ test }) => test)
}

/** How many files of the project a test file loads: the fewer, the more it is about each of them. */
export function breadthOf(test: string, imports: Imports): number {
  const seen = new Set([test])
  for (const each of seen) for (const to of imports.get(each) ?? []) seen.add(to)
  return seen.size
}
