import type { Driver, DriverContext, Registry } from '../platform/driver.ts'
import { lookup } from '../platform/lookup.ts'
import type { StateStore } from '../ports.ts'
import { registry } from './registry.ts'

/** Opens the state store alone, for whoever reads what is remembered and needs nothing else of the outside. */
export async function openState(
  { use, options }: { readonly use: string; readonly options: unknown },
  context: DriverContext,
): Promise<StateStore> {
  // biome-ignore lint/suspicious/noExplicitAny: the options were parsed with this very driver's schema when the configuration was read
  const drivers: Registry<Driver<StateStore, any>> = registry
  const { driver } = await lookup(drivers, use)()
  return driver.open(options, context)
}
