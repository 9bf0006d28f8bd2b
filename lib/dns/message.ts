/** DNS messages as far as they are needed here (RFC 1035 §4): one question, and what was answered. */
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet'
import { canonical } from './names.ts'
import { NoAnswer } from './no-answer.ts'

export type RecordType = 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'NS' | 'SOA' | 'TXT'

export interface Question {
  readonly name: string
  readonly type: RecordType
}

/** A record in words: a host, an address, a text in one piece, a CAA record as in a zone file; of an SOA the name of its primary server. */
export interface Row {
  readonly name: string
  readonly type: string
  readonly value: string
}

export interface Message {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, … */
  readonly rcode: string
  readonly isAuthoritative: boolean
  readonly isTruncated: boolean
  readonly answers: readonly Row[]
  readonly authorities: readonly Row[]
}

/** Without EDNS, which not every server takes: what is larger than 512 bytes comes over TCP. */
export const queryFor = ({ name, type }: Question, id: number): Buffer =>
  encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ name, type }] })

/** Undefined: this is no answer to that question. Throws NoAnswer where it is one that cannot be read. */
export function readAnswer(bytes: Buffer, id: number, { name, type }: Question): Message | undefined {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== id || (bytes.readUInt16BE(2) & RESPONSE) === 0) return undefined
  const { questions = [], flags = 0, rcode, answers = [], authorities = [] } = decoded(bytes)
  const [asked] = questions
  // Whoever cannot read a question sends none back.
  if (asked !== undefined && (canonical(asked.name) !== canonical(name) || asked.type !== type)) return undefined
  return {
    rcode,
    isAuthoritative: (flags & AUTHORITATIVE_ANSWER) !== 0,
    isTruncated: (flags & TRUNCATED_RESPONSE) !== 0,
    answers: answers.flatMap(rowOf),
    authorities: authorities.flatMap(rowOf),
  }
}

const RESPONSE = 0x8000

/** A record as it is decoded. */
interface Decoded {
  readonly name: string
  readonly type: string
  readonly data?: unknown
}

interface DecodedMessage {
  readonly questions?: readonly Pick<Decoded, 'name' | 'type'>[]
  readonly flags?: number
  readonly rcode: string
  readonly answers?: readonly Decoded[]
  readonly authorities?: readonly Decoded[]
}

function decoded(bytes: Buffer): DecodedMessage {
  try {
    return decode(bytes) as unknown as DecodedMessage
  } catch {
    throw new NoAnswer('EBADRESP')
  }
}

function rowOf({ name, type, data }: Decoded): Row[] {
  const value = textOf(type, data)
  return value === undefined ? [] : [{ name: canonical(name), type, value }]
}

function textOf(type: string, data: unknown): string | undefined {
  if (type === 'TXT') return Buffer.concat(data as readonly Buffer[]).toString('utf8')
  if (type === 'SOA') return canonical((data as { readonly mname: string }).mname)
  if (type === 'CAA') return caaText(data as CaaData)
  return typeof data === 'string' ? data : undefined
}

interface CaaData {
  readonly flags: number
  readonly tag: string
  readonly value: string
}

const caaText = ({ flags, tag, value }: CaaData) => `${flags} ${tag} "${value}"`
