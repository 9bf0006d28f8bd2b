import type { Failure } from '../errors.ts'
import type { CertificateDocument } from '../state/document.ts'
import type { KnownProbeResult, PlanItem, Shows, TargetView } from '../types.ts'

/** `presented`: a certificate, and what is stored could not be read, so that it was compared with nothing. */
export interface SeenProbe extends Omit<KnownProbeResult, 'shows'> {
  readonly shows: Shows | 'presented'
}

/** What asking a target's balancer and every address of it has shown. */
export interface ObservedTarget {
  /** Whether the API says that the current certificate is served; undefined: it could not be asked, or compared. */
  readonly serves: boolean | undefined
  readonly error: Failure | undefined
  readonly probes: readonly SeenProbe[]
}

/** A certificate as it is now: everybody was asked. `remembered.ts` tells what is known without asking anybody. */
export interface ObservedCertificate {
  readonly item: PlanItem
  readonly targets: Readonly<Record<string, ObservedTarget>>
  /** Whether what is stored could be read, and what is served was compared with it. */
  readonly isCompared: boolean
  /** What is remembered of it; undefined: that could not be read. */
  readonly document: CertificateDocument | undefined
}

/** `uncompared`: what its targets show, where what is stored could not be read. */
export function observedOf(
  item: PlanItem,
  document: CertificateDocument | undefined,
  uncompared: PlanItem['targets'] | undefined,
): ObservedCertificate {
  const isCompared = uncompared === undefined
  const targets = Object.entries(uncompared ?? item.targets).map(([target, view]): [string, ObservedTarget] => [
    target,
    observedTarget(view, isCompared),
  ])
  return { item, targets: Object.fromEntries(targets), isCompared, document }
}

function observedTarget(view: TargetView, isCompared: boolean): ObservedTarget {
  if ('error' in view) return { serves: undefined, error: view.error, probes: [] }
  const { serves, probes } = view
  if (isCompared) return { serves, error: undefined, probes }
  const presented = probes.map(
    (probed): SeenProbe => ({ ...probed, shows: probed.served ? 'presented' : probed.shows }),
  )
  return { serves: undefined, error: undefined, probes: presented }
}
