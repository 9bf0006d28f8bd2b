import { mapConcurrently } from '../platform/concurrency.ts'
import { RESERVE, requireTime } from '../platform/deadline.ts'
import type { ChallengeSolver, Dependencies } from '../ports.ts'
import { createZoneCheck } from './check-zone.ts'
import { waitForPropagation } from './propagation.ts'
import { assigned, chooseProvider, type Providers } from './provider.ts'
import { lookupAt } from './resolver.ts'
import { addAll, distinct, namesOf, removeAll } from './txt-values.ts'
import { canonical, createLocator, type NameServer, nameServersOf } from './zone.ts'

export interface SolverOptions extends Pick<Dependencies, 'clock' | 'log' | 'random' | 'timeLeft'> {
  /** By their names in the configuration. */
  readonly providers: Providers
  /** `127.0.0.1:5353`; the system's if absent. */
  readonly resolvers?: readonly string[]
  /** Servers to ask and to watch instead of those that a zone names, for closed networks. */
  readonly nameservers?: readonly string[]
}

const CONCURRENCY = 10

/** An authoritative server answers at once or not at all. */
const SHORT = { timeout: 2_000, tries: 1 }

export function createSolver(options: SolverOptions): ChallengeSolver {
  const { providers, resolvers, nameservers, log, timeLeft } = options

  async function serversOf(zone: string): Promise<readonly NameServer[]> {
    if (nameservers) return nameservers.map((address) => ({ host: address, addresses: [address] }))
    return nameServersOf(zone, lookupAt(resolvers), log)
  }
  const addressesOf = async (zone: string) => (await serversOf(zone)).flatMap(({ addresses }) => addresses)

  return {
    assigned: async (record) => assigned(record, providers),

    async locate(names) {
      const locator = createLocator({
        recursive: lookupAt(resolvers),
        authoritative: async (zone) => lookupAt(await addressesOf(zone), SHORT),
      })
      const domains = [...new Set(names.map((name) => name.replace(/^\*\./, '')))]
      return mapConcurrently(domains, CONCURRENCY, async (domain) => {
        const { name, zone } = await locator(canonical(domain))
        return { domain, name, zone, provider: chooseProvider(name, zone, providers) }
      })
    },

    check: createZoneCheck(providers),

    async present(records, waiting = () => {}, hear = () => {}) {
      if (records.length === 0) return
      requireTime(timeLeft, RESERVE)
      const wanted = distinct(records)
      await addAll(wanted, options, hear)
      log.debug('TXT records added', { names: namesOf(wanted) })
      const askAt = (address: string) => lookupAt([address], SHORT)
      await waitForPropagation(wanted, { ...options, serversOf, lookupAt: askAt, waiting })
    },

    cleanUp: (records) => removeAll(distinct(records), options),
  }
}
