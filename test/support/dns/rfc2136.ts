/** A server that takes DNS UPDATE with TSIG, over TCP on this machine. It reads messages by another library than the driver writes them. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type DecodedPacket, decode } from 'dns-packet'
import { driver } from '../../../lib/dns/drivers/rfc2136/driver.ts'
import { Secret } from '../../../lib/platform/secret.ts'
import {
  type DnsPeer,
  drop,
  type KeptRow,
  kept,
  type MemoryVendor,
  type Row,
  TOKEN,
  type Trouble,
  token,
  ZONE,
} from '../dns-vendors.ts'
import { answering, contextOver } from '../driver-context.ts'

export const KEY = {
  name: 'newleaf.',
  secret: Buffer.from(TOKEN).toString('base64'),
  algorithm: 'hmac-sha256',
} as const

const wire = (name: string) =>
  Buffer.concat([
    ...name
      .replace(/\.$/, '')
      .split('.')
      .map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])),
    Buffer.of(0),
  ])

const RCODE = { ok: 0, formerr: 1, refused: 5, notauth: 9 } as const

interface Update {
  readonly name: string
  readonly type: string
  readonly class: string
  readonly ttl: number
  readonly data: readonly Buffer[]
}

export interface UpdateServer extends MemoryVendor {
  readonly address: string
  /** Its answers are signed with this from now on; undefined: not at all. */
  signWith(secret: string | undefined): void
}

/** RFC 8945 §5.3: over the MAC of the request, the answer, and the variables. */
function signed(answer: Buffer, secret: string, requestMac: Buffer): Buffer {
  const [keyName, algorithm] = [wire(KEY.name), wire(KEY.algorithm)]
  const fixed = Buffer.alloc(14)
  fixed.writeUIntBE(Math.floor(Date.now() / 1_000), 0, 6)
  fixed.writeUInt16BE(300, 6)
  const size = Buffer.alloc(2)
  size.writeUInt16BE(requestMac.length)
  const variables = Buffer.concat([keyName, Buffer.from([0, 255, 0, 0, 0, 0]), algorithm, fixed.subarray(0, 12)])
  const mac = createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(Buffer.concat([size, requestMac, answer, variables]))
    .digest()
  const data = Buffer.concat([
    algorithm,
    fixed.subarray(0, 8),
    Buffer.of(0, mac.length),
    mac,
    answer.subarray(0, 2),
    Buffer.alloc(4),
  ])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(data.length)
  const record = Buffer.concat([keyName, Buffer.from([0, 250, 0, 255, 0, 0, 0, 0]), length, data])
  const whole = Buffer.concat([answer, record])
  whole.writeUInt16BE(1, 10)
  return whole
}

/** The MAC of a request if it was signed with the key, and nothing otherwise. */
function macOf(message: Buffer, packet: DecodedPacket): Buffer | undefined {
  const tsig = packet.additionals?.at(-1) as unknown as { name: string; type: string; data: Buffer } | undefined
  if (tsig?.type !== 'TSIG' || `${tsig.name}.` !== KEY.name) return undefined
  const algorithm = wire(KEY.algorithm)
  const [time, mac] = [
    tsig.data.subarray(algorithm.length, algorithm.length + 8),
    tsig.data.subarray(algorithm.length + 10, -6),
  ]
  const unsigned = Buffer.from(message.subarray(0, message.length - wire(KEY.name).length - 10 - tsig.data.length))
  unsigned.writeUInt16BE(0, 10)
  const variables = Buffer.concat([wire(KEY.name), Buffer.from([0, 255, 0, 0, 0, 0]), algorithm, time, Buffer.alloc(4)])
  const right = createHmac('sha256', Buffer.from(KEY.secret, 'base64'))
    .update(Buffer.concat([unsigned, variables]))
    .digest()
  return right.equals(mac) ? mac : undefined
}

/** Whether it changed anything (RFC 2136 §3.4.2). */
function applied(rows: KeptRow[], { name: full, type, class: klass, ttl, data }: Update): boolean {
  const name = full === ZONE ? '' : full.slice(0, -`.${ZONE}`.length)
  const value = Buffer.concat(data).toString()
  const isSame = (each: Row) => each.name === name && each.type === type && each.value === value
  if (klass === 'UNKNOWN_254') return drop(rows, isSame)
  if (rows.some(isSame)) return false
  rows.push(kept({ name, type, value, ttl }))
  return true
}

export async function create(): Promise<UpdateServer> {
  const rows: KeptRow[] = []
  const faults: { readonly kind: Trouble; readonly on: 'change' | undefined }[] = []
  let changes = 0
  let answersWith: string | undefined = KEY.secret

  function take(isChange: boolean): Trouble | undefined {
    const position = faults.findIndex(({ on }) => on === undefined || isChange)
    return position < 0 ? undefined : faults.splice(position, 1)[0]?.kind
  }

  /** Undefined: the connection breaks. */
  function reply(message: Buffer): Buffer | undefined {
    const packet = decode(message)
    const updates = (packet.authorities ?? []) as unknown as readonly Update[]
    const mac = macOf(message, packet)
    const answer = (rcode: number) => {
      const header = Buffer.alloc(12)
      header.writeUInt16BE(packet.id ?? 0, 0)
      header.writeUInt16BE(0xa800 | rcode, 2)
      return mac === undefined || answersWith === undefined ? header : signed(header, answersWith, mac)
    }
    if (mac === undefined) return answer(RCODE.notauth)
    const trouble = take(updates.length > 0)
    if (trouble === 'denied') return answer(RCODE.refused)
    if (trouble === 'rejected') return answer(RCODE.formerr)
    if (packet.questions?.[0]?.name !== ZONE) return answer(RCODE.notauth)
    changes += updates.filter((update) => applied(rows, update)).length
    return trouble === 'lost answer' ? undefined : answer(RCODE.ok)
  }

  const server = createServer((socket: Socket) => {
    let received = Buffer.alloc(0)
    socket.on('error', () => {}) // it is the client's to complain
    socket.on('data', (part) => {
      received = Buffer.concat([received, part])
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
      const said = reply(received.subarray(2, 2 + received.readUInt16BE(0)))
      if (said === undefined) socket.destroy()
      else socket.end(Buffer.concat([Buffer.of(said.length >> 8, said.length & 0xff), said]))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const nothing = answering(() => ({ status: 404 }))
  const context = { ...contextOver(nothing, TOKEN).context, resolve: async () => new Secret(KEY.secret) }
  return {
    address,
    signWith: (secret) => {
      answersWith = secret
    },
    rows: () => rows.filter(({ type }) => type === 'TXT'),
    put: (...more) => void rows.push(...more.map(kept)),
    trouble: (kind, on) => void faults.push({ kind, on }),
    changes: () => changes,
    open: () => driver.open({ server: address, keyName: KEY.name, key: token, algorithm: KEY.algorithm }, context),
    close: async () => void server.close(),
  }
}

export const peer: DnsPeer = {
  evidence: { program: 'BIND 9', documentation: 'RFC 2136, RFC 8945' },
  create,
  cannot: {
    'a request that comes too soon is RATE_LIMITED until the vendor’s own time': 'no answer of DNS names a time',
  },
}
