import { toFailure } from '../errors.ts'
import type { LaterSight, PlanItem } from '../types.ts'
import { certificateJson, decisionJson, failureJson } from './report.ts'

export interface TargetStatus {
  /** Whether the API says that the current certificate is served; undefined: it could not be asked. */
  readonly serves: boolean | undefined
  readonly error: Error | undefined
  readonly sights: readonly LaterSight[]
}

export interface CertificateStatus {
  readonly item: PlanItem
  readonly targets: Readonly<Record<string, TargetStatus>>
  readonly ok: boolean
}

/** A plan, and beside it what every address of every target shows. */
export function statusOf(item: PlanItem): CertificateStatus {
  const targets = Object.fromEntries(
    Object.entries(item.targets).map(([target, view]): [string, TargetStatus] => [
      target,
      'error' in view
        ? { serves: undefined, error: view.error, sights: [] }
        : { serves: view.serves, error: undefined, sights: view.sights },
    ]),
  )
  return { item, targets, ok: item.health.healthy }
}

export const statusJson = ({ item, targets, ok }: CertificateStatus) => ({
  id: item.spec.id,
  ok,
  conditions: item.health.conditions.length > 0 ? item.health.conditions : undefined,
  names: item.spec.names,
  ...decisionJson(item.decision),
  certificate: item.current && certificateJson(item.current),
  renewAt: item.renewAt,
  failure: item.failure,
  missing: item.missing.length > 0 ? item.missing : undefined,
  error: item.decision.action === 'blocked' ? failureJson(item.decision.error) : undefined,
  targets: Object.fromEntries(
    Object.entries(targets).map(([name, { serves, error, sights }]) => [
      name,
      {
        serves,
        error: error && failureJson(toFailure(error)),
        addresses: sights.map(({ address, port, serverName, shows, served, reason, answersSince }) => ({
          address,
          port,
          serverName,
          shows,
          reason,
          answersSince,
          fingerprint: served?.fingerprint,
          key: served?.keyAlgorithm,
          notAfter: served?.notAfter,
        })),
      },
    ]),
  ),
})
