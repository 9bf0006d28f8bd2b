import { mapConcurrently } from '../platform/concurrency.ts'
import { RESERVE, requireTime } from '../platform/deadline.ts'
import type { Http } from '../platform/http.ts'
import { lookup } from '../platform/lookup.ts'
import type { ChallengeSolver, Dependencies } from '../ports.ts'
import { createCaaLookup } from './caa.ts'
import { createZoneCheck } from './check-zone.ts'
import { type NameServer, nameServersOf } from './name-servers.ts'
import { canonical } from './names.ts'
import { createPace } from './pace.ts'
import { createPersistentLookup } from './persistent-records.ts'
import type { PropagationPolicy } from './policies.ts'
import { waitForPropagation } from './propagation.ts'
import { assigned, chooseProviders, type Providers, zonesOf } from './provider.ts'
import { isOverHttps, lookupAt } from './resolver.ts'
import { addAll, distinct, namesOf, removeAll } from './txt-values.ts'
import { createLocator } from './zone.ts'
import { inZone } from './zone-record.ts'

export interface SolverOptions extends Pick<Dependencies, 'clock' | 'log' | 'random' | 'timeLeft'> {
  /** By their names in the configuration. */
  readonly providers: Providers
  /** `127.0.0.1:5353`, or `https://dns.example/dns-query`; the system's if absent. */
  readonly resolvers?: readonly string[]
  /** Servers to ask and to watch instead of those that a zone names, for closed networks. */
  readonly nameservers?: readonly string[]
  /** For resolvers that are asked over HTTPS. */
  readonly http?: Pick<Http, 'send'>
  /** Of how many of a zone's servers a value is waited for; all if absent. */
  readonly propagation?: PropagationPolicy
}

const CONCURRENCY = 10

/** An authoritative server answers at once or not at all. */
const SHORT = { timeout: 2_000, tries: 1 }

export function createSolver(options: SolverOptions): ChallengeSolver {
  const { providers, resolvers, nameservers, http, clock, log, timeLeft } = options
  const overHttps = resolvers?.filter(isOverHttps) ?? []
  /** Who is asked for HTTPS says that nothing gets through to name servers. */
  const isCutOff = overHttps.length > 0 && nameservers === undefined
  const polite = { http, pace: createPace(clock), overTcpAlone: new Set<string>() }
  const recursive = () => lookupAt(resolvers, polite)
  const at = (servers: readonly string[]) => lookupAt(servers, { ...polite, ...(!isCutOff && SHORT) })
  const shownAs = (addresses: readonly string[]) => addresses.map((host): NameServer => ({ host, addresses: [host] }))

  async function serversOf(zone: string, delegated = false): Promise<readonly NameServer[]> {
    if (nameservers) return shownAs(nameservers)
    // The first resolver was asked where the name leads to, and remembers that it is not there (RFC 2308 §5).
    if (isCutOff) return shownAs(overHttps.length > 1 ? overHttps.slice(1) : overHttps)
    return nameServersOf(zone, { recursive: recursive(), lookupAt: at, log }, delegated)
  }
  const addressesOf = async (zone: string) => (await serversOf(zone)).flatMap(({ addresses }) => addresses)
  const authoritative = async (zone: string) => at(isCutOff ? overHttps.slice(0, 1) : await addressesOf(zone))
  const newLocator = () => createLocator({ recursive: recursive(), authoritative, listed: zonesOf(providers) })

  return {
    assigned: async (record) => assigned(record, providers),

    async locate(names, label = '_acme-challenge') {
      const locator = newLocator()
      const domains = [...new Set(names.map((name) => name.replace(/^\*\./, '')))]
      const found = await mapConcurrently(domains, CONCURRENCY, async (domain) => {
        const { name, zone } = await locator(canonical(domain), label)
        return chooseProviders(name, zone, providers).map((provider) => ({ domain, name, zone, provider }))
      })
      return found.flat()
    },

    check: createZoneCheck(providers),

    async capacity({ value: _any, ...location }) {
      const found = await lookup(providers, location.provider).provider.capacity?.(inZone(location))
      return found && { ...found, key: `${location.provider} ${found.key}` }
    },

    caa: createCaaLookup(lookupAt(resolvers, { ...polite, tries: 1 })),

    persistentRecords: createPersistentLookup(newLocator, authoritative),

    async present(records, waiting = () => {}, hear = () => {}) {
      if (records.length === 0) return
      requireTime(timeLeft, RESERVE)
      const wanted = distinct(records)
      await addAll(wanted, options, hear)
      log.debug('TXT records added', { names: namesOf(wanted) })
      await waitForPropagation(wanted, {
        ...{ ...options, serversOf: (zone: string) => serversOf(zone, true), waiting, areRecursive: isCutOff },
        lookupAt: (address: string) => at([address]),
      })
    },

    cleanUp: (records) => removeAll(distinct(records), options),
  }
}
