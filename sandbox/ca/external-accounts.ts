import { createHmac, type JsonWebKey, timingSafeEqual } from 'node:crypto'
import type { CaContext } from './context.ts'
import { parseJws, payloadOf, thumbprint } from './jws.ts'
import { Problem } from './problem.ts'

/**
 * The key identifier that a new account is bound to (RFC 8555 §7.3.4), checked as Pebble does. Each binds one account, as at
 * Sectigo, which refuses a second one in these words.
 */
export function externalAccountOf(
  context: CaContext,
  binding: unknown,
  { jwk, url }: { jwk: JsonWebKey; url: string },
): string | undefined {
  if (binding === undefined) {
    if (context.externalAccounts === undefined) return undefined
    throw new Problem('externalAccountRequired', 'New accounts need an externalAccountBinding')
  }
  const jws = parseJws(JSON.stringify(binding))
  const { alg, kid, nonce, url: bound } = jws.header
  if (alg !== 'HS256') throw new Problem('badPublicKey', 'The alg of the external account binding is not HS256')
  if (kid === undefined || nonce !== undefined || bound !== url) {
    throw new Problem('malformed', 'The external account binding needs a kid, no nonce, and the url of the request')
  }
  const known = context.externalAccounts ?? {}
  const hmac = Object.hasOwn(known, kid) ? known[kid] : undefined
  if (hmac === undefined) throw new Problem('unauthorized', 'The kid of the external account binding is not known')
  const mac = createHmac('sha256', Buffer.from(hmac, 'base64url')).update(jws.signed).digest()
  if (mac.length !== jws.signature.length || !timingSafeEqual(mac, jws.signature)) {
    throw new Problem('unauthorized', 'The external account binding does not verify')
  }
  if (thumbprint((payloadOf(jws) ?? {}) as JsonWebKey) !== thumbprint(jwk)) {
    throw new Problem('badPublicKey', 'The external account binding is of another key')
  }
  if (context.state.accounts.some(({ externalAccount }) => externalAccount === kid)) {
    throw new Problem('malformed', '[External Account Binding] The account is not awaiting external account binding')
  }
  return kid
}
