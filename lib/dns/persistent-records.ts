import { lazy } from '../platform/lazy.ts'
import { canonical } from './names.ts'
import type { Lookup } from './resolver.ts'
import type { createLocator } from './zone.ts'

/** draft-ietf-acme-dns-persist §4 */
const LABEL = '_validation-persist'

/**
 * The TXT values at the persistent records of a domain. Its own servers are asked: a resolver remembers for minutes that a record is
 * not there, which somebody has just placed.
 */
export function createPersistentLookup(
  open: () => ReturnType<typeof createLocator>,
  serversOf: (zone: string) => Promise<Lookup>,
): (domain: string) => Promise<readonly string[]> {
  const locator = lazy(async () => open())
  return async (domain) => {
    const { name, zone } = await (await locator())(canonical(domain), LABEL)
    return (await (await serversOf(zone)).txt(name)).values
  }
}
