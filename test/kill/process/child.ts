/**
 * One run of newleaf, as a function or a cron makes it, that is told by its argument where to die. It tells of each of its
 * effects on file descriptor 3, and prints its report.
 */
import { writeSync } from 'node:fs'
import { relative } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { loadConfig } from '../../../lib/config/load.ts'
import { toFailure } from '../../../lib/errors.ts'
import { after, MINUTE } from '../../../lib/platform/clock.ts'
import { timeLeftUntil } from '../../../lib/platform/deadline.ts'
import { createLog, jsonLines } from '../../../lib/platform/log.ts'
import type { Clock } from '../../../lib/ports.ts'
import { runJson } from '../../../lib/report/documents.ts'
import { run } from '../../../lib/run.ts'
import { type Death, watchEffects } from './effects.ts'

export interface Task {
  readonly configuration: string
  /** Names of effects begin here. */
  readonly folder: string
  /** Milliseconds by which its clock is ahead of the machine's. */
  readonly ahead: number
  readonly sides: Readonly<Record<string, string>>
  readonly death?: Death
}

/** A pause takes at most this long; the clock goes on by the whole of it. */
const LONGEST_PAUSE = 20
const RUN = 3 * MINUTE

async function main(): Promise<void> {
  const task = JSON.parse(process.argv[2] ?? '') as Task
  watchEffects({
    death: task.death,
    sides: task.sides,
    tell: (effect) => void writeSync(3, `${JSON.stringify(effect)}\n`),
    nameOf: (path) =>
      relative(task.folder, path)
        .replace(/@tmp-.*/, '@tmp')
        .replace(/@[\da-f]{32}-[\da-f]{16}\.sealed/, '@sealed')
        .replace(/(wake\/)\d{4}%?[^/]*/, '$1*'),
  })
  const clock = clockAhead(task.ahead)
  const log = createLog(
    jsonLines((line) => process.stderr.write(line)),
    clock,
  )
  const report = await run(
    await loadConfig(task.configuration),
    { force: false, dryRun: false, fullScan: false },
    { env: process.env, clock, log, random: Math.random, timeLeft: timeLeftUntil(after(clock.now(), RUN), clock) },
  )
  process.stdout.write(`${JSON.stringify(runJson(report))}\n`)
}

function clockAhead(milliseconds: number): Clock {
  let ahead = milliseconds
  return {
    now: () => new Date(Date.now() + ahead),
    async sleep(time) {
      const pause = Math.min(time, LONGEST_PAUSE)
      await wait(pause)
      ahead += time - pause
    },
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${toFailure(error).message}\n`)
  process.exitCode = 1
})
