import { Failure, toFailure } from '../errors.ts'
import { latestRetry } from '../failures.ts'
import { SECOND } from '../platform/clock.ts'
import { RESERVE, requireTime } from '../platform/deadline.ts'
import { mapBounded } from '../platform/lanes.ts'
import { named } from '../platform/named.ts'
import { retrySoon } from '../platform/retry.ts'
import type { ChallengeSolver, Clock, Log, TxtRecord } from '../ports.ts'
import { waitForPropagation } from './propagation.ts'
import { chooseProvider, type Providers } from './provider.ts'
import { lookupAt } from './resolver.ts'
import { canonical, createLocator, type NameServer, nameServersOf } from './zone.ts'
import { inZone } from './zone-record.ts'

export interface SolverOptions {
  /** By their names in the configuration. */
  readonly providers: Providers
  /** `127.0.0.1:5353`; the system's if absent. */
  readonly resolvers?: readonly string[]
  /** Servers to ask and to watch instead of those that a zone names, for closed networks. */
  readonly nameservers?: readonly string[]
  readonly clock: Clock
  readonly log: Log
  random(): number
  timeLeft(): number
}

const CLEAN_UP_TIME = 20 * SECOND
const CONCURRENCY = 10

/** An authoritative server answers at once or not at all. */
const SHORT = { timeout: 2_000, tries: 1 }

export function createSolver(options: SolverOptions): ChallengeSolver {
  const { providers, resolvers, nameservers, clock, log, timeLeft } = options

  async function serversOf(zone: string): Promise<readonly NameServer[]> {
    if (nameservers) return nameservers.map((address) => ({ host: address, addresses: [address] }))
    return nameServersOf(zone, lookupAt(resolvers), log)
  }

  /** Adding and removing by value can be done again, whether or not an answer that got lost was a yes. */
  const again = (work: () => Promise<void>) => retrySoon(work, { ...options, tries: 2 })

  return {
    async locate(names) {
      const locator = createLocator({
        recursive: lookupAt(resolvers),
        authoritative: async (zone) =>
          lookupAt(
            (await serversOf(zone)).flatMap(({ addresses }) => addresses),
            SHORT,
          ),
      })
      const domains = [...new Set(names.map((name) => name.replace(/^\*\./, '')))]
      return mapBounded(domains, CONCURRENCY, async (domain) => {
        const { name, zone } = await locator(canonical(domain))
        return { domain, name, zone, provider: chooseProvider(name, zone, providers) }
      })
    },

    async present(records) {
      if (records.length === 0) return
      requireTime(timeLeft, RESERVE)
      const wanted = distinct(records)
      const groups = byProvider(wanted).map(async (group) => {
        for (const record of group) await again(() => named(providers, record.provider).provider.addTxt(inZone(record)))
      })
      // All come to an end first, so that nothing is still being added when the caller cleans up.
      const ends = await Promise.allSettled(groups)
      const failed = latestRetry(ends.flatMap((end) => (end.status === 'rejected' ? [toFailure(end.reason)] : [])))
      if (failed !== undefined) throw failed
      log.debug('TXT records added', { names: namesOf(wanted) })
      await waitForPropagation(wanted, { ...options, serversOf, lookupAt: (address) => lookupAt([address], SHORT) })
    },

    async cleanUp(records) {
      const until = clock.now().getTime() + CLEAN_UP_TIME
      const values = distinct(records)
      const left: { record: TxtRecord; failure: Failure }[] = []
      const remove = async (record: TxtRecord) => {
        try {
          if (clock.now().getTime() > until) throw new Failure('OUT_OF_TIME', 'no time was left to remove a TXT record')
          await again(() => named(providers, record.provider).provider.removeTxt(inZone(record)))
        } catch (error) {
          left.push({ record, failure: toFailure(error) })
        }
      }
      await Promise.all(
        byProvider(values).map(async (group) => {
          for (const record of group) await remove(record)
        }),
      )
      const failed = latestRetry(left.map(({ failure }) => failure))
      if (failed === undefined) return
      const names = namesOf(left.map(({ record }) => record))
      throw new Failure(
        failed.code,
        `${left.length} of ${values.length} TXT values are left, at ${names.join(', ')}: ${failed.message}`,
        { fields: { names }, cause: failed, retryAfter: failed.retryAfter },
      )
    },
  }
}

const distinct = (records: readonly TxtRecord[]): TxtRecord[] => [
  ...new Map(
    records.map((record) => [`${record.provider} ${record.zone} ${record.name} ${record.value}`, record]),
  ).values(),
]

const namesOf = (records: readonly TxtRecord[]) => [...new Set(records.map(({ name }) => name))]

/** One after the other within a provider: some vendors lose one of two changes that come at once. */
const byProvider = (records: readonly TxtRecord[]): TxtRecord[][] =>
  Object.values(Object.groupBy(records, ({ provider }) => provider)) as TxtRecord[][]
