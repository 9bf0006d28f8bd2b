import { type Config, loadConfig } from '../lib/config/load.ts'
import { type Failure, toFailure } from '../lib/errors.ts'
import type { HostContext } from '../lib/open.ts'
import { SECOND, systemClock } from '../lib/platform/clock.ts'
import { createLog, jsonLines } from '../lib/platform/log.ts'
import { refusalJson, runJson } from '../lib/report/documents.ts'
import { logEvents } from '../lib/report/event-log.ts'
import { emfLines, stepTimer } from '../lib/report/metrics.ts'
import type { RunReport } from '../lib/report/report.ts'
import { run } from '../lib/run.ts'
import type { RunRequest } from '../lib/types.ts'
import { configPath } from './config-path.ts'

/** What newleaf needs of the platform's context; AWS Lambda's has it. */
export interface Invocation {
  getRemainingTimeInMillis(): number
  /** By these two a lock names its holder. */
  readonly functionName?: string
  readonly awsRequestId?: string
}

/** Kept for the answer and for the platform itself, so that it never ends us in the middle of a sentence. */
const RESERVE = 5 * SECOND

/** What a function does with a configuration, and what it answers when that was not possible. */
export interface Task<Answer, Refusal> {
  work(config: Config, hostContext: InFunction): Promise<Answer>
  failed(failure: Failure): Refusal
}

export interface InFunction extends HostContext {
  /** Writes the end of a run into the log, and its metrics beside it. */
  finished(report: RunReport): void
}

/**
 * One invocation. It keeps nothing for the next one but its parsed configuration, and it never throws: the platform would only repeat at once what is
 * remembered, and tried again, by the schedule.
 */
export async function inFunction<Answer, Refusal>(
  { work, failed }: Task<Answer, Refusal>,
  { getRemainingTimeInMillis, functionName, awsRequestId: requestId }: Invocation,
  env = process.env,
): Promise<Answer | Refusal> {
  const write = (line: string) => process.stdout.write(line)
  const steps = stepTimer()
  const log = createLog(jsonLines(write), systemClock)
  const invocation = functionName && requestId ? { function: functionName, requestId } : undefined
  try {
    const config = await loadConfig(configPath(env))
    return await work(config, {
      env,
      ...(invocation && { invocation }),
      clock: systemClock,
      log,
      events: [logEvents(log), steps.sink],
      random: Math.random,
      timeLeft: () => Math.max(0, getRemainingTimeInMillis() - RESERVE),
      finished(report) {
        const { ok, whole, certificates } = report
        log[ok ? 'info' : 'error']('run finished', { ok, whole, certificates: certificates.length })
        for (const line of emfLines(report, steps.seconds)) write(`${line}\n`)
      },
    })
  } catch (error) {
    const failure = toFailure(error)
    log.error('run failed', { code: failure.code, reason: failure.message })
    return failed(failure)
  }
}

/** A run that answers with its report. */
export const renewing = (request: () => RunRequest) => ({
  async work(config: Config, hostContext: InFunction) {
    const report = await run(config, request(), hostContext)
    hostContext.finished(report)
    return runJson(report)
  },
  failed: refusal,
})

export const refusal = (failure: Failure) => refusalJson(failure, systemClock.now())
