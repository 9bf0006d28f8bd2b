import { Failure } from '../errors.ts'

/** A block of a PEM text (RFC 7468), as it is handed to a parser. */
export interface PemBlock {
  /** `CERTIFICATE`, `RSA PRIVATE KEY`. */
  readonly label: string
  readonly text: string
  /** Whether its headers say so (RFC 1421 §4.6.1.1); PKCS#8 says it in the label. */
  readonly encrypted: boolean
}

const BOUNDARY = /^-----(?<edge>BEGIN|END) (?<label>[A-Z0-9 ]+)-----$/
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
const HEADER = /^[A-Za-z-]+: |^$/
const ENCRYPTED = /^Proc-Type: *4, *ENCRYPTED$/i
/** Empty lines, comments, and what openssl prints between blocks: attributes, subject and issuer. */
const BESIDE = /^\s*$|^\s*#|^(Bag|Key) Attributes\b|^\s+\S[^:]*:|^\s*(subject|issuer) ?[=:]/

/** All blocks of a text, which may hold nothing else but comments and attributes. No message repeats what stands there. */
export function readPem(text: string): PemBlock[] {
  if (!text.includes('-----BEGIN ') && text.trim() !== '') {
    throw unreadable(
      'there is no block in it; rewrite a PKCS#12 file with `openssl pkcs12 -in FILE -nodes -out bundle.pem`',
    )
  }
  const blocks: PemBlock[] = []
  let open: { readonly label: string; readonly lines: string[] } | undefined
  for (const [index, untrimmed] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = untrimmed.trimEnd()
    const at = `line ${index + 1}`
    const { edge, label = '' } = BOUNDARY.exec(line)?.groups ?? {}
    if (edge === 'BEGIN') {
      if (open !== undefined) throw unreadable(`${at} begins a block before the one above it has ended`)
      open = { label, lines: [] }
    } else if (edge === 'END') {
      if (open?.label !== label) throw unreadable(`${at} ends a block that was not begun`)
      blocks.push(block(label, open.lines, at))
      open = undefined
    } else if (open !== undefined) open.lines.push(line.trim())
    else if (!BESIDE.test(line)) throw unreadable(`${at} is neither part of a PEM block nor a comment`)
  }
  if (open !== undefined) throw unreadable('its last block has no end')
  return blocks
}

function block(label: string, lines: readonly string[], at: string): PemBlock {
  const headers = lines.slice(0, lines.indexOf('') + 1)
  const body = lines.slice(headers.length)
  if (!headers.every((line) => HEADER.test(line)) || !body.every((line) => BASE64.test(line))) {
    throw unreadable(`the block that ends in ${at} holds something else than base64`)
  }
  const text = [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
  return { label, text, encrypted: headers.some((line) => ENCRYPTED.test(line)) }
}

const unreadable = (what: string) => new Failure('CHAIN_INVALID', `the PEM text cannot be read: ${what}`)
