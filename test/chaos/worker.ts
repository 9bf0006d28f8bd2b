/** A process that sees a few certificates through, each in a world of its own, and tells how it went. */
import type { Lane } from './lanes.ts'
import { type ChaosOptions, chaos } from './renewals.ts'

/** One certificate, renewed this often. */
export interface Task extends ChaosOptions {
  readonly lane: Lane
  readonly count: number
}

// Whoever started it is gone: nobody would hear how it went.
process.once('disconnect', () => process.exit(1))
process.once('message', async (tasks: readonly Task[]) => {
  const reports = await Promise.all(tasks.map(({ lane, count, ...options }) => chaos(lane, count, options)))
  process.send?.(reports, () => process.exit())
})
