import { Failure, isFailure } from '../errors.ts'
import type { Log } from '../ports.ts'
import type { Lookup } from './resolver.ts'

export interface NameServer {
  /** Its name, or its address where that is all we know. */
  readonly host: string
  readonly addresses: readonly string[]
}

export interface Resolvers {
  /** To whoever resolves names for this machine. */
  readonly recursive: Lookup
  /** To the authoritative servers of a zone. */
  authoritative(zone: string): Promise<Lookup>
}

const MOST_CNAMES = 8

/** Lower case, without the final dot. */
export const canonical = (name: string): string => name.toLowerCase().replace(/\.$/, '')

export const isWithin = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`)

/** The name without its first label; empty above a top-level domain. */
const parentOf = (name: string) => name.slice(`${name}.`.indexOf('.') + 1)

/** Runs the work once for each key. */
export function onceEach<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>()
  return (key) => {
    const result = known.get(key) ?? work(key)
    known.set(key, result)
    return result
  }
}

/** Finds where the TXT values of domains belong: at the end of the CNAMEs from `_acme-challenge`, and in which zone. */
export function createLocator({ recursive, authoritative: open }: Resolvers) {
  const authoritative = onceEach(open)

  /** The nearest zone at the name or above it. */
  const zoneOf: (name: string) => Promise<string | undefined> = onceEach(async (name) => {
    if (name === '') return undefined
    return (await recursive.isZone(name)) ? name : zoneOf(parentOf(name))
  })

  /**
   * A resolver remembers for minutes that a name is not there, whatever was asked about it (RFC 2308 §5). So nobody but
   * its own servers is asked about a challenge's name until they know it: the zone is found from the name above.
   */
  async function zoneAndTarget(name: string): Promise<{ zone: string; target: string | undefined }> {
    const above = (await zoneOf(parentOf(name))) ?? (await zoneOf(name))
    if (above === undefined) {
      throw new Failure('DNS_NO_ZONE', `no zone holds ${name}: neither it nor a name above it has an SOA record`, {
        fields: { name },
      })
    }
    const servers = await authoritative(above)
    const { values, exists } = await servers.cname(name)
    const [target] = values
    if (target !== undefined && (await isFromWildcard(name, target, above, servers)))
      return { zone: above, target: undefined }
    const zone = target === undefined && exists && (await recursive.isZone(name)) ? name : above
    return { zone, target }
  }

  return async (domain: string): Promise<{ name: string; zone: string }> => {
    const chain: string[] = [`_acme-challenge.${domain}`]
    for (let name = chain[0] as string; ; ) {
      const { zone, target } = await zoneAndTarget(name)
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

/** The servers of a zone as its NS records name them, each with all of its addresses. */
export async function nameServersOf(zone: string, resolver: Lookup, log: Log): Promise<NameServer[]> {
  const { values } = await resolver.ns(zone)
  const servers = await Promise.all(
    values.map(async (value) => {
      const host = canonical(value)
      return { host, addresses: (await resolver.addresses(host)).values }
    }),
  )
  const reachable = servers.filter(({ addresses }) => addresses.length > 0)
  // Nobody can ask such a server, the CA included.
  for (const { host } of servers.filter((each) => !reachable.includes(each))) {
    log.warn('a name server of a zone has no address and is not asked', { zone, host })
  }
  if (reachable.length > 0) return reachable
  throw new Failure('DNS_LOOKUP_FAILED', `no name server of ${zone} has an address: check its NS records`, {
    fields: { zone },
  })
}
