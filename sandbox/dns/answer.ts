import type { Answer, Question } from 'dns-packet'
import { canonical, type DnsRecord, isWithin, type Zone, type Zones } from './zones.ts'

/** RFC 1035 §4.1.1. */
export const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const
export type Rcode = keyof typeof RCODES

export interface Reply {
  readonly rcode: Rcode
  readonly authoritative: boolean
  readonly answers: Answer[]
  readonly authorities: Answer[]
}

/** How much of a zone the server knows. */
export type View = (zone: Zone) => DnsRecord[]

const MAX_CNAMES = 8
const NOT_ANSWERED = new Set(['ANY', 'AXFR', 'IXFR'])

export const refusal = (rcode: Rcode): Reply => ({ rcode, authoritative: false, answers: [], authorities: [] })

/** What an authoritative server says (RFC 1034 §4.3.2). CNAMEs are followed as far as its own zones go. */
export function answer(question: Question, zones: Zones, view: View): Reply {
  if ((question.class ?? 'IN') !== 'IN' || NOT_ANSWERED.has(question.type)) return refusal('REFUSED')
  const answers: Answer[] = []
  let owner = question.name
  for (let hops = 0; hops <= MAX_CNAMES; hops++) {
    const zone = zones.zoneOf(owner)
    // Left our zones: the asker goes on from the last CNAME.
    if (zone === undefined)
      return answers.length === 0 && !isClimb(question, zones) ? refusal('REFUSED') : found(answers)
    const records = view(zone)
    const name = canonical(owner)
    const here = standingAt(name, zone, records)
    const fitting = here.filter(({ type }) => type === question.type)
    if (fitting.length > 0) return found([...answers, ...fitting.map((record) => onWire(record, owner))])
    const alias = here.find(({ type }) => type === 'CNAME')
    if (alias === undefined) return absent(zone, here.length > 0, records, name, answers)
    answers.push(onWire(alias, owner))
    owner = alias.data
  }
  return found(answers)
}

/** Whoever looks for CAA records asks above the zones as well (RFC 8659 §3): nothing stands there. */
const isClimb = ({ name, type }: Question, { zones }: Zones): boolean =>
  type === 'CAA' && [...zones.keys()].some((zone) => isWithin(zone, canonical(name)))

/** The records of a name; where nothing is at it nor below it, those of the wildcard next above it (RFC 4592 §3.3.1). */
function standingAt(name: string, zone: Zone, records: readonly DnsRecord[]): readonly DnsRecord[] {
  const exists = (asked: string) => records.some((record) => isWithin(record.name, asked))
  let above = name
  while (!exists(above) && above !== zone.name) above = above.slice(above.indexOf('.') + 1)
  const owner = above === name ? name : `*.${above}`
  return records.filter((record) => record.name === owner)
}

const found = (answers: Answer[]): Reply => ({ rcode: 'NOERROR', authoritative: true, answers, authorities: [] })

/** NODATA, or NXDOMAIN when nothing is at the name nor under it; the SOA tells how long to remember that (RFC 2308 §3). */
function absent(zone: Zone, hasOthers: boolean, records: readonly DnsRecord[], name: string, answers: Answer[]): Reply {
  const exists = hasOthers || records.some((record) => isWithin(record.name, name))
  const authorities = records.filter(({ type }) => type === 'SOA').map((record) => onWire(record, zone.name))
  return { rcode: exists ? 'NOERROR' : 'NXDOMAIN', authoritative: true, answers, authorities }
}

/** The owner is written as it was asked for, so that mixed case comes back. */
function onWire({ type, ttl, data }: DnsRecord, name: string): Answer {
  switch (type) {
    case 'TXT':
      return { name, ttl, type, data: strings(data) }
    case 'CAA': {
      const [flags = '0', tag = 'issue', value = ''] = data.split(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/)
      return {
        name,
        ttl,
        type,
        data: { flags: Number(flags), tag: tag as 'issue', value: value.replace(/^"|"$/g, '') },
      }
    }
    case 'SOA': {
      const [mname = '', rname = '', ...numbers] = data.split(' ')
      const [serial, refresh, retry, expire, minimum] = numbers.map(Number)
      return { name, ttl, type, data: { mname, rname, serial, refresh, retry, expire, minimum } }
    }
    default:
      return { name, ttl, type, data }
  }
}

/** A TXT value is any number of strings of at most 255 octets (RFC 1035 §3.3.14). */
function strings(value: string): Buffer[] {
  const octets = Buffer.from(value, 'utf8')
  const count = Math.max(1, Math.ceil(octets.length / 255))
  return Array.from({ length: count }, (_, index) => octets.subarray(index * 255, (index + 1) * 255))
}
