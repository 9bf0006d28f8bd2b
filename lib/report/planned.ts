/** What a plan has to say of each certificate: what would become of its names, and of each of its targets. */
import type { CertificateFacts, Decision, Deletion, PlanItem, PublicCertificate, TargetView } from '../types.ts'

/** What a target would serve after a run; `kept`: nothing is done there. */
export type Next = 'new' | 'pending' | 'current' | 'kept'

export interface PlannedTarget {
  readonly view: TargetView | undefined
  /** What its addresses show now: each certificate once. */
  readonly served: readonly { readonly certificate: PublicCertificate; readonly addresses: number }[]
  /** Undefined: it could not be looked at. */
  readonly next: Next | undefined
  readonly deletes: readonly Deletion[]
}

export interface PlannedCertificate {
  readonly item: PlanItem
  /** Against the names of the current certificate. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Those that would be asked, in this order. */
  readonly authorities: readonly string[]
  readonly targets: Readonly<Record<string, PlannedTarget>>
}

export function plannedOf(item: PlanItem): PlannedCertificate {
  const { spec, decision, current, targets } = item
  const compared = current !== undefined && spec.imported !== true ? current.names : undefined
  return {
    item,
    added: compared === undefined ? [] : spec.names.filter((name) => !compared.includes(name)),
    removed: compared?.filter((name) => !spec.names.includes(name)) ?? [],
    authorities:
      decision.action === 'issue' ? decision.authorities.map(({ authority }) => authority) : spec.authorities,
    targets: Object.fromEntries(spec.targets.map(({ name }) => [name, plannedAt(name, targets[name], item)])),
  }
}

function plannedAt(name: string, view: TargetView | undefined, { decision, superseded }: PlanItem): PlannedTarget {
  if (view === undefined || 'error' in view) return { view, served: [], next: undefined, deletes: [] }
  const isThere = ({ object }: Deletion) => view.managed?.includes(object) === true
  return {
    view,
    served: servedAt(view),
    next: nextOf(decision),
    // Where a certificate is replaced in place, nothing is left to be deleted.
    deletes: superseded[name]?.filter(isThere) ?? [],
  }
}

function servedAt({ probes }: Exclude<TargetView, { error: unknown }>): PlannedTarget['served'] {
  const certificates = probes.flatMap(({ served }) => served ?? [])
  const distinct = new Map(certificates.map((certificate) => [certificate.fingerprint, certificate]))
  return [...distinct.values()].map((certificate) => ({
    certificate,
    addresses: certificates.filter(({ fingerprint }) => fingerprint === certificate.fingerprint).length,
  }))
}

const nextOf = (decision: Decision): Next =>
  decision.action === 'issue'
    ? 'new'
    : decision.action === 'deploy'
      ? decision.reason === 'pending'
        ? 'pending'
        : 'current'
      : 'kept'

/** The object of the current certificate there, which is deleted after its grace once another is current; undefined: there is none. */
export function leavingAt({ view, next }: PlannedTarget, current: CertificateFacts | undefined): string | undefined {
  if (current === undefined || view === undefined || 'error' in view) return undefined
  if (next !== 'new' && next !== 'pending') return undefined
  return view.managed?.find((object) => object.endsWith(`-${current.fingerprint.slice(0, 16)}`))
}
