import { toFailure } from '../errors.ts'
import type { Probe } from '../ports.ts'
import type { Endpoint, PlanItem, PublicCertificate } from '../types.ts'
import { serverNameFor } from '../x509/server-name.ts'
import { certificateJson, decisionJson, failureJson } from './report.ts'

/** What one address shows, seen from here. */
export interface Sight extends Endpoint {
  readonly shows: 'current' | 'other' | 'nothing'
  readonly served: PublicCertificate | undefined
}

export interface TargetStatus {
  /** Whether the API says that the current certificate is served; undefined: it could not be asked. */
  readonly serves: boolean | undefined
  readonly error: Error | undefined
  readonly sights: readonly Sight[]
}

export interface CertificateStatus {
  readonly item: PlanItem
  readonly targets: Readonly<Record<string, TargetStatus>>
  readonly ok: boolean
}

/** A plan, and beside it what every address of every target shows in a handshake. It changes nothing. */
export async function statusOf(item: PlanItem, probe: Probe): Promise<CertificateStatus> {
  const [name = ''] = item.spec.names
  const targets = Object.entries(item.targets).map(async ([target, view]): Promise<[string, TargetStatus]> => {
    if ('error' in view) return [target, { serves: undefined, error: view.error, sights: [] }]
    const sights = await Promise.all(
      view.endpoints.map((endpoint) => sight(endpoint, serverNameFor(name), item, probe)),
    )
    return [target, { serves: view.serves, error: undefined, sights }]
  })
  const seen = Object.fromEntries(await Promise.all(targets))
  return { item, targets: seen, ok: isWell(item, seen) }
}

async function sight(endpoint: Endpoint, serverName: string, { current }: PlanItem, probe: Probe): Promise<Sight> {
  try {
    const served = await probe.served(endpoint, serverName)
    return { ...endpoint, served, shows: served.fingerprint === current?.fingerprint ? 'current' : 'other' }
  } catch (error) {
    if (toFailure(error).code === 'UNEXPECTED') throw error
    return { ...endpoint, served: undefined, shows: 'nothing' }
  }
}

/** Well is: a certificate that is not overdue, no remembered failure, and no address that shows something else. */
const isWell = (item: PlanItem, targets: Record<string, TargetStatus>) =>
  item.current !== undefined &&
  item.decision.action === 'wait' &&
  item.failure === undefined &&
  Object.values(targets).every(
    ({ error, sights }) => error === undefined && sights.every(({ shows }) => shows !== 'other'),
  )

export const statusJson = ({ item, targets, ok }: CertificateStatus) => ({
  id: item.spec.id,
  ok,
  names: item.spec.names,
  ...decisionJson(item.decision),
  certificate: item.current && certificateJson(item.current),
  renewAt: item.renewAt,
  failure: item.failure,
  missing: item.missing.length > 0 ? item.missing : undefined,
  error: item.decision.action === 'stop' ? failureJson(item.decision.error) : undefined,
  targets: Object.fromEntries(
    Object.entries(targets).map(([name, { serves, error, sights }]) => [
      name,
      {
        serves,
        error: error && failureJson(toFailure(error)),
        addresses: sights.map(({ address, port, shows, served }) => ({
          address,
          port,
          shows,
          fingerprint: served?.fingerprint,
          notAfter: served?.notAfter,
        })),
      },
    ]),
  ),
})
