import type { Failure } from '../errors.ts'
import type { KnownProbeResult, PlanItem } from '../types.ts'

/** What asking a target's balancer and every address of it has shown. */
export interface ObservedTarget {
  /** Whether the API says that the current certificate is served; undefined: it could not be asked. */
  readonly serves: boolean | undefined
  readonly error: Failure | undefined
  readonly probes: readonly KnownProbeResult[]
}

/** A certificate as it is now: everybody was asked. `remembered.ts` tells what is known without asking anybody. */
export interface ObservedCertificate {
  readonly item: PlanItem
  readonly targets: Readonly<Record<string, ObservedTarget>>
}

export function observedOf(item: PlanItem): ObservedCertificate {
  const targets = Object.entries(item.targets).map(([target, view]): [string, ObservedTarget] => [
    target,
    'error' in view
      ? { serves: undefined, error: view.error, probes: [] }
      : { serves: view.serves, error: undefined, probes: view.probes },
  ])
  return { item, targets: Object.fromEntries(targets) }
}
