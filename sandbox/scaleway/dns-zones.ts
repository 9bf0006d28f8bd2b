import type { ApiRequest, Route } from '../api.ts'
import type { NewRecord } from '../dns/zones.ts'
import { type HostedRecord, type HostedZone, type HostedZones, isRecordType } from '../hosted-zones.ts'
import { fieldsOf, invalidArgument, missing, page, textField } from './refusals.ts'

const ZONES = /^\/domain\/v2beta1\/dns-zones$/
const RECORDS = /^\/domain\/v2beta1\/dns-zones\/([^/]+)\/records$/
const MIN_TTL = 60

export function dnsZoneRoutes(hosted: HostedZones, project: string): Route[] {
  /** Longer names are led to the zone above them. */
  const zoneOf = (name = '') => {
    const zone = hosted.zoneAbove(name)
    if (zone === undefined) throw missing('dns_zone', name)
    return zone
  }
  return [
    {
      method: 'GET',
      path: ZONES,
      answer({ query }) {
        const asked = [...query.getAll('dns_zones'), ...query.getAll('dns_zone'), ...query.getAll('domain')]
        const wanted = asked.filter((name) => name !== '')
        const all = hosted.zones.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
        const dns_zones = page(all, query).map((zone) => shownZone(zone, hosted, project))
        return { status: 200, body: { dns_zones, total_count: all.length } }
      },
    },
    {
      method: 'GET',
      path: RECORDS,
      answer({ params, query }) {
        const all = hosted.list(zoneOf(params[0])).filter((record) => isAskedFor(record, query))
        return { status: 200, body: { records: page(all, query).map(shown), total_count: all.length } }
      },
    },
    { method: 'PATCH', path: RECORDS, answer: (request) => changeRecords(hosted, request, zoneOf) },
  ]
}

function changeRecords(hosted: HostedZones, { params, body }: ApiRequest, zoneOf: (name?: string) => HostedZone) {
  const { changes, disallow_new_zone_creation: disallow, return_all_records: all } = fieldsOf(body)
  if (!Array.isArray(changes)) throw invalidArgument('changes', 'required', 'changes is required')
  const name = params[0] ?? ''
  const above = zoneOf(name)
  // The trap: without `disallow_new_zone_creation`, a name below a zone becomes a zone of its own.
  const zone = disallow === true || above.name === name ? above : hosted.host(name)
  const read = changes.map((change) => readChange(change, zone))
  const written = read.flatMap((change) => change(hosted))
  const records = all === true ? hosted.list(zone) : written
  return { status: 200, body: { records: records.map(shown) } }
}

/** Writes, and gives back the records that it made. */
type Change = (hosted: HostedZones) => HostedRecord[]

/** Everything is read before anything is written: a change that is refused leaves nothing behind. */
function readChange(change: unknown, zone: HostedZone): Change {
  const [kind, ...more] = Object.keys(fieldsOf(change))
  const content = fieldsOf(fieldsOf(change)[kind ?? ''] ?? undefined)
  if (kind === undefined || more.length > 0) throw invalidArgument('changes', 'constraint', 'one change at a time')
  switch (kind) {
    case 'add': {
      const records = recordsIn(content, zone)
      return (hosted) => records.map((record) => hosted.add(record))
    }
    case 'set': {
      const records = recordsIn(content, zone)
      const which = selection(content, zone)
      return (hosted) => replaced(hosted, hosted.list(zone).filter(which), records)
    }
    case 'delete': {
      const which = selection(content, zone)
      return (hosted) => removed(hosted, zone, which)
    }
    case 'clear':
      return (hosted) => removed(hosted, zone, ({ type, relative }) => !(type === 'NS' && relative === ''))
    default:
      throw invalidArgument('changes', 'constraint', 'expected add, set, delete or clear')
  }
}

/** As many of the old ones as there are new ones stay, with their ids. */
function replaced(hosted: HostedZones, old: readonly HostedRecord[], records: readonly NewRecord[]): HostedRecord[] {
  for (const record of old.slice(records.length)) hosted.remove(record)
  return records.map((record, index) => {
    const before = old[index]
    return before ? hosted.replace(before, record) : hosted.add(record)
  })
}

