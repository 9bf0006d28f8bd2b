import { type Failure, toFailure } from '../errors.ts'
import { lookup } from '../platform/lookup.ts'
import type { Dependencies } from '../ports.ts'
import type { CertificateSpec, InstalledCertificate, Quota } from '../types.ts'

/** What the load balancer of a target holds, or why it could not be asked. */
export type Inventory = { readonly balancer: string; readonly target: string } & (
  | { readonly held: readonly InstalledCertificate[]; readonly quota?: Pick<Quota, 'held' | 'limit'> }
  | { readonly error: Failure }
)

/** The same certificates, with their targets at these balancers; at all if none is named. */
export const atBalancers = (specs: readonly CertificateSpec[], balancers: readonly string[]): CertificateSpec[] =>
  specs.map((spec) => ({
    ...spec,
    targets: spec.targets.filter(({ balancer }) => balancers.length === 0 || balancers.includes(balancer)),
  }))

/** What the load balancers of these certificates hold, each load balancer once. It changes nothing. */
export async function inventoriesOf(
  specs: readonly CertificateSpec[],
  { balancers }: Pick<Dependencies, 'balancers'>,
): Promise<Inventory[]> {
  const targets = specs.flatMap(({ targets: all }) => all)
  const asked = await Promise.all(
    targets.map(async ({ name: target, balancer, listener }): Promise<Inventory> => {
      try {
        const { certificates: held, limit } = await lookup(balancers, balancer).list(listener)
        return { balancer, target, held, ...(limit !== undefined && { quota: { held: held.length, limit } }) }
      } catch (error) {
        return { balancer, target, error: toFailure(error) }
      }
    }),
  )
  const seen = new Set<string>()
  return asked.filter((inventory) => {
    const loadBalancers =
      'held' in inventory ? inventory.held.map(({ loadBalancer }) => loadBalancer).join(' ') : inventory.target
    const key = `${inventory.balancer} ${loadBalancers}`
    return !seen.has(key) && seen.add(key)
  })
}
