import { Failure, isFailure } from '../errors.ts'
import type { DnsProvider, TxtRecord } from '../ports.ts'
import { canonical, isWithin } from './names.ts'

export interface ConfiguredProvider {
  readonly provider: DnsProvider
  /** Absent: it is asked for any zone that no other lists. */
  readonly zones?: readonly string[]
  /** The zones are served by other providers as well, which say the same: a value is written at each. */
  readonly together?: boolean
}

export type Providers = Readonly<Record<string, ConfiguredProvider>>

/** All zones that are listed. */
export const zonesOf = (providers: Providers): ReadonlySet<string> =>
  new Set(Object.values(providers).flatMap(({ zones = [] }) => zones.map(canonical)))

/**
 * The names of the providers for a record: one, or those that serve its zone together. The longest zone that they are configured
 * with wins, then one that takes any.
 */
export function chooseProviders(name: string, zone: string, providers: Providers): readonly [string, ...string[]] {
  const fits = Object.entries(providers)
    .map(([provider, { zones }]) => ({ provider, length: lengthOfMatch(name, zone, zones) }))
    .filter(({ length }) => length >= 0)
    .sort((a, b) => b.length - a.length)
  const [best, second] = fits
  if (best === undefined) throw none(name, zone, providers)
  if (best.length !== second?.length) return [best.provider]
  const equal = fits.filter(({ length }) => length === best.length).map(({ provider }) => provider)
  const others = equal.filter((provider) => provider !== best.provider)
  if (best.length > 0 && equal.every((provider) => providers[provider]?.together)) return [best.provider, ...others]
  throw new Failure(
    'DNS_NO_PROVIDER',
    `${name} lies in the zone ${zone}, which fits the DNS providers ${equal.join(' and ')} alike: list it under the zones of one, or write together: true at each if they all serve it`,
    { fields: { name, zone, providers: equal } },
  )
}

/** A record that was added by a provider: under that one while it is configured, or who would be asked now; undefined: nobody. */
export function assigned(record: TxtRecord, providers: Providers): TxtRecord | undefined {
  if (Object.hasOwn(providers, record.provider)) return record
  try {
    return { ...record, provider: chooseProviders(record.name, record.zone, providers)[0] }
  } catch (error) {
    if (isFailure(error, 'DNS_NO_PROVIDER')) return undefined
    throw error
  }
}

/** How long the fitting zone is; 0: any fits; -1: none does. A listed zone above the one found is cut off from the name. */
function lengthOfMatch(name: string, zone: string, zones: readonly string[] | undefined): number {
  if (zones === undefined) return zone.includes('.') ? 0 : -1 // the zone of a top-level domain is nobody's
  return Math.max(
    -1,
    ...zones
      .map(canonical)
      .filter((listed) => isWithin(name, listed) && isWithin(listed, zone))
      .map(({ length }) => length),
  )
}

function none(name: string, zone: string, providers: Providers): Failure {
  const above = Object.entries(providers).flatMap(([provider, { zones = [] }]) =>
    zones.filter((listed) => isWithin(zone, canonical(listed))).map((listed) => ({ provider, listed })),
  )[0]
  return new Failure('DNS_NO_PROVIDER', `${name} lies in the zone ${zone}, ${wayOut(zone, above)}`, {
    fields: { name, zone },
  })
}

/** A zone that nobody but this network knows cannot be had at any provider: what the world sees is asked for elsewhere. */
const ELSEWHERE =
  'or, if the world does not know that zone and only the DNS of this network does, set `dns.resolvers` to resolvers outside of it'

function wayOut(zone: string, above: { readonly provider: string; readonly listed: string } | undefined): string {
  if (!zone.includes('.'))
    return 'and in no zone below it: see whether the domain is written rightly and registered, or set `dns.resolvers` to resolvers that know it'
  return above === undefined
    ? `for which no DNS provider is configured: add it to the zones of one, ${ELSEWHERE}`
    : `a delegated zone below ${above.listed} of the DNS provider ${above.provider}: add it to the zones of the provider that holds it, ${ELSEWHERE}`
}
