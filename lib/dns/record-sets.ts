/** For providers at which all values of a name are written at once. */
import { Failure, isFailure } from '../errors.ts'
import { oneByOne } from '../platform/turns.ts'
import type { DnsProvider, ZoneLocation } from '../ports.ts'

export interface HeldSet<Version> {
  readonly values: readonly string[]
  /** What a write names, so that it is refused when somebody else was faster: an ETag, the set as it was read. */
  readonly version: Version
}

export interface RecordSets<Version> {
  /** A read. Rejects with DNS_NO_ZONE unless the provider holds the zone; `read` is used if absent. */
  check?(location: ZoneLocation): Promise<unknown>
  /** All TXT values at this very name; none where there is no set. Rejects with DNS_NO_ZONE unless the provider holds the zone. */
  read(location: ZoneLocation): Promise<HeldSet<Version>>
  /**
   * Puts these values in the place of those that were read, all or nothing; no values: the set goes. Rejects with CONFLICT when
   * the set is not any more what was read, as far as the vendor can be told to look.
   */
  write(location: ZoneLocation, values: readonly string[], read: HeldSet<Version>): Promise<unknown>
}

type Changed = (values: readonly string[]) => readonly string[]

/** Others write there too, now and then; who loses ten times in a row has met a fault. */
const MOST_TRIES = 10

export function recordSetsProvider<Version>({ check, read, write }: RecordSets<Version>): DnsProvider {
  const turns = oneByOne()
  /** One after the other at a name: a run must not lose its own values where the vendor knows no condition. */
  const merge = (location: ZoneLocation, changed: Changed) => turns(location.name, () => mergeNow(location, changed))

  async function mergeNow(location: ZoneLocation, changed: Changed) {
    for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
      const held = await read(location)
      const values = changed(held.values)
      if (values.length === held.values.length) return
      try {
        await write(location, values, held)
        return
      } catch (error) {
        if (!isFailure(error, 'CONFLICT')) throw error // somebody was faster: the set is read again
      }
    }
    throw contested(location)
  }
  return {
    async check(location) {
      await (check ?? read)(location)
    },
    addTxt: (record) => merge(record, (values) => (values.includes(record.value) ? values : [...values, record.value])),
    removeTxt: (record) => merge(record, (values) => values.filter((value) => value !== record.value)),
  }
}

const contested = ({ name }: ZoneLocation) =>
  new Failure('CONFLICT', `the TXT values at ${name} are changed by others faster than they can be read`, {
    fields: { name },
  })
