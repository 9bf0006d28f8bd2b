/** The little of DER (X.690) that a certificate is written with; `der.ts` reads it. */

/** A tag, a definite length in as few octets as can be, and the content. */
export function element(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  const hex = length.toString(16)
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 | octets.length), octets, content])
}

export const sequence = (...parts: readonly Buffer[]): Buffer => element(0x30, Buffer.concat(parts))
export const set = (...parts: readonly Buffer[]): Buffer => element(0x31, Buffer.concat(parts))
/** By the hex of its content. */
export const objectIdentifier = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'))
/** Whole octets: no bit of the last one is unused. */
export const bitString = (octets: Buffer): Buffer => element(0x03, Buffer.concat([Buffer.of(0), octets]))

/** UTCTime through 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5), in whole seconds. */
export function time(moment: Date): Buffer {
  const digits = `${moment.toISOString().slice(0, 19).replace(/\D/g, '')}Z`
  return moment.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits))
}
