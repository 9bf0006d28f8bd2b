/** From source files to the fates of their mutants, in a copy of the project. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Copy, copyProject } from '../support/project-copy.ts'
import { seeded } from '../support/taking-turns.ts'
import { breadthOf, importsBelow, testsOf } from './choose.ts'
import { Course, type Fate } from './course.ts'
import { type Mutant, mutantsOf, withSwitches } from './mutants.ts'
import { sound } from './types.ts'

export interface Experiment {
  readonly files: readonly string[]
  /** Absent: all mutants. Else as many as the time in milliseconds allows, drawn by the seed. */
  readonly sample?: { readonly time: number; readonly seed: number } | undefined
  /** Those that may live are in no sample: they would have every test asked that reaches them. */
  mayLive(mutant: Mutant): boolean
  readonly lanes: number
  say(text: string): void
}

/** So many of a sample go through the tests together. */
const PORTION = 60
const FOLDERS = ['lib', 'handlers', 'cli', 'sandbox', 'test'] as const

const copies = new Set<Copy>()

/** Does something in a copy of the project, and removes it. */
export async function inCopy<T>(work: (copy: Copy) => Promise<T>): Promise<T> {
  const copy = await copyProject()
  copies.add(copy)
  try {
    return await work(copy)
  } finally {
    copies.delete(copy)
    await copy.remove()
  }
}

export async function removeCopies(): Promise<void> {
  await Promise.all([...copies].map((copy) => copy.remove()))
}

/** Those of the files, each of them in the copy behind its switch. */
export async function mutantsIn(files: readonly string[], copy: Copy): Promise<Mutant[]> {
  const sources = new Map<string, string>()
  const all: Mutant[] = []
  for (const file of files) {
    const text = await readFile(file, 'utf8')
    sources.set(file, text)
    all.push(...mutantsOf(file, text, all.length + 1))
  }
  const mutants = await sound(all, sources, copy.folder)
  for (const [file, text] of sources) {
    const own = mutants.filter((mutant) => mutant.file === file)
    await writeFile(join(copy.folder, file), withSwitches(text, own))
  }
  return mutants
}

/** The test files for these files, those first that load least, and for which of them each is. */
function testsFor(files: readonly string[]) {
  const imports = importsBelow(FOLDERS)
  const testsByFile = new Map(files.map((file) => [file, new Set(testsOf(file, imports))]))
  const breadths = new Map(
    [...testsByFile.values()].flatMap((all) => [...all].map((test) => [test, breadthOf(test, imports)])),
  )
  const tests = [...breadths].sort(([, one], [, other]) => one - other).map(([test]) => test)
  return { tests, mayReach: (test: string, { file }: Mutant) => testsByFile.get(file)?.has(test) === true }
}

/** The time counts from here on, and no portion is begun that would not come to its end in it, but for the first. */
export async function fatesOf({ files, sample, mayLive, lanes, say }: Experiment): Promise<Fate[]> {
  const until = performance.now() + (sample?.time ?? Number.POSITIVE_INFINITY)
  return inCopy(async (copy) => {
    const { tests, mayReach } = testsFor(files)
    const course = new Course({ copy, lanes, tests, say })
    try {
      const mutants = await mutantsIn(files, copy)
      say(`${mutants.length} mutants, ${tests.length} test files`)
      if (sample === undefined) {
        await course.learn()
        return await course.run(mutants)
      }
      const waiting = shuffled(mutants, seeded(sample.seed)).filter((mutant) => !mayLive(mutant))
      const fates: Fate[] = []
      for (let longest = 0; waiting.length > 0 && (longest === 0 || performance.now() + longest < until); ) {
        const began = performance.now()
        fates.push(...(await course.runFew(waiting.splice(0, PORTION), mayReach)))
        longest = Math.max(longest, performance.now() - began)
      }
      return fates
    } finally {
      course.end()
    }
  })
}

/** Fisher and Yates. */
function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const left = [...all]
  return all.flatMap(() => left.splice(Math.floor(random() * left.length), 1))
}
