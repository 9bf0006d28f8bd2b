/** For providers at which each value is a record of its own, with an id. */
import { isFailure } from '../errors.ts'
import type { DnsProvider, ZoneLocation, ZoneRecord } from '../ports.ts'

export interface HeldRecord<Id> {
  readonly id: Id
  readonly value: string
}

export interface Records<Id> {
  /** A read. Rejects with DNS_NO_ZONE unless the provider holds the zone; `list` is used if absent. */
  check?(location: ZoneLocation): Promise<unknown>
  /** The TXT records at this very name. Rejects with DNS_NO_ZONE unless the provider holds the zone. */
  list(location: ZoneLocation): Promise<readonly HeldRecord<Id>[]>
  add(record: ZoneRecord): Promise<unknown>
  /** May reject with NOT_FOUND when it is gone. */
  remove(record: ZoneRecord, id: Id): Promise<unknown>
}

export function recordsProvider<Id>({ check, list, add, remove }: Records<Id>): DnsProvider {
  /** Every one of them: a lost answer may have left the value there twice. */
  const idsOf = async (record: ZoneRecord) =>
    (await list(record)).filter(({ value }) => value === record.value).map(({ id }) => id)
  const isThere = async (record: ZoneRecord) => (await idsOf(record)).length > 0
  return {
    async check(location) {
      await (check ?? list)(location)
    },
    async addTxt(record) {
      if (await isThere(record)) return
      try {
        await add(record)
      } catch (error) {
        // Somebody may have added the same a moment ago, which some vendors refuse to hold twice.
        if (!isFailure(error, 'CONFLICT', 'REJECTED') || !(await isThere(record))) throw error
      }
    },
    async removeTxt(record) {
      for (const id of await idsOf(record)) {
        try {
          await remove(record, id)
        } catch (error) {
          if (!isFailure(error, 'NOT_FOUND')) throw error // it was there a moment ago: gone is what we want
        }
      }
    },
  }
}
