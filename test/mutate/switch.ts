/** What stands between a mutated file and the process that runs its tests, and between that process and ours. */

/** The function that a mutated file asks which of its mutants is alive. */
export const SWITCH = '__isMutant'
/** What it asks: set by the runner of the tests. Elsewhere all mutants sleep. */
export const ANSWER = '__newleafMutant'

/** The variable with the path of the batch. */
export const BATCH = 'NEWLEAF_MUTATE_BATCH'
/** In the place of a mutant's number: which mutants does each test reach, and is all well without one? */
export const LEARN = 0
export const CHECK = -1

/** How a test file is asked for with a mutant, and which one that is. */
export const withMutant = (file: string, id: number): string => `${file}?mutant=${id}`
export const mutantIn = (path: string): number => Number(/\?mutant=(-?\d+)$/.exec(path)?.[1] ?? CHECK)

export interface TestReach {
  readonly mutants: readonly number[]
  /** How long it has taken, and how long of that it has kept a processor busy, in milliseconds. */
  readonly ms: number
  readonly busy: number
}

/** What a test file reaches. */
export interface Reach {
  /** By the title of a test. What is reached outside of all tests is reached by each. */
  readonly tests: Readonly<Record<string, TestReach>>
  /** While the file and what it imports were loaded. */
  readonly loading: readonly number[]
  /** How often any switch was asked. */
  readonly asked: number
}

/** What one test file is asked for, one job after the other in one process. */
export interface Batch {
  readonly file: string
  readonly jobs: readonly { readonly id: number; readonly isLoaded: boolean }[]
  /** Absent: it is to be learned. */
  readonly reach?: Reach
  /** Its tests go on from one another: all of them are asked, in their order. Else those alone that reach a mutant. */
  readonly isStory: boolean
}

/** What a lane says of a job. */
export type Report =
  | { readonly kind: 'started' | 'passed' | 'failed'; readonly id: number }
  | { readonly kind: 'done'; readonly reach?: Reach }

/**
 * What one mutant may cost, in milliseconds of a processor: in one test file the tests that reach it are asked, the cheapest
 * first, until their budget is spent. A fact about the product need not take longer to be told.
 */
export const BUDGETS = { file: 1_500, all: 30_000 } as const
