import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  encode,
  type OptAnswer,
  type Packet,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet'
import { RCODES, type Reply } from './answer.ts'

const OWN_UDP_SIZE = 1232
const SMALLEST_UDP_SIZE = 512
const LARGEST_UDP_SIZE = 4096

/** A query as far as it could be read. */
export type Query = Pick<DecodedPacket, 'id' | 'questions' | 'additionals' | 'flags'>

const optOf = (query: Query) => query.additionals?.find((each): each is OptAnswer => each.type === 'OPT')

/** A reply as a packet: the question comes back as it was sent, EDNS is answered with EDNS (RFC 6891 §6.1.1). */
export function packet(query: Query, { rcode, authoritative, answers, authorities }: Reply): Packet {
  const opt = optOf(query)
  return {
    type: 'response',
    id: query.id,
    flags: ((query.flags ?? 0) & RECURSION_DESIRED) | (authoritative ? AUTHORITATIVE_ANSWER : 0) | RCODES[rcode],
    questions: query.questions,
    answers,
    authorities,
    additionals: opt ? [ownOpt] : [],
  }
}

const ownOpt: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: OWN_UDP_SIZE,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
}

/** Over UDP what does not fit is left out, and TC says so (RFC 2181 §9). */
export function datagram(query: Query, reply: Reply): Buffer {
  const whole = packet(query, reply)
  const bytes = encode(whole)
  const room = Math.min(Math.max(SMALLEST_UDP_SIZE, optOf(query)?.udpPayloadSize ?? 0), LARGEST_UDP_SIZE)
  if (bytes.length <= room) return bytes
  return encode({ ...whole, flags: (whole.flags ?? 0) | TRUNCATED_RESPONSE, answers: [], authorities: [] })
}
