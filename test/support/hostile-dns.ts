import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type Answer, decode, encode, type Question } from 'dns-packet'
import fc from 'fast-check'
import { type ByteChange, byteChanges, changedBytes } from './damage.ts'

const ZONE = 'shop.test'
const soa = { mname: `ns1.${ZONE}`, rname: `root.${ZONE}`, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }

/** Under the name that was asked for. */
const RECORDS = {
  txt: [{ type: 'TXT', data: 'value' }],
  pieces: [{ type: 'TXT', data: ['one', 'two', '\u001b[2J\r\n'] }],
  large: [{ type: 'TXT', data: Array.from({ length: 200 }, () => 'x'.repeat(255)) }],
  many: Array.from({ length: 300 }, (_, at) => ({ type: 'TXT' as const, data: `value ${at}` })),
  soa: [{ type: 'SOA', data: soa }],
  cname: [{ type: 'CNAME', data: `target.${ZONE}` }],
  strange: [{ type: 'CNAME', data: '\u001b[31m a/../b?c#d' }],
  ns: [{ type: 'NS', data: `ns1.${ZONE}` }],
  servers: Array.from({ length: 50 }, (_, at) => ({ type: 'NS' as const, data: `ns${at}\n.${ZONE}` })),
  a: [{ type: 'A', data: '127.0.0.1' }],
  aaaa: [{ type: 'AAAA', data: '::1' }],
  mixed: [
    { type: 'CNAME', data: `target.${ZONE}` },
    { type: 'SOA', data: soa },
    { type: 'TXT', data: 'value' },
    { type: 'NS', data: `ns1.${ZONE}` },
  ],
  nothing: [],
} as const satisfies Record<string, readonly { readonly type: string; readonly data: unknown }[]>

const TCP = ['same', 'too short', 'too long', 'nothing', 'garbage', 'twice'] as const

/** What an honest server would say. */
const fitting = ({ name, type }: Question) =>
  ({
    TXT: RECORDS.txt,
    SOA: name.startsWith('_') ? [] : RECORDS.soa,
    NS: [{ type: 'NS', data: `ns1.${name}` }],
    A: RECORDS.a,
  })[String(type)] ?? []

/** How one question is answered. */
export interface Recipe {
  readonly records: keyof typeof RECORDS | 'fitting'
  /** The records stand under a name of their own instead of the one that was asked for. */
  readonly elsewhere: boolean
  readonly rcode: number
  readonly truncated: boolean
  readonly authoritative: boolean
  readonly wrongId: boolean
  readonly isQuery: boolean
  /** The number of answers that the header tells. */
  readonly count: number | undefined
  /** A name that points to itself (RFC 1035 §4.1.4). */
  readonly loop: boolean
  readonly changes: readonly ByteChange[]
  readonly tcp: (typeof TCP)[number]
}

/** An honest one. */
export const sound: Recipe = {
  records: 'fitting',
  elsewhere: false,
  rcode: 0,
  truncated: false,
  authoritative: true,
  wrongId: false,
  isQuery: false,
  count: undefined,
  loop: false,
  changes: [],
  tcp: 'same',
}

const rarely = fc.nat(24).map((draw) => draw === 13) // fast-check prefers the ends

export const recipe: fc.Arbitrary<Recipe> = fc.record({
  records: fc.oneof(
    fc.constant('fitting' as const),
    fc.constantFrom(...(Object.keys(RECORDS) as (keyof typeof RECORDS)[])),
  ),
  elsewhere: rarely,
  rcode: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(15)),
  truncated: rarely,
  authoritative: fc.boolean(),
  wrongId: rarely,
  isQuery: rarely,
  count: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.constantFrom(0, 1, 2, 255, 65_535)),
  loop: rarely,
  changes: fc.oneof(fc.constant([]), byteChanges(3)),
  tcp: fc.constantFrom(...TCP),
})

const HEADER = 12

function answerTo(id: number, question: Question, given: Recipe): Buffer {
  const name = given.elsewhere ? 'elsewhere.test' : question.name
  const bytes = encode({
    type: 'response',
    id: given.wrongId ? id ^ 1 : id,
    flags: (given.authoritative ? 0x0400 : 0) | (given.truncated ? 0x0200 : 0) | given.rcode,
    questions: [question],
    answers: (given.records === 'fitting' ? fitting(question) : RECORDS[given.records]).map(
      (record) => ({ ...record, name, ttl: 1 }) as Answer,
    ),
  })
  if (given.isQuery) bytes[2] = (bytes[2] ?? 0) & 0x7f
  if (given.count !== undefined) bytes.writeUInt16BE(given.count, 6)
  const end = HEADER + question.name.length + 2 + 4
  const looped = given.loop
    ? Buffer.concat([bytes.subarray(0, end), Buffer.of(0xc0 | (end >> 8), end & 0xff), bytes.subarray(end)])
    : bytes
  return changedBytes(looped, given.changes, HEADER)
}

function framed(answer: Buffer, tcp: Recipe['tcp']): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(
    Math.min(65_535, tcp === 'too long' ? answer.length + 100 : tcp === 'too short' ? 5 : answer.length),
  )
  const whole = Buffer.concat([length, answer.subarray(0, 65_535)])
  if (tcp === 'nothing') return Buffer.alloc(0)
  if (tcp === 'garbage') return Buffer.alloc(3_000, 0xc0)
  return tcp === 'twice' ? Buffer.concat([whole, whole]) : whole
}

const LARGEST = 65_000

/** A server on 127.0.0.1, over UDP and TCP, that answers what lies below a name by the recipe that was set for it. */
export async function hostileDnsServer() {
  const recipes = new Map<string, Recipe>()
  /** The last label but two: names look like `_acme-challenge.c7.shop.test`. */
  const recipeFor = ({ name }: Question) => recipes.get(name.toLowerCase().split('.').at(-3) ?? '')
  const reply = (message: Buffer) => {
    const { id = 0, questions: [question] = [] } = decode(message)
    const given = question && recipeFor(question)
    return question && given && { given, bytes: answerTo(id, question, given) }
  }
  const udp = createSocket('udp4')
  udp.on('message', (message, { port, address }) => {
    const answer = reply(message)
    if (answer) udp.send(answer.bytes.subarray(0, LARGEST), port, address)
  })
  const open = new Set<Socket>()
  const tcp = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {}) // a client that has had enough
    socket.on('close', () => open.delete(socket))
    socket.on('data', (data) => {
      const answer = reply(data.subarray(2))
      if (answer) socket.end(framed(answer.bytes, answer.given.tcp))
    })
  })
  tcp.listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const { port } = tcp.address() as { port: number }
  udp.bind(port, '127.0.0.1')
  await once(udp, 'listening')
  return {
    address: `127.0.0.1:${port}`,
    recipes,
    close: async () => {
      for (const socket of open) socket.destroy()
      await Promise.all([
        new Promise((done) => udp.close(() => done(undefined))),
        new Promise((done) => tcp.close(done)),
      ])
    },
  }
}
