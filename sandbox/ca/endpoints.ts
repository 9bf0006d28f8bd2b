import { account, keyChange, newAccount } from './accounts.ts'
import { authorization, challenge } from './authorizations.ts'
import { CAA_IDENTITY } from './caa.ts'
import { certificate, revokeCert } from './certificates.ts'
import type { Endpoint } from './faults.ts'
import { finalize } from './finalize.ts'
import type { Answer, KeyedRequest, Office, SignedRequest } from './office.ts'
import { newOrder, order } from './orders.ts'
import { renewalInfo } from './renewal-info.ts'

type Work<Request> = (office: Office, request: Request) => Answer | Promise<Answer>

export type Handler =
  /** Anyone may ask, with GET or HEAD. */
  | { readonly open: Work<{ readonly id: string }> }
  /** POST-as-GET, signed by an account. */
  | { readonly read: Work<SignedRequest> }
  /** POST, signed by an account. */
  | { readonly signed: Work<SignedRequest> }
  /** POST, signed by whoever: the work decides. */
  | { readonly keyed: Work<KeyedRequest> }

export interface Route {
  /** What it captures is handed on as `id`. */
  readonly path: RegExp
  readonly handler: Handler
}

export const ROUTES: Readonly<Record<Endpoint, Route>> = {
  directory: { path: /^\/directory()$/, handler: { open: directory } },
  newNonce: { path: /^\/new-nonce()$/, handler: { open: newNonce } },
  newAccount: { path: /^\/new-account()$/, handler: { keyed: newAccount } },
  account: { path: /^\/account\/(\w+)$/, handler: { signed: account } },
  keyChange: { path: /^\/key-change()$/, handler: { signed: keyChange } },
  newOrder: { path: /^\/new-order()$/, handler: { signed: newOrder } },
  order: { path: /^\/order\/(\w+)$/, handler: { read: order } },
  authorization: { path: /^\/authorization\/(\w+)$/, handler: { signed: authorization } },
  challenge: { path: /^\/challenge\/(\w+)$/, handler: { signed: challenge } },
  finalize: { path: /^\/order\/(\w+)\/finalize$/, handler: { signed: finalize } },
  certificate: { path: /^\/certificate\/(\w+)$/, handler: { read: certificate } },
  revokeCert: { path: /^\/revoke-cert()$/, handler: { keyed: revokeCert } },
  renewalInfo: { path: /^\/renewal-info\/([^/]+)$/, handler: { open: renewalInfo } },
}

export const PUBLIC_PAGES: Readonly<Record<string, string>> = {
  '/terms': 'This CA is for practice on one machine. Nobody else trusts it.\n',
}

/** RFC 8555 §7.1.1, RFC 9773 §4.1, and profiles. */
function directory(office: Office): Answer {
  const profiles = Object.entries(office.profiles).map(([name, { description }]) => [name, description])
  return {
    status: 200,
    body: {
      newNonce: office.url('/new-nonce'),
      newAccount: office.url('/new-account'),
      newOrder: office.url('/new-order'),
      revokeCert: office.url('/revoke-cert'),
      keyChange: office.url('/key-change'),
      renewalInfo: office.url('/renewal-info'),
      meta: {
        termsOfService: office.url(office.terms),
        ...(office.externalAccounts === undefined ? {} : { externalAccountRequired: true }),
        caaIdentities: [CAA_IDENTITY],
        profiles: Object.fromEntries(profiles),
      },
    },
  }
}

/** RFC 8555 §7.2: 204 to GET; the server turns it into 200 for HEAD. */
function newNonce(): Answer {
  return { status: 204 }
}
