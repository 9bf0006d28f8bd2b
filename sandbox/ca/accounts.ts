import type { JsonWebKey } from 'node:crypto'
import type { Answer, CaContext, KeyedRequest, SignedRequest } from './context.ts'
import { externalAccountOf } from './external-accounts.ts'
import { parseJws, payloadOf, thumbprint, verifyJws } from './jws.ts'
import { Problem } from './problem.ts'
import type { AccountRecord } from './state.ts'

export const accountUrl = (context: CaContext, id: string) => context.url(`/account/${id}`)

const view = ({ status, contact, jwk }: AccountRecord) => ({ status, contact, key: jwk })

/** RFC 8555 §7.3; the key is in the request. */
export function newAccount(context: CaContext, { account: signer, jwk, jws }: KeyedRequest): Answer {
  if (signer !== undefined) throw new Problem('malformed', 'The request must carry a jwk, not a kid')
  const payload = payloadOf(jws)
  if (payload === undefined) throw new Problem('malformed', 'The request has no payload')
  const print = thumbprint(jwk)
  const known = context.state.accounts.find((account) => account.thumbprint === print)
  if (known) return { status: 200, headers: { location: accountUrl(context, known.id) }, body: view(valid(known)) }
  if (payload.onlyReturnExisting === true) {
    throw new Problem('accountDoesNotExist', 'No account exists with the provided key')
  }
  const contact = contactIn(payload)
  if (payload.termsOfServiceAgreed !== true) throw new Problem('malformed', 'The terms of service must be agreed to')
  const externalAccount = externalAccountOf(context, payload.externalAccountBinding, { jwk, url: jws.header.url })
  const account: AccountRecord = {
    id: context.nextId(),
    jwk,
    thumbprint: print,
    status: 'valid',
    contact: contact ?? [],
    ...(externalAccount === undefined ? {} : { externalAccount }),
    createdAt: context.now().toISOString(),
  }
  context.state.accounts.push(account)
  context.save()
  return { status: 201, headers: { location: accountUrl(context, account.id) }, body: view(account) }
}

/** Reads, updates the contact, or deactivates (RFC 8555 §7.3.2, §7.3.6). */
export function account(context: CaContext, { account: own, payload, id }: SignedRequest): Answer {
  if (own.id !== id) throw new Problem('unauthorized', 'The request was signed by another account')
  if (payload !== undefined) {
    const contact = contactIn(payload)
    if (payload.status !== undefined && payload.status !== 'deactivated') {
      throw new Problem('malformed', 'An account can be deactivated, and nothing else')
    }
    if (payload.status === 'deactivated') own.status = 'deactivated'
    else if (contact !== undefined) own.contact = contact
    context.save()
  }
  return { status: 200, body: view(own) }
}

/** RFC 8555 §7.3.5: the new key signs inside, the old one outside. */
export function keyChange(context: CaContext, { account: own, jws: outer }: SignedRequest): Answer {
  const inner = parseJws(outer.payload.toString('utf8'))
  const { jwk, url, nonce } = inner.header
  if (jwk === undefined || nonce !== undefined) throw new Problem('malformed', 'The inner JWS needs a jwk and no nonce')
  if (url !== outer.header.url) throw new Problem('malformed', 'The url of the inner JWS is not that of the outer one')
  verifyJws(inner, jwk)
  const wanted = payloadOf(inner)
  const oldKey = wanted?.oldKey
  const named = typeof oldKey === 'object' && oldKey !== null ? thumbprint(oldKey as JsonWebKey) : undefined
  if (wanted?.account !== accountUrl(context, own.id) || named !== own.thumbprint) {
    throw new Problem('malformed', 'The inner payload does not name this account and its key')
  }
  const print = thumbprint(jwk)
  const taken = context.state.accounts.find((other) => other.thumbprint === print)
  if (taken) {
    const headers = { location: accountUrl(context, taken.id) }
    throw new Problem('conflict', 'The new key is in use by an account', { headers })
  }
  own.jwk = jwk
  own.thumbprint = print
  context.save()
  return { status: 200, body: view(own) }
}

/** The account behind a kid, which must be valid. */
export function accountOf(context: CaContext, kid: string): AccountRecord {
  const prefix = accountUrl(context, '')
  if (!kid.startsWith(prefix)) throw new Problem('malformed', 'The kid is not the URL of an account here')
  const found = context.state.accounts.find(({ id }) => id === kid.slice(prefix.length))
  if (found === undefined) throw new Problem('accountDoesNotExist', 'The account of the kid does not exist')
  return valid(found)
}

function valid(found: AccountRecord): AccountRecord {
  if (found.status === 'valid') return found
  throw new Problem('unauthorized', `The account is not valid, it is ${found.status}`)
}

function contactIn({ contact }: Readonly<Record<string, unknown>>): string[] | undefined {
  if (contact === undefined) return undefined
  if (!Array.isArray(contact)) throw new Problem('malformed', 'The contact is not a list')
  for (const each of contact) {
    if (typeof each !== 'string' || !each.startsWith('mailto:')) {
      throw new Problem('unsupportedContact', 'A contact is not a mailto: URL')
    }
    if (!/^mailto:[!-~]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(each) || /[?#,]/.test(each)) {
      throw new Problem('invalidContact', 'A contact is not an e-mail address')
    }
  }
  return contact
}
