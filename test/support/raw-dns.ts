import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type DecodedPacket, decode, type Packet, type RecordType, streamDecode } from 'dns-packet'

/** A DNS client that sends what it is given, right or wrong: for tests of a server on 127.0.0.1. */
export type DnsReply = DecodedPacket & { readonly rcode: string }

export const query = (name: string, type: RecordType | 'ANY', more: Packet = {}): Packet => ({
  type: 'query',
  id: 4711,
  questions: [{ name, type: type as RecordType }],
  ...more,
})

export const edns = (udpPayloadSize: number): Packet => ({
  additionals: [
    { type: 'OPT', name: '.', udpPayloadSize, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] },
  ],
})

export async function sendUdp(port: number, message: Buffer): Promise<DnsReply> {
  const socket = createSocket('udp4')
  try {
    socket.send(message, port, '127.0.0.1')
    const [reply] = await once(socket, 'message', { signal: AbortSignal.timeout(2_000) })
    return decode(reply) as DnsReply
  } finally {
    socket.close()
  }
}

/** The first `wanted` replies on one connection; fewer when the server ends it. */
export async function sendTcp(port: number, bytes: Buffer, wanted: number): Promise<DnsReply[]> {
  const socket = connect(port, '127.0.0.1')
  let received = Buffer.alloc(0)
  const replies: DnsReply[] = []
  socket.write(bytes)
  for await (const part of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, part])
    while (received.length > 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0)
      replies.push(streamDecode(received.subarray(0, end)) as DnsReply)
      received = received.subarray(end)
    }
    if (replies.length === wanted) break
  }
  return replies
}
