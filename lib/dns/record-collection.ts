/** For providers whose API has a collection of the records of each zone: what is sent to its path adds one, and one goes by its id below it. */
import { anyAnswer, type Rest } from '../platform/rest.ts'
import type { DnsProvider, ZoneLocation, ZoneRecord } from '../ports.ts'
import { zoneIds } from './hosted-zones.ts'
import { type HeldRecord, recordsProvider } from './records.ts'

export interface RecordCollection<Id extends string | number> {
  /** The path of the zone's collection, which is looked for once. Rejects with DNS_NO_ZONE unless the provider holds the zone. */
  find(location: ZoneLocation, rest: Rest): Promise<string>
  /** The TXT records at this very name, of the collection at this path. */
  list(path: string, location: ZoneLocation, rest: Rest): Promise<readonly HeldRecord<Id>[]>
  /** With what it is added. */
  bodyOf(record: ZoneRecord): object
}

export function recordCollection<Id extends string | number>(
  { find, list, bodyOf }: RecordCollection<Id>,
  rest: Rest,
): DnsProvider {
  const pathOf = zoneIds((location) => find(location, rest))
  return recordsProvider({
    check: pathOf,
    list: async (location) => list(await pathOf(location), location, rest),
    async add(record) {
      await rest.call({ method: 'POST', path: await pathOf(record), body: bodyOf(record), answer: anyAnswer })
    },
    async remove(record, id: Id) {
      await rest.call({ method: 'DELETE', path: `${await pathOf(record)}/${id}`, answer: anyAnswer })
    },
  })
}
