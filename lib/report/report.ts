import type { Unhealthy } from '../state/schedule.ts'
import type { Obstacle, Outcome } from '../types.ts'

/** What a run has to say: one line a certificate, and whether all of them are healthy. */
export interface RunReport {
  readonly environment: string
  readonly dryRun: boolean
  readonly startedAt: Date
  readonly finishedAt: Date
  /** Healthy is every certificate that the run is about; a dry run has found nothing that would stand in its way. */
  readonly ok: boolean
  /** Whether the run is about all that are configured, and not only about those that were named to it. */
  readonly whole: boolean
  readonly certificates: readonly Outcome[]
  /** Those for which nothing was due but to ask their authority for the renewal window: of how they are nothing is said. */
  readonly windowsAsked?: readonly string[]
  /** Those that were not looked at, and were not healthy when they were last. */
  readonly unhealthy: readonly Unhealthy[]
  /** Of a dry run: what would keep a renewal from succeeding. */
  readonly obstacles?: readonly Obstacle[]
}

export const reportOf = (run: Omit<RunReport, 'ok'>): RunReport => ({
  ...run,
  ok:
    run.certificates.every(({ result, health }) =>
      run.dryRun ? result !== 'failed' && result !== 'waiting' : health.healthy,
    ) &&
    run.unhealthy.length === 0 &&
    (run.obstacles ?? []).length === 0,
})
