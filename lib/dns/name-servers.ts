import { Failure, isFailure } from '../errors.ts'
import type { Log } from '../ports.ts'
import { canonical, parentOf } from './names.ts'
import type { Lookup } from './resolver.ts'

export interface NameServer {
  /** Its name, or its address where that is all we know. */
  readonly host: string
  readonly addresses: readonly string[]
}

export interface NameServerOptions {
  readonly recursive: Lookup
  /** Asks these addresses. */
  lookupAt(addresses: readonly string[]): Lookup
  readonly log: Log
}

/**
 * The servers of a zone, each with all of its addresses: those of its NS records, or where it has none, those that the zone above
 * delegates it to, its primary, or those of the zone above. `delegated`: those of the delegation count beside its own in any
 * case. A resolver comes to them first; one may be left there from a provider before, and of a zone that several providers
 * serve, or that looks otherwise from within, the NS records may leave them out.
 */
export async function nameServersOf(
  zone: string,
  options: NameServerOptions,
  delegated = false,
): Promise<NameServer[]> {
  const { recursive, log } = options
  const hosts = await hostsOf(zone, options, delegated)
  let trouble: unknown
  const found = await Promise.all(
    hosts.map(async (host): Promise<NameServer> => {
      try {
        return { host, addresses: (await recursive.addresses(host)).values }
      } catch (error) {
        if (!isFailure(error, 'DNS_LOOKUP_FAILED')) throw error
        trouble = error
        return { host, addresses: [] }
      }
    }),
  )
  const reachable = found.filter(({ addresses }) => addresses.length > 0)
  // Nobody can ask such a server, the CA included.
  for (const { host } of found.filter((each) => !reachable.includes(each))) {
    log.warn('no address of a name server was found, and it is not asked', { zone, host })
  }
  if (reachable.length > 0) return reachable
  throw (
    trouble ??
    new Failure('DNS_LOOKUP_FAILED', `no name server of ${zone} has an address: check its NS records`, {
      fields: { zone },
    })
  )
}

/** Empty where nobody answers: there is another way. */
const orNone = async (asked: Promise<{ readonly values: readonly string[] }>): Promise<readonly string[]> => {
  try {
    return (await asked).values.map(canonical)
  } catch (error) {
    if (isFailure(error, 'DNS_LOOKUP_FAILED')) return []
    throw error
  }
}

async function hostsOf(zone: string, options: NameServerOptions, delegated: boolean): Promise<readonly string[]> {
  const { recursive } = options
  const own = await orNone(recursive.ns(zone))
  if (own.length > 0 && !delegated) return own
  const above = await delegationOf(zone, options)
  if (own.length > 0 && above.length > 0) compare(zone, own, above, options)
  const both = [...new Set([...own, ...above])]
  if (both.length > 0) return both
  const primary = await orNone(recursive.soa(zone))
  if (primary.length > 0) return primary
  const whole = await zoneAbove(zone, options)
  return whole?.includes('.') ? hostsOf(whole, options, false) : []
}

/** What a resolver finds may then hang on whom it has asked before. */
function compare(
  zone: string,
  own: readonly string[],
  above: readonly string[],
  { log }: Pick<NameServerOptions, 'log'>,
): void {
  const notDelegated = own.filter((host) => !above.includes(host))
  const notInZone = above.filter((host) => !own.includes(host))
  if (notDelegated.length + notInZone.length === 0) return
  log.warn('a zone names other servers than it is delegated to: all are waited for', { zone, notDelegated, notInZone })
}

/** Any of the servers above knows it. */
const MOST_ASKED = 3

/** To whom the zone above delegates a zone, as one of its servers says; empty if none does. */
async function delegationOf(zone: string, options: NameServerOptions): Promise<readonly string[]> {
  const { recursive, lookupAt } = options
  const above = await zoneAbove(zone, options)
  if (above === undefined) return []
  for (const host of (await orNone(recursive.ns(above))).slice(0, MOST_ASKED)) {
    const addresses = await orNone(recursive.addresses(host))
    if (addresses.length === 0) continue
    const asked = lookupAt(addresses).ns(zone)
    const hosts = await orNone(
      asked.then(({ values, referral }) => ({ values: [...values, ...inZone(zone, referral)] })),
    )
    if (hosts.length > 0) return hosts
  }
  return []
}

const inZone = (zone: string, referral: Awaited<ReturnType<Lookup['ns']>>['referral']) =>
  referral?.zone === zone ? referral.hosts : []

async function zoneAbove(zone: string, { recursive }: NameServerOptions): Promise<string | undefined> {
  for (let name = parentOf(zone); name !== ''; name = parentOf(name)) {
    if ((await orNone(recursive.soa(name))).length > 0) return name
  }
  return undefined
}
