/** An UPDATE on the wire (RFC 2136 §2), and as much of an answer as is read (RFC 1035 §4.1). */
import { Failure } from '../../../errors.ts'

const SOA = 6
const TXT = 16
const IN = 1
const NONE = 254
const UPDATE = 5
const HEADER = 12

/** A TXT value that is added, or one that is deleted with exactly this value (RFC 2136 §2.5.1, §2.5.4). */
export interface TxtUpdate {
  readonly name: string
  readonly value: string
  readonly change: 'add' | 'delete'
  readonly ttl: number
}

const uint16 = (value: number) => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}
const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Uncompressed, in lower case, which is the form that is signed as well (RFC 8945 §4.3.3). */
export function nameBytes(name: string): Buffer {
  const labels = name
    .toLowerCase()
    .split('.')
    .filter((label) => label !== '')
  return Buffer.concat([...labels.map((label) => characterString(label, 63)), Buffer.of(0)])
}

function characterString(text: string, longest = 255): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length > longest) throw new Failure('REJECTED', `a part of ${text} is longer than DNS allows`)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

export interface ResourceRecord {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttl: number
  readonly data: Buffer
}

export const recordBytes = (record: ResourceRecord): Buffer =>
  Buffer.concat([
    nameBytes(record.name),
    uint16(record.type),
    uint16(record.class),
    uint32(record.ttl),
    uint16(record.data.length),
    record.data,
  ])

/** Without an update it changes nothing, and is answered as one that would. */
export function updateMessage(id: number, zone: string, updates: readonly TxtUpdate[]): Buffer {
  const header = Buffer.concat([id, UPDATE << 11, 1, 0, updates.length, 0].map(uint16))
  const zoneSection = Buffer.concat([nameBytes(zone), uint16(SOA), uint16(IN)])
  const changes = updates.map(({ name, value, change, ttl }) =>
    recordBytes({
      ...{ name, type: TXT, data: characterString(value) },
      ...(change === 'add' ? { class: IN, ttl } : { class: NONE, ttl: 0 }),
    }),
  )
  return Buffer.concat([header, zoneSection, ...changes])
}

export interface Answer {
  readonly id: number
  readonly rcode: number
  /** The record that ends the message, and where it begins; a signature always does. */
  readonly last: { readonly type: number; readonly start: number; readonly data: Buffer } | undefined
}

/** Rejects with ANSWER_INVALID what no DNS server says. */
export function readAnswer(message: Buffer): Answer {
  try {
    return parsed(message)
  } catch (cause) {
    throw new Failure('ANSWER_INVALID', 'a DNS server answered with what is no DNS message', { cause })
  }
}

function parsed(message: Buffer): Answer {
  const [id, flags, questions, ...counts] = [0, 2, 4, 6, 8, 10].map((at) => message.readUInt16BE(at)) as [
    number,
    number,
    number,
    ...number[],
  ]
  let at = HEADER
  for (let left = questions; left > 0; left--) at = afterName(message, at) + 4
  let last: Answer['last']
  for (let left = counts.reduce((sum, count) => sum + count, 0); left > 0; left--) {
    const start = at
    at = afterName(message, at)
    const type = message.readUInt16BE(at)
    const end = at + 10 + message.readUInt16BE(at + 8)
    if (end > message.length) throw new RangeError('a record ends behind the message')
    last = { type, start, data: message.subarray(at + 10, end) }
    at = end
  }
  return { id, rcode: flags & 0xf, last }
}

/** Where a name ends that may be compressed. */
function afterName(message: Buffer, start: number): number {
  for (let at = start; ; ) {
    const length = message.readUInt8(at)
    if (length >= 0xc0) return at + 2
    if (length === 0) return at + 1
    at += 1 + length
  }
}
