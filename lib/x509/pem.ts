import { Failure } from '../errors.ts'

/** A block of a PEM text (RFC 7468), as it is handed to a parser. */
export interface PemBlock {
  /** `CERTIFICATE`, `RSA PRIVATE KEY`. */
  readonly label: string
  /** In lines of 64 characters; empty if it is encrypted. */
  readonly text: string
  /** Whether its headers say so (RFC 1421 §4.6.1.1); PKCS#8 says it in the label. */
  readonly encrypted: boolean
}

const BOUNDARY = /-----(?<edge>BEGIN|END) (?<label>[A-Z0-9][A-Z0-9. ]*)-----/g
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
/** Lines with a colon, and an empty one that ends them. */
const HEADERS = /^(?:[A-Za-z-]+: .*\n)+\n/
const ENCRYPTED = /\bProc-Type: *4, *ENCRYPTED\b/i
/** Of all systems (RFC 7468 §3: CRLF, CR or LF), and as they stand in a quoted text. */
const LINE_END = /\r\n?|\\r\\n|\\[nr]/g

/**
 * All blocks of a text. What is outside of them is no part of it, and white space inside means nothing (RFC 7468 §2): a dump above
 * a block, blanks before and after lines, line ends that were lost or written out. A text in UTF-16 has a zero beside each
 * character once it is read as UTF-8. No message repeats what stands there.
 */
export function readPem(written: string): PemBlock[] {
  const text = written.replaceAll('\0', '').replace(LINE_END, '\n')
  const blocks: PemBlock[] = []
  let open: { readonly label: string; readonly from: number } | undefined
  for (const { 0: boundary, index, groups } of text.matchAll(BOUNDARY)) {
    const { edge, label = '' } = groups ?? {}
    const at = () => `line ${text.slice(0, index).split('\n').length}`
    if (edge === 'BEGIN') {
      if (open !== undefined) throw unreadable(`${at()} begins a block before the one above it has ended`)
      open = { label, from: index + boundary.length }
    } else {
      if (open?.label !== label) throw unreadable(`${at()} ends a block that was not begun`)
      blocks.push(block(label, text.slice(open.from, index), at))
      open = undefined
    }
  }
  if (open !== undefined) throw unreadable('its last block has no end')
  return blocks
}

function block(label: string, content: string, at: () => string): PemBlock {
  if (ENCRYPTED.test(content)) return { label, text: '', encrypted: true }
  const lines = content.split('\n').map((line) => line.trim())
  const body = lines.join('\n').trim().replace(HEADERS, '').replace(/\s/g, '')
  if (!BASE64.test(body)) throw unreadable(`the block that ends in ${at()} holds something else than base64`)
  return { label, text: pemOf(label, body), encrypted: false }
}

/** The one form in which every parser takes it. */
export const pemOf = (label: string, base64: string): string =>
  [`-----BEGIN ${label}-----`, ...(base64.match(/.{1,64}/g) ?? []), `-----END ${label}-----`, ''].join('\n')

const unreadable = (what: string) => new Failure('CHAIN_INVALID', `the PEM text cannot be read: ${what}`)
