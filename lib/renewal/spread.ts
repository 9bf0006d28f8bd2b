import type { CertificateSpec } from '../types.ts'

/**
 * The same certificates in another order: one of each load balancer after the other. Those of one wait for each other there, and
 * nobody is to wait behind them who has no need to. Pure.
 */
export function spread(specs: readonly CertificateSpec[]): CertificateSpec[] {
  const groups = [...Map.groupBy(specs, loadBalancerOf).values()]
  const longest = Math.max(0, ...groups.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) => groups.flatMap((group) => group[at] ?? [])).flat()
}

/** The load balancer of its first target, as people call it: `fr/edge` of `fr/edge/https`. */
const loadBalancerOf = ({ targets: [first] }: CertificateSpec): string =>
  first?.name.split('/').slice(0, 2).join('/') ?? ''
