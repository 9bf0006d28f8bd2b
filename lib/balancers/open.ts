import type * as v from 'valibot'
import { Failure } from '../errors.ts'
import type { BalancerDriver, DriverContext, Registry } from '../platform/driver.ts'
import { lookup } from '../platform/lookup.ts'
import { safeParse } from '../platform/safe-parse.ts'
import type { LoadBalancer } from '../ports.ts'
import type { Listener } from '../types.ts'
import { registry } from './registry.ts'

const drivers: Registry<BalancerDriver> = registry

/** A balancer as the configuration names it, with options that its driver's schema has parsed. */
export async function openBalancer(
  { use, options }: { readonly use: string; readonly options: unknown },
  context: DriverContext,
): Promise<LoadBalancer> {
  const { driver } = await lookup(drivers, use)()
  return forAnyListener(driver.listener, await driver.open(options, context))
}

/**
 * A driver's port for listeners that come from outside: from the configuration, or from a state document in which they were
 * remembered while another driver had the name of this balancer.
 */
export function forAnyListener<At>(schema: v.GenericSchema<unknown, At>, balancer: LoadBalancer<At>): LoadBalancer {
  const parsed = (listener: Listener): At => {
    const { success, output } = safeParse(schema, listener)
    if (success) return output
    const fields = Object.keys(listener).join(', ')
    throw new Failure('TARGET_MISSING', `this balancer has no listener that the fields ${fields} describe`)
  }
  return {
    inspect: async (listener, deployment, keep) => balancer.inspect(parsed(listener), deployment, keep),
    swap: async (listener, deployment, keep) => balancer.swap(parsed(listener), deployment, keep),
    deleteUnused: async (listener, names) => balancer.deleteUnused(parsed(listener), names),
    deleteById: async (listener, id) => balancer.deleteById(parsed(listener), id),
    attachFirst: async (listener, deployment, cutOffTls) =>
      balancer.attachFirst(parsed(listener), deployment, cutOffTls),
    detach: async (listener, name) => balancer.detach(parsed(listener), name),
    list: async (listener) => balancer.list(parsed(listener)),
    expiresAt: async () => balancer.expiresAt?.(),
  }
}
