import { type Failure, toFailure } from '../errors.ts'
import { lookup } from '../platform/lookup.ts'
import type { Dependencies } from '../ports.ts'
import type { CertificateSpec, InstalledCertificate } from '../types.ts'

/** What the load balancer of a target holds, or why it could not be asked. */
export type Inventory = { readonly balancer: string; readonly target: string } & (
  | { readonly held: readonly InstalledCertificate[] }
  | { readonly error: Failure }
)

/** What the load balancers of these certificates hold, each load balancer once. It changes nothing. */
export async function inventoriesOf(
  specs: readonly CertificateSpec[],
  { balancers }: Pick<Dependencies, 'balancers'>,
): Promise<Inventory[]> {
  const targets = specs.flatMap(({ targets: all }) => all)
  const asked = await Promise.all(
    targets.map(async ({ name: target, balancer, listener }): Promise<Inventory> => {
      try {
        return { balancer, target, held: await lookup(balancers, balancer).list(listener) }
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
