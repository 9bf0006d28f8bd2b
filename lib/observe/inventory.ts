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

/** The same, with how many certificates each load balancer may hold, as far as a look at the target tells. */
export async function withQuotas(
  inventories: readonly Inventory[],
  specs: readonly Pick<CertificateSpec, 'targets'>[],
  { balancers }: Pick<Dependencies, 'balancers'>,
): Promise<Inventory[]> {
  const targets = specs.flatMap((spec) => spec.targets)
  return Promise.all(
    inventories.map(async (inventory) => {
      const { balancer, target: name } = inventory
      const target = targets.find((each) => each.balancer === balancer && each.name === name)
      if (target === undefined || 'error' in inventory) return inventory
      // What is wrong with the listener itself is for plan and status to say.
      const view = await lookup(balancers, balancer).inspect(target.listener, undefined).catch(toFailure)
      const limit = 'quota' in view ? view.quota?.limit : undefined
      return limit === undefined ? inventory : { ...inventory, quota: { held: inventory.held.length, limit } }
    }),
  )
}
