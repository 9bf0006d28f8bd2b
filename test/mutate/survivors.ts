/**
 * Mutants that may live: they change nothing that anybody could see, or nothing that is worth a test. Each is known by its file
 * and by its change as `npm run mutate` prints it, and not by its line. One that is killed meanwhile is reported as stale.
 */
export interface Survivors {
  readonly file: string
  readonly why: string
  readonly changes: readonly string[]
}

export const SURVIVORS: readonly Survivors[] = []
