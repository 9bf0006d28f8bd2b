import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { decode, streamEncode } from 'dns-packet'
import type { Ending } from '../fault-list.ts'
import { answer, type Reply, refusal } from './answer.ts'
import { createDnsFaults, type DnsFault } from './faults.ts'
import { datagram, packet, type Query } from './message.ts'
import { canonical, type Zones } from './zones.ts'

export interface DnsOptions {
  /** 0 or absent: any free one. UDP and TCP share it. */
  readonly port?: number
  readonly zones: Zones
  /** How long a change takes to arrive at this server, always or now; default 0. */
  readonly lagMs?: number | (() => number)
}

export interface DnsQuestion {
  readonly name: string
  readonly type: string
  readonly transport: 'udp' | 'tcp'
}

export interface DnsServer {
  readonly port: number
  /** The questions so far, oldest first; a few thousand at most. */
  readonly questions: readonly DnsQuestion[]
  /** Returns what ends the fault. */
  misbehave(fault: DnsFault): Ending
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const MAX_QUESTIONS = 5_000
const IDLE_TCP = 10_000

export async function startDns({ port = 0, zones, lagMs = 0 }: DnsOptions): Promise<DnsServer> {
  const faults = createDnsFaults()
  const questions: DnsQuestion[] = []

  /** Undefined: no answer at all. */
  function reply(query: Query, transport: DnsQuestion['transport']): Reply | undefined {
    if (((query.flags ?? 0) >> 11) & 0xf) return refusal('NOTIMP') // any opcode but QUERY
    const [question, ...more] = query.questions ?? []
    if (question === undefined || more.length > 0) return refusal('FORMERR')
    const asked: DnsQuestion = { name: canonical(question.name), type: question.type, transport }
    questions.push(asked)
    if (questions.length > MAX_QUESTIONS) questions.shift()
    switch (faults.take(asked)) {
      case 'drop':
        return undefined
      case 'servfail':
        return refusal('SERVFAIL')
      case 'refuse':
        return refusal('REFUSED')
      case 'lag':
        return answer(question, zones, (zone) => zones.listBeforeLastChange(zone, canonical(question.name)))
      default:
        return answer(question, zones, (zone) => zones.listAsOf(zone, typeof lagMs === 'number' ? lagMs : lagMs()))
    }
  }

  const connections = new Set<Socket>()
  const tcp = createServer((socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    serveStream(socket, (query) => reply(query, 'tcp'))
  })
  const udp = await bindBoth(tcp, port)
  udp.on('message', (message, peer) => {
    const query = read(message)
    const said = typeof query === 'object' ? reply(query, 'udp') : undefined
    if (typeof query === 'object' && said) udp.send(datagram(query, said), peer.port, peer.address)
    if (typeof query === 'number') udp.send(unreadable(query), peer.port, peer.address)
  })

  return {
    port: udp.address().port,
    questions,
    misbehave: faults.add,
    async close() {
      if (!tcp.listening) return
      for (const socket of connections) socket.destroy()
      await Promise.all([
        new Promise<void>((done) => udp.close(() => done())),
        new Promise<void>((done) => tcp.close(() => done())),
      ])
    },
  }
}

/** Messages with a length in front, any number of them on one connection (RFC 7766 §6.2.1). */
function serveStream(socket: Socket, reply: (query: Query) => Reply | undefined): void {
  let pending = Buffer.alloc(0)
  socket.setTimeout(IDLE_TCP, () => socket.destroy())
  // The peer went away: nothing is left to tell it.
  socket.on('error', () => socket.destroy())
  socket.on('data', (part) => {
    pending = Buffer.concat([pending, part])
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0)
      const query = read(pending.subarray(2, end))
      pending = pending.subarray(end)
      const said = typeof query === 'object' ? reply(query) : undefined
      if (typeof query !== 'object' || said === undefined) return void socket.destroy()
      socket.write(streamEncode(packet(query, said)))
    }
  })
}

/** The query; the id alone when the rest cannot be read; undefined when it is no query. */
function read(message: Buffer): Query | number | undefined {
  if (message.length < 12 || message.readUInt16BE(2) >> 15 === 1) return undefined
  try {
    return decode(message)
  } catch {
    return message.readUInt16BE(0) // hostile or cut short: FORMERR
  }
}

const unreadable = (id: number) => datagram({ id, questions: [], additionals: [], flags: 0 }, refusal('FORMERR'))

/** A free TCP port may be taken for UDP: then the next one is tried, unless a certain port is wanted. */
async function bindBoth(tcp: Server, port: number): Promise<UdpSocket> {
  for (let attempt = 1; ; attempt++) {
    tcp.listen(port, HOST)
    await once(tcp, 'listening')
    const udp = createSocket('udp4')
    try {
      udp.bind((tcp.address() as { port: number }).port, HOST)
      await once(udp, 'listening')
      return udp
    } catch (error) {
      udp.close()
      await new Promise<void>((done) => tcp.close(() => done()))
      if (port !== 0 || attempt === 10) throw error
    }
  }
}
