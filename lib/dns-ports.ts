/** The ports of DNS: who finds where the TXT values of challenges belong, and who writes them. */
import type { Expiring } from './ports.ts'

/** One TXT value of ours. `name` and `zone` are absolute, in lower case, without the final dot. */
export interface TxtRecord {
  readonly name: string
  readonly value: string
  readonly zone: string
  /** The provider's name in the configuration. */
  readonly provider: string
}

/** One that may have been there before: what an earlier run has waited counts. */
export type PresentedRecord = TxtRecord & { readonly since?: Date }

/** The same, as a provider writes it. */
export interface ZoneRecord extends TxtRecord {
  /** `name` without `zone`: `_acme-challenge.www`; empty for the zone itself. */
  readonly relativeName: string
}

/** Where a provider would write a value. */
export type ZoneLocation = Omit<ZoneRecord, 'value'>

/** Where the TXT values of a domain belong: at the end of its CNAMEs, in a zone of ours. */
export interface RecordLocation extends Omit<TxtRecord, 'value'> {
  /** As it was asked for, without a wildcard's `*.`. */
  readonly domain: string
}

/** How many values stand at once where records share a provider's room for them. */
export interface TxtCapacity {
  /** The same for all that share it. */
  readonly key: string
  readonly most: number
}

/** The CAA records that decide about a domain. */
export interface CaaRecords {
  /** The domain, or the nearest name above it that has any. */
  readonly name: string
  /** Where they stand: that name, or the end of its CNAMEs. */
  readonly owner: string
  /** As in a zone file: `0 issue "ca.example"`. */
  readonly records: readonly string[]
}

/**
 * - `locate` changes nothing: it follows CNAMEs and finds the zone and the provider of each name; a wildcard has the place
 *   of its domain. `label` stands before each, `_acme-challenge` if absent. It rejects with DNS_* when a name has none.
 * - `check` changes nothing: it opens the provider of a location, and rejects unless that holds the zone. Each zone is asked
 *   for once; what only a person can mend is not asked again either.
 * - `caa` changes nothing: it asks resolvers, for each name once, which CAA records decide about a domain; undefined: none do. It
 *   rejects with DNS_LOOKUP_FAILED when nobody can tell.
 * - `persistentRecords` changes nothing: the TXT values at `_validation-persist.<domain>`, or where CNAMEs lead from there, as a server
 *   of their zone shows them. It rejects with DNS_* when nobody can tell.
 * - `present` MUST add all records before it waits, and resolves when every authoritative server shows every value.
 *   `waiting` is told after each look that found servers without one, which these are.
 * - `cleanUp` MUST try every record even when one fails, and rejects if any is left.
 * - `capacity` changes nothing: for how many values there is room where this record belongs; undefined: for any number.
 * - `assigned` asks nobody: the record under the provider that holds its zone now, which is its own as long as that is
 *   configured; undefined when there is none any more.
 */
export interface ChallengeSolver {
  assigned(record: TxtRecord): Promise<TxtRecord | undefined>
  locate(names: readonly string[], label?: string): Promise<RecordLocation[]>
  check(location: RecordLocation): Promise<void>
  capacity(record: TxtRecord): Promise<TxtCapacity | undefined>
  caa(domain: string): Promise<CaaRecords | undefined>
  persistentRecords(domain: string): Promise<readonly string[]>
  /** `unwritten` is told, before it rejects, which values are certainly not there. */
  present(
    records: readonly PresentedRecord[],
    waiting?: (servers: readonly string[]) => void,
    unwritten?: (records: readonly TxtRecord[]) => void,
  ): Promise<void>
  cleanUp(records: readonly TxtRecord[]): Promise<void>
}

/**
 * - `addTxt` MUST keep other values at that name, and succeed when this value is there already.
 * - `removeTxt` MUST remove only this value, and succeed when it is gone.
 * - `check` changes nothing: a read, with the rights that writing needs as far as a read can tell. It rejects unless the provider
 *   takes the token, and holds the zone. Absent: nothing can be asked without a change.
 * - `capacity` asks nobody. Absent: any number of values stands at a name.
 * - `expiresAt` as at `Expiring`.
 */
export interface DnsProvider extends Expiring {
  check?(location: ZoneLocation): Promise<void>
  capacity?(location: ZoneLocation): Promise<TxtCapacity | undefined>
  addTxt(record: ZoneRecord): Promise<void>
  removeTxt(record: ZoneRecord): Promise<void>
}
