export interface Leak {
  readonly what: string
  /** Counted from 1. What was found is never said. */
  readonly line: number
}

const SHAPES: readonly (readonly [what: string, shape: RegExp])[] = [
  ['a token', /canary-token-[\w-]{6,}/],
  ['a nonce', /canary-nonce-[\w-]{6,}/],
  ['a private key in PEM', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  // PKCS#8: SEQUENCE, INTEGER 0, SEQUENCE { OID … } in base64 (RFC 5208 §5); standard and URL alphabet.
  ['a private key in base64', /M[CI][\w+/-]{1,4}(?:AgEAM|IBADA)[\w+/-]{20,}/],
  ['a private key in hex', /30(?:8[12])?[0-9a-f]{2,4}020100300[0-9a-f]{20,}/i],
  ['a private JWK', /"d"\s*:\s*"[\w-]{40,}"/],
]
const JWS_HEADER = /eyJ[\w-]{20,}/g

/** Whatever looks like a secret in a text, nonces inside base64url headers of signed requests included. */
export function leaksIn(text: string): Leak[] {
  return text.split('\n').flatMap((line, index) => {
    const opened = [
      line,
      ...(line.match(JWS_HEADER) ?? []).map((part) => Buffer.from(part, 'base64url').toString('latin1')),
    ]
    return SHAPES.filter(([, shape]) => opened.some((each) => shape.test(each))).map(([what]) => ({
      what,
      line: index + 1,
    }))
  })
}
