import type { Failure } from '../errors.ts'
import { safeText } from '../platform/log.ts'
import type { CertificateFacts, Decision, Outcome, PlanItem, TargetResult } from '../types.ts'
import { factsOf } from '../x509/facts.ts'

/** What a run has to say: one line a certificate, and whether all is well. */
export interface RunReport {
  readonly environment: string
  readonly dryRun: boolean
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly ok: boolean
  readonly certificates: readonly Outcome[]
}

export const reportOf = (run: Omit<RunReport, 'ok'>): RunReport => ({
  ...run,
  ok: run.certificates.every(({ result, missing }) => result !== 'failed' && missing.length === 0),
})

/** As a JSON document: dates in ISO 8601, absent fields left out, and no secret, because none ever came here. */
export const reportJson = (report: RunReport) => ({
  ...report,
  certificates: report.certificates.map(({ id, result, decision, certificate, targets, error, missing, next }) => ({
    id,
    result,
    ...decisionJson(decision),
    certificate: certificate && certificateJson(certificate),
    targets: Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, targetJson(target)])),
    error: error && failureJson(error),
    missing: missing.length > 0 ? missing : undefined,
    next,
  })),
})

export const decisionJson = (decision: Decision) => ({
  action: decision.action,
  because: 'because' in decision ? decision.because : undefined,
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
  target.state === 'failed' ? { state: target.state, error: failureJson(target.error) } : { state: target.state }

export const planItemJson = ({ spec, decision, current, renewAt, targets, failure, missing }: PlanItem) => ({
  id: spec.id,
  names: spec.names,
  ...decisionJson(decision),
  until: decision.action === 'wait' ? decision.until : undefined,
  error: decision.action === 'stop' ? failureJson(decision.error) : undefined,
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
