import { Failure, isFailure } from '../errors.ts'
import { canonical, isWithin, parentOf } from './names.ts'
import type { Lookup } from './resolver.ts'

export interface Resolvers {
  /** To whoever resolves names for this machine. */
  readonly recursive: Lookup
  /** To the authoritative servers of a zone. */
  authoritative(zone: string): Promise<Lookup>
  /** Zones that need not be found: somebody has said that they are there. In lower case, without the final dot. */
  readonly listed?: ReadonlySet<string>
}

/** The nearest zone, if any; and what kept a name below it from being known as one. */
interface Found {
  readonly zone?: string
  readonly trouble?: Failure
}

const MOST_CNAMES = 8

/** Runs the work once for each key. */
export function onceEach<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>()
  return (key) => {
    const result = known.get(key) ?? work(key)
    known.set(key, result)
    return result
  }
}

/** Finds the nearest zone above a name. A server in trouble below a zone that is known says nothing of that zone. */
function createZoneFinder({ recursive, listed = new Set() }: Omit<Resolvers, 'authoritative'>) {
  const zoneOf: (name: string) => Promise<Found> = onceEach(async (name) => {
    if (name === '') return {}
    if (listed.has(name)) return { zone: name }
    try {
      return (await recursive.isZone(name)) ? { zone: name } : await zoneOf(parentOf(name))
    } catch (error) {
      if (!isFailure(error, 'DNS_LOOKUP_FAILED')) throw error
      return { ...(await zoneOf(parentOf(name))), trouble: error }
    }
  })

  return async (name: string, above = parentOf(name)): Promise<string> => {
    const { zone, trouble } = await zoneOf(above)
    // Below a top-level domain it is the zone itself that is in trouble.
    if (trouble !== undefined && zone?.includes('.') !== true) throw trouble
    const found = zone ?? (await zoneOf(name)).zone
    if (found !== undefined) return found
    throw new Failure('DNS_NO_ZONE', `no zone holds ${name}: neither it nor a name above it has an SOA record`, {
      fields: { name },
    })
  }
}

/** Finds where the TXT values of domains belong: at the end of the CNAMEs from the challenge’s label, and in which zone. */
export function createLocator({ recursive, authoritative: open, listed = new Set() }: Resolvers) {
  const authoritative = onceEach(open)
  const zoneAbove = createZoneFinder({ recursive, listed })

  /**
   * A resolver remembers for minutes that a name is not there, whatever was asked about it (RFC 2308 §5). So nobody but
   * its own servers is asked about a challenge's name until they know it: the zone is found from the name above, which is
   * the `domain` for a challenge's name. What stands between the two may be a zone as well.
   */
  async function zoneAndTarget(name: string, domain?: string): Promise<{ zone: string; target: string | undefined }> {
    if (listed.has(name)) return { zone: name, target: undefined }
    for (let above = await zoneAbove(name, domain); ; ) {
      const servers = await authoritative(above)
      const between = parentOf(name)
      if (domain !== undefined && between !== domain && between !== above && (await isZoneAt(between, servers))) {
        above = between
        continue
      }
      const { values, exists, referral } = await servers.cname(name)
      const cut = referral?.zone ?? ''
      if (cut === name) return { zone: name, target: undefined }
      if (cut !== above && isWithin(name, cut) && isWithin(cut, above)) {
        above = cut
        continue
      }
      const [target] = values
      if (target === undefined) {
        const isTop = exists && (await recursive.isZone(name))
        return { zone: isTop ? name : above, target }
      }
      const isDelegation = !(await isFromWildcard(name, target, above, servers))
      return { zone: above, target: isDelegation ? target : undefined }
    }
  }

  /** Servers that know only whom to ask for it say that it is one. */
  const isZoneAt = async (name: string, servers: Lookup) => {
    const { values, referral } = await servers.soa(name)
    return listed.has(name) || values.length > 0 || referral?.zone === name
  }

  return async (domain: string, label = '_acme-challenge'): Promise<{ name: string; zone: string }> => {
    const chain: string[] = [`${label}.${domain}`]
    for (let name = chain[0] as string; ; ) {
      const { zone, target } = await zoneAndTarget(name, chain.length === 1 ? domain : undefined)
      if (target === undefined) return { name, zone }
      name = targetName(target, name)
      if (chain.includes(name) || chain.length > MOST_CNAMES) throw cnameLoop([...chain, name])
      chain.push(name)
    }
  }
}

/** Below a name that is there itself no wildcard from above it holds (RFC 4592 §2.2.1); ours writes nothing there. */
const BELOW = '_newleaf'

/**
 * Whether a CNAME is a wildcard's, which ends where a record of its own stands: it tells where a name without one leads to, and
 * nothing of challenges.
 */
async function isFromWildcard(name: string, target: string, zone: string, servers: Lookup): Promise<boolean> {
  const leadsThere = async (asked: string, unanswered: boolean) => {
    try {
      return (await servers.cname(asked)).values.some((value) => canonical(value) === canonical(target))
    } catch (error) {
      if (isFailure(error, 'DNS_LOOKUP_FAILED')) return unanswered
      throw error
    }
  }
  for (let above = parentOf(name); isWithin(above, zone); above = parentOf(above)) {
    if (await leadsThere(`*.${above}`, false)) return leadsThere(`${BELOW}.${name}`, true)
  }
  return false
}

const cnameLoop = (chain: string[]) =>
  new Failure(
    'DNS_CNAME_LOOP',
    `the CNAMEs from ${chain[0]} lead in a circle or are more than ${MOST_CNAMES}: ${chain.join(' → ')}`,
    { fields: { chain } },
  )

const NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/

/** It goes into requests and messages, and whoever holds the zone chose it. */
function targetName(text: string, from: string): string {
  const name = canonical(text)
  if (NAME.test(name)) return name
  throw new Failure('DNS_LOOKUP_FAILED', `the CNAME at ${from} leads to something that is no host name`, {
    fields: { name: from },
  })
}
