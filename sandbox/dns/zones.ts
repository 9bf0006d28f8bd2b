export const RECORD_TYPES = ['SOA', 'NS', 'A', 'AAAA', 'TXT', 'CNAME', 'CAA'] as const
export type RecordType = (typeof RECORD_TYPES)[number]

export interface DnsRecord {
  readonly id: string
  /** Absolute, in lower case, without the final dot. */
  readonly name: string
  readonly type: RecordType
  readonly ttl: number
  /** As in a zone file, but a TXT value is one unquoted string of any length: `0 issue "ca.test"`, `ns1.example.test`. */
  readonly data: string
}

export type NewRecord = Pick<DnsRecord, 'name' | 'type' | 'data'> & { readonly ttl?: number }

/** A record with the times between which it is there; removed ones stay a while, for servers that lag. */
interface Entry {
  readonly record: DnsRecord
  readonly added: number
  removed: number
}

export interface Zone {
  readonly name: string
  serial: number
  entries: Entry[]
}

export interface Zones {
  /** By name. The vendor APIs read it; they write through the methods. */
  readonly zones: ReadonlyMap<string, Zone>
  /** A zone with its SOA, two NS records and their addresses on this machine. The same name again is the same zone. */
  addZone(name: string): Zone
  removeZone(name: string): void
  /** The zone that is authoritative for the name: the longest one. */
  zoneOf(name: string): Zone | undefined
  /** The same name, type and data again is the record that is there. Throws when no zone holds the name, or a CNAME would stand beside others. */
  addRecord(record: NewRecord): DnsRecord
  /** By id, or every record that fits. Resolves to how many are gone. */
  removeRecord(which: string | (Pick<DnsRecord, 'name' | 'type'> & { readonly data?: string })): number
  /** What stands in a zone now, SOA included. */
  list(zone: string): DnsRecord[]
  /** What a server that is `lagMs` behind knows of a zone. */
  listAsOf(zone: Zone, lagMs: number): DnsRecord[]
  /** What a server knows that has not heard of the newest change to this name. */
  listBeforeLastChange(zone: Zone, name: string): DnsRecord[]
}

const KEEP_REMOVED = 3_600_000

export const canonical = (name: string): string => name.toLowerCase().replace(/\.$/, '')

export const isWithin = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`)

export function createZones(clock: { now(): Date } = { now: () => new Date() }): Zones {
  const zones = new Map<string, Zone>()
  let lastId = 0
  let lastChange = 0

  /** Strictly rising, so that each change has a moment of its own. */
  const moment = () => {
    lastChange = Math.max(clock.now().getTime(), lastChange + 0.001)
    return lastChange
  }

  const zoneOf = (name: string) => longestAbove(canonical(name), [...zones.values()])

  function addRecord({ name: anyCase, type, data, ttl = 60 }: NewRecord): DnsRecord {
    const name = canonical(anyCase)
    const zone = zoneOf(name)
    if (zone === undefined) throw new Error(`no zone of this server holds ${name}`)
    const beside = now(zone).filter((record) => record.name === name)
    const same = beside.find((record) => record.type === type && record.data === data)
    if (same) return same
    checkAlone(name, type, beside)
    const record: DnsRecord = { id: String(++lastId), name, type, ttl, data }
    zone.entries.push({ record, added: moment(), removed: Number.POSITIVE_INFINITY })
    changed(zone, lastChange)
    return record
  }

  return {
    zones,
    zoneOf,
    addRecord,
    addZone(anyCase) {
      const name = canonical(anyCase)
      const known = zones.get(name)
      if (known) return known
      const zone: Zone = { name, serial: 1, entries: [] }
      zones.set(name, zone)
      for (const record of nameServersOf(name)) addRecord(record)
      return zone
    },
    removeZone(name) {
      zones.delete(canonical(name))
    },
    removeRecord(which) {
      const gone = [...zones.values()].map((zone) => {
        const fitting = zone.entries.filter((entry) => entry.removed === Number.POSITIVE_INFINITY && fits(entry, which))
        for (const entry of fitting) entry.removed = moment()
        if (fitting.length > 0) changed(zone, lastChange)
        return fitting.length
      })
      return gone.reduce((sum, each) => sum + each, 0)
    },
    list(name) {
      const zone = zones.get(canonical(name))
      return zone === undefined ? [] : whole(zone, now(zone))
    },
    listAsOf: (zone, lagMs) => whole(zone, lagMs > 0 ? at(zone, clock.now().getTime() - lagMs) : now(zone)),
    listBeforeLastChange: (zone, name) => whole(zone, beforeLastChange(zone, name)),
  }
}

const nameServersOf = (name: string): NewRecord[] =>
  [`ns1.${name}`, `ns2.${name}`].flatMap((host): NewRecord[] => [
    { name, type: 'NS', data: host },
    { name: host, type: 'A', data: '127.0.0.1' },
  ])

const at = (zone: Zone, time: number): DnsRecord[] =>
  zone.entries.filter(({ added, removed }) => added <= time && time < removed).map(({ record }) => record)

const now = (zone: Zone) => at(zone, Number.MAX_VALUE)

function beforeLastChange(zone: Zone, name: string): DnsRecord[] {
  const own = zone.entries.filter(({ record }) => record.name === name)
  const moments = own.flatMap(({ added, removed }) => [added, removed]).filter(Number.isFinite)
  return moments.length === 0 ? now(zone) : at(zone, Math.max(...moments) - 0.0005)
}

function changed(zone: Zone, time: number): void {
  zone.serial++
  zone.entries = zone.entries.filter(({ removed }) => removed > time - KEEP_REMOVED)
}

const longestAbove = (name: string, zones: readonly Zone[]): Zone | undefined =>
  zones.filter((zone) => isWithin(name, zone.name)).sort((a, b) => b.name.length - a.name.length)[0]

/** RFC 1034 §3.6.2: a CNAME stands alone. */
function checkAlone(name: string, type: RecordType, beside: readonly DnsRecord[]): void {
  if (type === 'CNAME' ? beside.length > 0 : beside.some((record) => record.type === 'CNAME')) {
    throw new Error(`${name}: a CNAME cannot stand beside other records`)
  }
}

function fits({ record }: Entry, which: Parameters<Zones['removeRecord']>[0]): boolean {
  if (typeof which === 'string') return record.id === which
  if (record.name !== canonical(which.name) || record.type !== which.type) return false
  return which.data === undefined || record.data === which.data
}

const whole = (zone: Zone, records: readonly DnsRecord[]): DnsRecord[] => [startOfAuthority(zone), ...records]

const startOfAuthority = ({ name, serial }: Zone): DnsRecord => ({
  id: `soa-${name}`,
  name,
  type: 'SOA',
  ttl: 60,
  data: `ns1.${name} hostmaster.${name} ${serial} 3600 600 86400 60`,
})
