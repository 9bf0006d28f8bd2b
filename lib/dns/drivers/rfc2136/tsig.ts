/** Signatures of DNS messages with a secret that both sides know (RFC 8945). */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { Failure } from '../../../errors.ts'
import type { Secret } from '../../../platform/secret.ts'
import { type Answer, nameBytes, recordBytes } from './message.ts'

/** Those of RFC 8945 §6 that are no longer broken. */
export const ALGORITHMS = ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const

export interface TsigKey {
  readonly name: string
  readonly algorithm: (typeof ALGORITHMS)[number]
  /** In base64. */
  readonly secret: Secret
}

const TSIG = 250
const ANY = 255
/** In seconds: how far two clocks may be apart (RFC 8945 §10 recommends it). */
const FUDGE = 300

export const TSIG_ERRORS = { badSignature: 16, badKey: 17, badTime: 18 } as const

interface Signed {
  readonly message: Buffer
  readonly mac: Buffer
}

const hmac = ({ algorithm, secret }: TsigKey, parts: readonly Buffer[]): Buffer => {
  const digest = createHmac(algorithm.replace('hmac-', ''), Buffer.from(secret.reveal(), 'base64'))
  for (const part of parts) digest.update(part)
  return digest.digest()
}

/** `time`, `fudge` and what follows the MAC, as a TSIG record has them. */
interface Variables {
  readonly time: Buffer
  readonly fudge: number
  readonly error: number
  readonly other: Buffer
}

/** RFC 8945 §4.3.3. */
function signedVariables({ name, algorithm }: TsigKey, { time, fudge, error, other }: Variables): Buffer {
  const numbers = Buffer.alloc(6)
  numbers.writeUInt16BE(fudge, 0)
  numbers.writeUInt16BE(error, 2)
  numbers.writeUInt16BE(other.length, 4)
  return Buffer.concat([nameBytes(name), Buffer.from([0, ANY, 0, 0, 0, 0]), nameBytes(algorithm), time, numbers, other])
}

/** The message with its signature as the last record. */
export function sign(message: Buffer, key: TsigKey, now: Date): Signed {
  const time = Buffer.alloc(6)
  time.writeUIntBE(Math.floor(now.getTime() / 1_000), 0, 6)
  const mac = hmac(key, [message, signedVariables(key, { time, fudge: FUDGE, error: 0, other: Buffer.alloc(0) })])
  const [sizes, end] = [Buffer.alloc(4), Buffer.alloc(6)]
  sizes.writeUInt16BE(FUDGE, 0)
  sizes.writeUInt16BE(mac.length, 2)
  end.writeUInt16BE(message.readUInt16BE(0), 0)
  const data = Buffer.concat([nameBytes(key.algorithm), time, sizes, mac, end])
  const signed = Buffer.concat([message, recordBytes({ name: key.name, type: TSIG, class: ANY, ttl: 0, data })])
  signed.writeUInt16BE(message.readUInt16BE(10) + 1, 10)
  return { message: signed, mac }
}

interface Signature extends Variables {
  readonly mac: Buffer
  readonly originalId: number
}

/** The signature of an answer, whether it is right or not; undefined: there is none. */
export function signatureOf({ last }: Answer): Signature | undefined {
  if (last?.type !== TSIG) return undefined
  try {
    let at = 0
    while (last.data.readUInt8(at) !== 0) at += 1 + last.data.readUInt8(at) // the algorithm is never compressed
    const time = last.data.subarray(at + 1, at + 7)
    const fudge = last.data.readUInt16BE(at + 7)
    const end = at + 11 + last.data.readUInt16BE(at + 9)
    const mac = last.data.subarray(at + 11, end)
    const [originalId, error, size] = [0, 2, 4].map((more) => last.data.readUInt16BE(end + more)) as [
      number,
      number,
      number,
    ]
    return { time, fudge, mac, originalId, error, other: last.data.subarray(end + 6, end + 6 + size) }
  } catch (cause) {
    throw new Failure('ANSWER_INVALID', 'a DNS server signed its answer with what is no signature', { cause })
  }
}

/** Whether the answer was signed with the key, as one to this request, just now (RFC 8945 §5.4). */
export function isSignedBy(key: TsigKey, request: Signed, answer: Answer, message: Buffer, now: Date): boolean {
  const signature = signatureOf(answer)
  if (signature === undefined || answer.last === undefined) return false
  const unsigned = Buffer.from(message.subarray(0, answer.last.start))
  unsigned.writeUInt16BE(signature.originalId, 0)
  unsigned.writeUInt16BE(unsigned.readUInt16BE(10) - 1, 10)
  const size = Buffer.alloc(2)
  size.writeUInt16BE(request.mac.length)
  const mac = hmac(key, [size, request.mac, unsigned, signedVariables(key, signature)])
  const apart = Math.abs(now.getTime() / 1_000 - signature.time.readUIntBE(0, 6))
  return mac.length === signature.mac.length && timingSafeEqual(mac, signature.mac) && apart <= signature.fudge
}
