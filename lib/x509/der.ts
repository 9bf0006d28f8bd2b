import type { X509Certificate } from 'node:crypto'
import { Failure } from '../errors.ts'

/** The little of DER (X.690) that `node:crypto` does not read for us. */

const SEQUENCE = 0x30
const OBJECT_IDENTIFIER = 0x06
const OCTET_STRING = 0x04
const EXTENSIONS = 0xa3
const KEY_IDENTIFIER = 0x80
/** id-ce-authorityKeyIdentifier, 2.5.29.35 (RFC 5280 §4.2.1.1). */
const AUTHORITY_KEY_IDENTIFIER = Buffer.from([0x55, 0x1d, 0x23])

interface Element {
  readonly tag: number
  readonly content: Buffer
}

/** The `keyIdentifier` of the certificate's authority key identifier; undefined when it has none. */
export function authorityKeyIdentifier({ raw }: X509Certificate): Buffer | undefined {
  const [certificate] = elements(raw)
  const [body] = elements(certificate?.content)
  const list = elements(body?.content).find(({ tag }) => tag === EXTENSIONS)
  const [extensions] = elements(list?.content)
  for (const extension of elements(extensions?.content)) {
    const parts = elements(extension.content)
    const [id] = parts
    if (id?.tag !== OBJECT_IDENTIFIER || !id.content.equals(AUTHORITY_KEY_IDENTIFIER)) continue
    const value = parts.find(({ tag }) => tag === OCTET_STRING)
    const [identifier] = elements(value?.content)
    if (identifier?.tag !== SEQUENCE) return undefined
    return elements(identifier.content).find(({ tag }) => tag === KEY_IDENTIFIER)?.content
  }
  return undefined
}

/** The content octets of the serial number's INTEGER, from the hex that `node:crypto` gives: without sign, so 00 may have to lead it. */
export function serialOctets({ serialNumber }: Pick<X509Certificate, 'serialNumber'>): Buffer {
  const octets = Buffer.from(serialNumber.length % 2 === 0 ? serialNumber : `0${serialNumber}`, 'hex')
  return (octets[0] ?? 0) < 0x80 ? octets : Buffer.concat([Buffer.of(0), octets])
}

function elements(der: Buffer | undefined): Element[] {
  const found: Element[] = []
  for (let at = 0; der !== undefined && at < der.length; ) {
    const { tag, start, end } = header(der, at)
    found.push({ tag, content: der.subarray(start, end) })
    at = end
  }
  return found
}

function header(der: Buffer, at: number): { tag: number; start: number; end: number } {
  const [tag, first] = [der[at], der[at + 1]]
  if (tag === undefined || first === undefined) throw cutShort()
  const more = first < 0x80 ? 0 : first & 0x7f
  if (more > 4 || first === 0x80 || at + 2 + more > der.length) throw cutShort()
  const start = at + 2 + more
  const end = start + (more === 0 ? first : der.readUIntBE(at + 2, more))
  if (end > der.length) throw cutShort()
  return { tag, start, end }
}

const cutShort = () => new Failure('CHAIN_INVALID', 'a certificate was refused: its DER is cut short')
