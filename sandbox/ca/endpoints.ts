import { account, keyChange, newAccount } from './accounts.ts'
import { authorization, challenge } from './authorizations.ts'
import { CAA_IDENTITY } from './caa.ts'
import { certificate, revokeCert } from './certificates.ts'
import type { Answer, CaContext, KeyedRequest, SignedRequest } from './context.ts'
import type { Endpoint } from './faults.ts'
import { finalize } from './finalize.ts'
import { newOrder, order } from './orders.ts'
import { renewalInfo } from './renewal-info.ts'

type Work<Request> = (context: CaContext, request: Request) => Answer | Promise<Answer>

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
  directory: { path: /^(?:\/moved)?\/directory()$/, handler: { open: directory } },
  newNonce: { path: /^\/new-nonce()$/, handler: { open: newNonce } },
  newAccount: { path: /^\/new-account()$/, handler: { keyed: newAccount } },
  account: { path: /^\/account\/(\w+)$/, handler: { signed: account } },
  keyChange: { path: /^\/key-change()$/, handler: { signed: keyChange } },
  newOrder: { path: /^\/new-order()$/, handler: { signed: newOrder } },
  order: { path: /^\/order\/(\w+)$/, handler: { read: order } },
  authorization: { path: /^\/authorization\/(\w+)$/, handler: { signed: authorization } },
  challenge: { path: /^\/challenge\/(\w+)$/, handler: { signed: challenge } },
  finalize: { path: /^\/order\/(\w+)\/finalize$/, handler: { signed: finalize } },
  certificate: { path: /^\/certificate\/(\w+)(?:\/alternate)?$/, handler: { read: certificate } },
  revokeCert: { path: /^\/revoke-cert()$/, handler: { keyed: revokeCert } },
  renewalInfo: { path: /^\/renewal-info\/([^/]+)$/, handler: { open: renewalInfo } },
}

export const PUBLIC_PAGES: Readonly<Record<string, string>> = {
  '/terms': 'This CA is for practice on one machine. Nobody else trusts it.\n',
}

/** RFC 8555 §7.1.1, RFC 9773 §4.1, and profiles. */
function directory(context: CaContext): Answer {
  const profiles = Object.entries(context.profiles).map(([name, { description }]) => [name, description])
  return {
    status: 200,
    body: {
      newNonce: context.url('/new-nonce'),
      newAccount: context.url('/new-account'),
      newOrder: context.url('/new-order'),
      revokeCert: context.url('/revoke-cert'),
      keyChange: context.url('/key-change'),
      renewalInfo: context.url('/renewal-info'),
      meta: {
        termsOfService: context.url(context.terms),
        ...(context.externalAccounts === undefined ? {} : { externalAccountRequired: true }),
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
