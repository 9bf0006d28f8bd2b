/** What the fates of mutants mean, and how that is said. Pure. */
import type { Fate } from './course.ts'
import type { Mutant } from './mutants.ts'
import type { Survivors } from './survivors.ts'
import { wingOf } from './wings.ts'

export interface Verdict {
  readonly killed: number
  /** Alive, and on the list of those that may be. */
  readonly allowed: number
  /** Alive without leave. */
  readonly survivors: readonly Fate[]
  /** On the list, and killed. */
  readonly stale: readonly Pick<Mutant, 'file' | 'change'>[]
}

const keyOf = ({ file, change }: Pick<Mutant, 'file' | 'change'>) => `${file}: ${change}`
const leaveIn = (list: readonly Survivors[]) =>
  new Set(list.flatMap(({ file, changes }) => changes.map((change) => keyOf({ file, change }))))

/** Those that may live. */
export function allowedBy(list: readonly Survivors[]): (mutant: Mutant) => boolean {
  const leave = leaveIn(list)
  return (mutant) => leave.has(keyOf(mutant))
}

export function judge(fates: readonly Fate[], list: readonly Survivors[]): Verdict {
  const leave = leaveIn(list)
  const alive = fates.filter(({ killedBy }) => killedBy === undefined)
  const living = new Set(alive.map(({ mutant }) => keyOf(mutant)))
  const isAllowed = ({ mutant }: Fate) => leave.has(keyOf(mutant))
  const killed = fates.filter(({ killedBy }) => killedBy !== undefined)
  return {
    killed: killed.length,
    allowed: alive.filter(isAllowed).length,
    survivors: alive.filter((fate) => !isAllowed(fate)),
    // Two of one text in one file share their entry, as long as one of them lives.
    stale: killed.filter((fate) => isAllowed(fate) && !living.has(keyOf(fate.mutant))).map(({ mutant }) => mutant),
  }
}

export const survivorLine = ({ mutant: { file, line, change }, isReached }: Fate): string =>
  `SURVIVED  ${file}:${line}  ${change}${isReached ? '' : '  (no test reaches it)'}`

export const staleLine = ({ file, change }: Pick<Mutant, 'file' | 'change'>): string =>
  `stale     ${file}  ${change}  is killed, and may be taken off the list of survivors`

/** One line for each wing. */
export function ratios(fates: readonly Fate[], list: readonly Survivors[]): string[] {
  const wings = [...new Set(fates.map(({ mutant }) => wingOf(mutant.file)))]
  return wings.map((wing) => {
    const own = fates.filter(({ mutant }) => wingOf(mutant.file) === wing)
    const { killed, allowed, survivors } = judge(own, list)
    const percent = ((100 * killed) / own.length).toFixed(1)
    return `${wing.padEnd(10)}${String(killed).padStart(5)} of ${String(own.length).padStart(5)} killed, ${percent.padStart(5)} %; ${allowed} may live, ${survivors.length} more do`
  })
}
