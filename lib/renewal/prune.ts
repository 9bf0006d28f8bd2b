import { isManaged } from '../balancers/names.ts'
import { type Failure, toFailure } from '../errors.ts'
import { atBalancers, type Inventory, inventoriesOf } from '../observe/inventory.ts'
import { neededObjects } from '../observe/needed-objects.ts'
import { lookup } from '../platform/lookup.ts'
import type { Dependencies } from '../ports.ts'
import type { CertificateSpec, Target } from '../types.ts'

/** What nobody needs at one load balancer, and what is gone of it; or why nothing can be said of it. */
export type Pruned = Pick<Inventory, 'balancer' | 'target'> & {
  readonly unneeded: readonly string[]
  readonly deleted: readonly string[]
  readonly error: Failure | undefined
}

type Outside = Pick<Dependencies, 'balancers' | 'state' | 'environment' | 'clock'>

/**
 * Deletes what newleaf has made in this environment, is bound nowhere, and stands in no state of a certificate that is
 * configured. The load balancers are asked first: what a run uploads meanwhile is noted before it can be listed.
 */
export async function prune(
  specs: readonly CertificateSpec[],
  { balancers, dryRun }: { readonly balancers: readonly string[]; readonly dryRun: boolean },
  deps: Outside,
): Promise<Pruned[]> {
  const asked = atBalancers(specs, balancers)
  const targets = asked.flatMap((spec) => spec.targets)
  const inventories = await inventoriesOf(asked, deps)
  const needed = await neededObjects(specs, deps)
  return Promise.all(
    inventories.map(async (inventory) => {
      const { balancer, target: name } = inventory
      const unneeded = unneededOf(inventory, needed, deps)
      const target = targets.find((each) => each.balancer === balancer && each.name === name)
      const found = { balancer, target: name, unneeded }
      if ('error' in inventory) return { ...found, deleted: [], error: inventory.error }
      if (dryRun || target === undefined || unneeded.length === 0) return { ...found, deleted: [], error: undefined }
      try {
        return { ...found, deleted: await remove(target, unneeded, deps), error: undefined }
      } catch (error) {
        return { ...found, deleted: [], error: toFailure(error) }
      }
    }),
  )
}

/** Only what bears a name of ours: what is replaced in place is called otherwise, and is never deleted. */
const unneededOf = (inventory: Inventory, needed: ReadonlyMap<string, string>, { environment }: Outside): string[] => {
  if ('error' in inventory) return []
  const own = inventory.held.filter(({ name, managed }) => managed === true && isManaged(name, environment))
  const bound = new Set(own.filter((each) => each.bound.length > 0).map(({ name }) => name))
  return [...new Set(own.map(({ name }) => name))].filter((name) => !bound.has(name) && !needed.has(name))
}

/** Resolves to those that are not listed any more. */
async function remove(target: Target, names: readonly string[], { balancers }: Outside): Promise<string[]> {
  const balancer = lookup(balancers, target.balancer)
  await balancer.deleteUnused(target.listener, names)
  const left = new Set((await balancer.list(target.listener)).certificates.map(({ name }) => name))
  return names.filter((name) => !left.has(name))
}
