import { resolve } from 'node:path'
import { loadConfig } from '../lib/config/load.ts'
import { toFailure } from '../lib/errors.ts'
import { SECOND, systemClock } from '../lib/platform/clock.ts'
import { createLog, jsonLines } from '../lib/platform/log.ts'
import { failureJson, reportJson } from '../lib/report/report.ts'
import { run } from '../lib/run.ts'
import type { Wish } from '../lib/types.ts'

/** What newleaf needs of the platform's context; AWS Lambda's has it. */
export interface Invocation {
  getRemainingTimeInMillis(): number
}

/** Kept for the answer and for the platform itself, so that it never ends us in the middle of a sentence. */
const RESERVE = 5 * SECOND

/**
 * One run inside a function. It keeps nothing for the next invocation, and it never throws: the platform would only repeat
 * at once what is remembered, and tried again, by the schedule.
 */
export async function invoke(wish: () => Wish, { getRemainingTimeInMillis }: Invocation, env = process.env) {
  const log = createLog(
    jsonLines((line) => process.stdout.write(line)),
    systemClock,
  )
  try {
    const wanted = wish()
    const config = await loadConfig(resolve(env.LAMBDA_TASK_ROOT ?? '.', env.NEWLEAF_CONFIG ?? 'newleaf.yaml'))
    const report = await run(config, wanted, {
      env,
      clock: systemClock,
      log,
      random: Math.random,
      timeLeft: () => Math.max(0, getRemainingTimeInMillis() - RESERVE),
    })
    log[report.ok ? 'info' : 'error']('run finished', { ok: report.ok, certificates: report.certificates.length })
    return reportJson(report)
  } catch (error) {
    const failure = toFailure(error)
    log.error('run failed', { code: failure.code, reason: failure.message })
    return { ok: false, error: failureJson(failure) }
  }
}
