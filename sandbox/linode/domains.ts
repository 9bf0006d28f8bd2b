import type { Route } from '../api.ts'
import type { NewRecord } from '../dns/zones.ts'
import { type HostedRecord, type HostedZone, type HostedZones, isRecordType } from '../hosted-zones.ts'
import { listing } from './listing.ts'
import { stamp } from './objects.ts'
import { accepted, complaint, notFound } from './refusals.ts'
import { createRecordSchema, updateRecordSchema } from './schemas.ts'

const DOMAINS = /^\/v4(?:beta)?\/domains$/
const DOMAIN = /^\/v4(?:beta)?\/domains\/(\d+)$/
const RECORDS = /^\/v4(?:beta)?\/domains\/(\d+)\/records$/
const RECORD = /^\/v4(?:beta)?\/domains\/(\d+)\/records\/(\d+)$/

export function domainRoutes(hosted: HostedZones): Route[] {
  const domainOf = (id: string | undefined): HostedZone => {
    const zone = hosted.zones.find((each) => each.id === id)
    if (zone === undefined) throw notFound()
    return zone
  }
  const recordsOf = (zone: HostedZone) => hosted.list(zone).filter((record) => !isBuiltIn(record))
  const recordOf = (params: readonly string[]) => {
    const zone = domainOf(params[0])
    const record = recordsOf(zone).find(({ hostedId }) => hostedId === params[1])
    if (record === undefined) throw notFound()
    return { zone, record }
  }
  return [
    {
      method: 'GET',
      path: DOMAINS,
      answer: (request) => listing(hosted.zones.map(shownDomain), request, ['domain', 'group', 'tags']),
    },
    { method: 'GET', path: DOMAIN, answer: ({ params }) => ({ status: 200, body: shownDomain(domainOf(params[0])) }) },
    {
      method: 'GET',
      path: RECORDS,
      answer: (request) =>
        listing(recordsOf(domainOf(request.params[0])).map(shownRecord), request, ['type', 'name', 'target', 'tag']),
    },
    {
      method: 'POST',
      path: RECORDS,
      answer({ params, body }) {
        const record = newRecord(body, domainOf(params[0]))
        return { status: 200, body: shownRecord(hosted.add(record)) }
      },
    },
    {
      method: 'GET',
      path: RECORD,
      answer: ({ params }) => ({ status: 200, body: shownRecord(recordOf(params).record) }),
    },
    {
      method: 'PUT',
      path: RECORD,
      answer({ params, body }) {
        const { zone, record } = recordOf(params)
        return { status: 200, body: shownRecord(hosted.replace(record, updated(record, body, zone))) }
      },
    },
    {
      method: 'DELETE',
      path: RECORD,
      answer({ params }) {
        hosted.remove(recordOf(params).record)
        return { status: 200, body: {} }
      },
    },
  ]
}

function newRecord(body: unknown, zone: HostedZone): NewRecord {
  const { type, name = '', target, ttl_sec = 0 } = accepted(body, createRecordSchema)
  if (!isRecordType(type)) throw complaint(400, { field: 'type', reason: 'This server does not have that type' })
  return { name: fullName(name, zone), type, data: targetOf(target), ttl: rounded(ttl_sec) }
}

function updated(record: HostedRecord, body: unknown, zone: HostedZone): NewRecord {
  const { name, target, ttl_sec } = accepted(body, updateRecordSchema)
  return {
    type: record.type,
    name: name === undefined ? record.name : fullName(name, zone),
    data: target === undefined ? record.data : targetOf(target),
    ttl: ttl_sec === undefined ? record.ttl : rounded(ttl_sec),
  }
}

/** The name servers are not records here: the vendor adds them to every zone. */
const isBuiltIn = ({ type, relative }: HostedRecord) =>
  (type === 'NS' && relative === '') || (type === 'A' && /^ns[12]$/.test(relative))

const fullName = (name: unknown, zone: HostedZone) =>
  name === '' || name === null ? zone.name : `${String(name)}.${zone.name}`

function targetOf(target: unknown): string {
  if (typeof target === 'string' && target !== '') return target
  throw complaint(400, { field: 'target', reason: 'target is required' })
}

const TTLS = [0, 30, 120, 300, 3600, 7200, 14400, 28800, 57600, 86400, 172800, 345600, 604800, 1209600, 2419200]

/** To the nearest allowed value; 0 is the domain's default. */
const rounded = (ttl: unknown): number =>
  ttl === 0
    ? 0
    : TTLS.slice(1).reduce((best, each) => (Math.abs(each - Number(ttl)) < Math.abs(best - Number(ttl)) ? each : best))

const shownRecord = ({ hostedId, type, relative, data, ttl, at }: HostedRecord) => ({
  id: Number(hostedId),
  type,
  name: relative,
  target: data,
  priority: 0,
  weight: 0,
  port: 0,
  service: null,
  protocol: null,
  ttl_sec: ttl,
  tag: null,
  created: stamp(at),
  updated: stamp(at),
})

const shownDomain = ({ id, name, createdAt }: HostedZone) => ({
  id: Number(id),
  type: 'master',
  domain: name,
  tags: [],
  group: '',
  status: 'active',
  errors: '',
  description: '',
  soa_email: `hostmaster@${name}`,
  retry_sec: 0,
  master_ips: [],
  axfr_ips: [],
  expire_sec: 0,
  refresh_sec: 0,
  ttl_sec: 0,
  created: stamp(createdAt),
  updated: stamp(createdAt),
})
