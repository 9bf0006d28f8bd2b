import type { CaaRecords } from '../dns-ports.ts'
import { canonical, parentOf } from './names.ts'
import type { Lookup } from './resolver.ts'
import { onceEach } from './zone.ts'

/**
 * Climbs from a name to the nearest one that has CAA records (RFC 8659 §3). Each name is asked for once, whoever lies below it;
 * a CNAME is followed at each step, and nobody climbs from where it leads.
 */
export function createCaaLookup(recursive: Pick<Lookup, 'caa'>): (domain: string) => Promise<CaaRecords | undefined> {
  const nearest: (name: string) => Promise<CaaRecords | undefined> = onceEach(async (name) => {
    if (name === '') return undefined
    const { values, owner } = await recursive.caa(name)
    return values.length > 0 ? { name, owner, records: values } : nearest(parentOf(name))
  })
  return (domain) => nearest(canonical(domain))
}
