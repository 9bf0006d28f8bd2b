/** One break, from the copy to what its checks have said. */
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { type Copy, copyProject } from '../support/project-copy.ts'
import { breakIt } from './break.ts'
import { type Check, commandOf, judge, nameOf, type Verdict } from './checks.ts'
import { runIn } from './child.ts'
import { checksOf, type Sabotage } from './sabotage.ts'

export interface Shown {
  readonly sabotage: Sabotage
  /** Empty: none was asked. */
  readonly check: Check | ''
  readonly noticed: boolean
  readonly why: string
}

/** In milliseconds. A check that is slowed down by a break must still come to its end. */
const TIMES = { check: 180_000, types: 60_000, import: 20_000 } as const
/** What is not needed any more where something was taken out is no mistake. */
const TYPES = ['node_modules/typescript/bin/tsc', '--noUnusedLocals', 'false', '--noUnusedParameters', 'false']
const IMPORT = ['--input-type=module', '--eval', 'await import(process.argv[1])']

const copies = new Set<Copy>()
const opened = async (): Promise<Copy> => {
  const copy = await copyProject()
  copies.add(copy)
  return copy
}
const removed = async (copy: Copy): Promise<void> => {
  copies.delete(copy)
  await copy.remove()
}

export async function removeAll(): Promise<void> {
  await Promise.all([...copies].map(removed))
}

/** Breaks a copy and asks every check that must notice. Each answer is shown as it comes. */
export async function sabotaged(sabotage: Sabotage, show: (shown: Shown) => void): Promise<Shown[]> {
  const all: Shown[] = []
  const tell = (check: Shown['check'], noticed: boolean, why: string) => {
    const shown = { sabotage, check, noticed, why }
    all.push(shown)
    show(shown)
  }
  const copy = await opened()
  try {
    await breakIt(copy, sabotage)
    const mistake = await mistakeIn(copy, sabotage)
    if (mistake !== undefined) {
      tell('', false, mistake)
      return all
    }
    for (const check of checksOf(sabotage)) {
      const { verdict, why } = await asked(check, copy)
      if (verdict !== 'noticed') {
        tell(check, false, why)
        continue
      }
      const whole = await withoutBreak(check)
      if (whole.verdict === 'green') tell(check, true, why)
      else tell(check, false, `it is not green without the break: ${whole.why}`)
    }
  } catch (error) {
    tell('', false, error instanceof Error ? error.message : String(error))
  } finally {
    await removed(copy)
  }
  return all
}

const asked = async (check: Check, copy: Copy): Promise<Verdict> =>
  judge(check, await runIn(copy, commandOf(check), TIMES.check))

/** A module that cannot be loaded, or is no sound program, is noticed by everybody and proves nothing. */
async function mistakeIn(copy: Copy, { file }: Sabotage): Promise<string | undefined> {
  if (!file.endsWith('.ts')) return undefined
  const imported = await runIn(copy, [...IMPORT, join(copy.folder, file)], TIMES.import)
  if (imported.code !== 0) return `${file} cannot be loaded any more: ${lastLine(imported.output)}`
  const typed = await runIn(copy, TYPES, TIMES.types)
  if (typed.code !== 0) return `the types do not hold any more: ${firstLine(typed.output)}`
  return undefined
}

/** What a check says of an unbroken copy, each asked once. */
const greens = new Map<string, Promise<Verdict>>()
let whole: Promise<Copy> | undefined
function withoutBreak(check: Check): Promise<Verdict> {
  const name = nameOf(check)
  whole ??= opened()
  const known = greens.get(name) ?? whole.then((copy) => asked(check, copy))
  greens.set(name, known)
  return known
}

const linesOf = (text: string) =>
  stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '')
const firstLine = (text: string) => linesOf(text)[0] ?? ''
const lastLine = (text: string) => linesOf(text).find((line) => /Error/.test(line)) ?? linesOf(text).at(-1) ?? ''
