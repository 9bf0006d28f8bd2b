import type { Failure } from '../errors.ts'
import { safeText } from '../platform/log.ts'
import type { Unhealthy } from '../state/schedule.ts'
import type { CertificateFacts, Decision, Health, Outcome, PlanItem, TargetResult } from '../types.ts'
import { factsOf } from '../x509/facts.ts'

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
  /** Those that were not due, and were not healthy when they were last looked at. */
  readonly unhealthy: readonly Unhealthy[]
}

export const reportOf = (run: Omit<RunReport, 'ok'>): RunReport => ({
  ...run,
  ok:
    run.certificates.every(({ result, health }) =>
      run.dryRun ? result !== 'failed' && result !== 'waiting' : health.healthy,
    ) && run.unhealthy.length === 0,
})

/** As a JSON document: dates in ISO 8601, absent fields left out, and no secret, because none ever came here. */
export const reportJson = (report: RunReport) => ({
  ...report,
  unhealthy: report.unhealthy.length > 0 ? report.unhealthy : undefined,
  certificates: report.certificates.map(
    ({ id, result, decision, certificate, targets, error, missing, next, health }) => ({
      id,
      result,
      ...healthJson(health),
      ...decisionJson(decision),
      certificate: certificate && certificateJson(certificate),
      targets: Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, targetJson(target)])),
      error: error && failureJson(error),
      missing: missing.length > 0 ? missing : undefined,
      next,
    }),
  ),
})

export const healthJson = ({ healthy, conditions }: Health) => ({
  healthy,
  conditions: conditions.length > 0 ? conditions : undefined,
})

export const decisionJson = (decision: Decision) => ({
  action: decision.action,
  reason: 'reason' in decision ? decision.reason : undefined,
})

export const certificateJson = (certificate: CertificateFacts) => ({
  ...factsOf(certificate),
  issuer: safeText(certificate.issuer),
})

export const failureJson = ({ code, message, step, fields, retryAfter }: Failure) => ({
  code,
  message: safeText(message),
  step,
  fields,
  retryAfter,
})

const targetJson = (target: TargetResult) =>
  target.state === 'failed' ? { state: target.state, error: failureJson(target.error) } : target

export const planItemJson = ({ spec, decision, current, renewAt, targets, failure, missing, health }: PlanItem) => ({
  id: spec.id,
  names: spec.names,
  ...healthJson(health),
  ...decisionJson(decision),
  until: decision.action === 'wait' ? decision.until : undefined,
  error: decision.action === 'blocked' ? failureJson(decision.error) : undefined,
  certificate: current && certificateJson(current),
  renewAt,
  failure,
  missing: missing.length > 0 ? missing : undefined,
  targets: Object.fromEntries(
    Object.entries(targets).map(([name, view]) => [
      name,
      'error' in view ? { error: failureJson(view.error) } : { serves: view.serves },
    ]),
  ),
})