function removed(hosted: HostedZones, zone: HostedZone, which: (record: HostedRecord) => boolean): HostedRecord[] {
  for (const record of hosted.list(zone).filter(which)) hosted.remove(record)
  return []
}

function recordsIn({ records }: Record<string, unknown>, zone: HostedZone): NewRecord[] {
  if (!Array.isArray(records)) throw invalidArgument('records', 'required', 'records is required')
  return records.map((record): NewRecord => {
    const { type, ttl = 3600 } = fieldsOf(record)
    if (!isRecordType(type)) throw invalidArgument('type', 'constraint', 'a record type that this server does not have')
    if (typeof ttl !== 'number' || ttl < MIN_TTL) {
      throw invalidArgument('ttl', 'constraint', `ttl must be at least ${MIN_TTL}`)
    }
    return { name: absolute(fieldsOf(record).name, zone), type, ttl, data: stored(type, textField(record, 'data')) }
  })
}

/** `id`, or `id_fields`: every record of that name and type, only that value when there is `data`. */
function selection({ id, id_fields }: Record<string, unknown>, zone: HostedZone): (record: HostedRecord) => boolean {
  if (typeof id === 'string' && id !== '') return (record) => record.hostedId === id
  if (id_fields === undefined || id_fields === null)
    throw invalidArgument('id', 'required', 'id or id_fields is required')
  const { type, data, ttl, name } = fieldsOf(id_fields)
  if (!isRecordType(type)) throw invalidArgument('id_fields', 'constraint', 'type must be a record type')
  const value = typeof data === 'string' && data !== '' ? stored(type, data) : undefined
  const full = absolute(name, zone)
  return (record) =>
    record.name === full &&
    record.type === type &&
    (value === undefined || record.data === value) &&
    (typeof ttl !== 'number' || record.ttl === ttl)
}

/** With a final dot a name is absolute; without one it is relative, even if it ends in the zone's name. */
function absolute(name: unknown, zone: HostedZone): string {
  if (typeof name !== 'string') throw invalidArgument('name', 'required', 'name is required')
  if (!name.endsWith('.')) return name === '' ? zone.name : `${name}.${zone.name}`.toLowerCase()
  const full = name.slice(0, -1).toLowerCase()
  if (full === zone.name || full.endsWith(`.${zone.name}`)) return full
  throw invalidArgument('name', 'constraint', 'the name is not in this zone')
}

const HOST = ['NS', 'CNAME']

/** Text may come with or without its quotes; hosts with or without a final dot. */
function stored(type: string, data: string): string {
  if (HOST.includes(type)) return data.replace(/\.$/, '').toLowerCase()
  if (type !== 'TXT' || !/^".*"$/s.test(data)) return data
  return data.slice(1, -1).replace(/"\s+"/g, '').replace(/\\(.)/g, '$1')
}

function isAskedFor(record: HostedRecord, query: URLSearchParams): boolean {
  const [id, name, type] = [query.get('id'), query.get('name'), query.get('type')]
  return (
    (!id || record.hostedId === id) &&
    (!name || record.relative === name) &&
    (!type || type === 'unknown' || record.type === type)
  )
}

const quoted = (text: string) => `"${text.replace(/(["\\])/g, '\\$1')}"`

const shown = ({ hostedId, relative, type, ttl, data, at }: HostedRecord) => ({
  comment: null,
  data: type === 'TXT' ? quoted(data) : HOST.includes(type) ? `${data}.` : data,
  id: hostedId,
  name: relative,
  priority: 0,
  ttl,
  type,
  updated_at: at.replace(/\.\d+Z$/, 'Z'),
})

function shownZone({ name, createdAt }: HostedZone, hosted: HostedZones, project: string) {
  const above = hosted.zones.find((zone) => name.endsWith(`.${zone.name}`))
  const servers = [`ns1.${name}`, `ns2.${name}`]
  return {
    domain: above?.name ?? name,
    linked_products: [],
    message: null,
    ns: servers,
    ns_default: servers,
    ns_master: [],
    project_id: project,
    status: 'active',
    subdomain: above === undefined ? '' : name.slice(0, -above.name.length - 1),
    updated_at: createdAt.replace(/\.\d+Z$/, 'Z'),
  }
}
