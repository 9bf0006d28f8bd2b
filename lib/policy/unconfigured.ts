import { lineageFor, lineageOf } from '../balancers/names.ts'
import type { CertificateSpec, PlanItem, Unconfigured } from '../types.ts'

/** What newleaf has created at balancers, and the configuration no longer asks for, as far as their APIs tell of it. Pure. */
export function unconfiguredIn(
  items: readonly PlanItem[],
  all: readonly CertificateSpec[],
  environment: string,
): Unconfigured[] {
  const orphaned = items.flatMap((item) => item.orphaned)
  const seen = items.flatMap(({ spec, targets }) =>
    spec.targets.flatMap(({ name, balancer }) => {
      const view = targets[name]
      const managed = view === undefined || 'error' in view ? [] : (view.managed ?? [])
      return managed.map((object) => ({ balancer, object }))
    }),
  )
  const lineages = (balancer: string) =>
    all
      .filter(({ targets }) => targets.some((target) => target.balancer === balancer))
      .map(({ id }) => lineageFor(environment, id))
  const isConfigured = ({ balancer, object }: Unconfigured) =>
    lineages(balancer).some((each) => each === lineageOf(object))
  const found = [...orphaned, ...seen.filter((each) => !isConfigured(each))]
  const isSame = (one: Unconfigured) => (other: Unconfigured) =>
    one.balancer === other.balancer && one.object === other.object
  return found.filter((each, index) => found.findIndex(isSame(each)) === index)
}
