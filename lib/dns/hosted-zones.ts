/** The zones that a provider holds, by the ids that its API wants. */
import { Failure, isFailure } from '../errors.ts'
import { lazyByKey } from '../platform/lazy-by-key.ts'
import type { ZoneLocation } from '../ports.ts'

/** Remembers what a zone is called there: it stays the same for a run. A zone that was not found is looked for again. */
export function zoneIds<Id>(find: (location: ZoneLocation) => Promise<Id>): (location: ZoneLocation) => Promise<Id> {
  const known = lazyByKey<Id>()
  return (location) => known(location.zone, () => find(location))
}

export const noZone = (vendor: string, { zone, provider }: ZoneLocation, cause?: unknown): Failure =>
  new Failure('DNS_NO_ZONE', `${vendor} shows no zone ${zone} to the credentials of the DNS provider ${provider}`, {
    fields: { zone, provider },
    cause,
  })

/** For a read at which nothing can be missing but the zone. */
export const asNoZone =
  (vendor: string, location: ZoneLocation) =>
  (error: unknown): never => {
    throw isFailure(error, 'NOT_FOUND') ? noZone(vendor, location, error) : error
  }
