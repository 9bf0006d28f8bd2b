import { canonical, type DnsRecord, type NewRecord, type RecordType, type Zones } from './dns/zones.ts'

/** What a vendor remembers of the zones it hosts: plain JSON. */
export interface HostedState {
  zones: HostedZone[]
  /** Ids of records by what they say. */
  ids: Record<string, { readonly id: string; readonly at: string }>
}

export interface HostedZone {
  readonly name: string
  readonly id: string
  readonly createdAt: string
  /** As they were at the last change. */
  records: NewRecord[]
}

/** A record with the id and the time that the vendor gives it. */
export interface HostedRecord extends DnsRecord {
  readonly hostedId: string
  readonly at: string
  /** To the zone; the apex is the empty string. */
  readonly relative: string
}

/** The zones of one vendor. The zone table of the DNS server is the only truth: what others change there is seen here. */
export interface HostedZones {
  readonly zones: readonly HostedZone[]
  /** Makes the vendor host a zone; the same name again is the same zone. */
  host(name: string): HostedZone
  /** The zone of this name, or the longest one above it. */
  zoneAbove(name: string): HostedZone | undefined
  list(zone: HostedZone): HostedRecord[]
  add(record: NewRecord): HostedRecord
  /** The same id from now on stands for another record. */
  replace(old: HostedRecord, record: NewRecord): HostedRecord
  remove(record: HostedRecord): void
}

export const emptyHosted = (): HostedState => ({ zones: [], ids: {} })

const keyOf = ({ name, type, data }: Pick<DnsRecord, 'name' | 'type' | 'data'>) => `${canonical(name)} ${type} ${data}`

export interface HostedOptions {
  readonly table: Zones
  readonly state: HostedState
  newId(): string
  save(): void
}

export function createHostedZones({ table, state, newId, save }: HostedOptions): HostedZones {
  restore(table, state)
  const zoneAbove = (name: string) => longestAbove(canonical(name), state.zones)
  const standing = (zone: HostedZone) => table.list(zone.name).filter(({ type }) => type !== 'SOA')

  function hosted(record: DnsRecord): HostedRecord {
    const key = keyOf(record)
    state.ids[key] ??= { id: newId(), at: new Date().toISOString() }
    const { id: hostedId, at } = state.ids[key]
    return { ...record, hostedId, at, relative: relativeTo(zoneAbove(record.name)?.name ?? '', record.name) }
  }

  function changed() {
    for (const zone of state.zones) {
      zone.records = standing(zone)
        .map(hosted)
        .map(({ name, type, data, ttl }) => ({ name, type, data, ttl }))
    }
    const living = new Set(state.zones.flatMap((zone) => zone.records.map(keyOf)))
    for (const key of Object.keys(state.ids)) if (!living.has(key)) delete state.ids[key]
    save()
  }

  const unlist = ({ name, type, data }: DnsRecord) => table.removeRecord({ name, type, data })

  return {
    zones: state.zones,
    zoneAbove,
    host(anyCase) {
      const name = canonical(anyCase)
      const known = state.zones.find((zone) => zone.name === name)
      if (known) return known
      table.addZone(name)
      const zone: HostedZone = { name, id: newId(), createdAt: new Date().toISOString(), records: [] }
      state.zones.push(zone)
      changed()
      return zone
    },
    list: (zone) => standing(zone).map(hosted),
    add(record) {
      const added = hosted(table.addRecord(record))
      changed()
      return added
    },
    replace(old, record) {
      unlist(old)
      state.ids[keyOf(record)] = { id: old.hostedId, at: new Date().toISOString() }
      const added = hosted(table.addRecord(record))
      changed()
      return added
    },
    remove(record) {
      unlist(record)
      changed()
    },
  }
}

/** As they were when the vendor was last at work. */
function restore(table: Zones, { zones }: HostedState): void {
  for (const { name, records } of zones) {
    table.addZone(name)
    for (const record of records) table.addRecord(record)
  }
}

const longestAbove = (name: string, zones: readonly HostedZone[]): HostedZone | undefined =>
  zones
    .filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`))
    .sort((a, b) => b.name.length - a.name.length)[0]

const relativeTo = (zone: string, name: string) => (name === zone ? '' : name.slice(0, -zone.length - 1))

export const isRecordType = (type: unknown): type is RecordType =>
  typeof type === 'string' && ['NS', 'A', 'AAAA', 'TXT', 'CNAME', 'CAA'].includes(type)
