import type { JsonWebKey } from 'node:crypto'
import { accountOf } from './accounts.ts'
import type { Answer, CaContext, KeyedRequest } from './context.ts'
import { type Handler, PUBLIC_PAGES, ROUTES } from './endpoints.ts'
import type { CaFault, Endpoint } from './faults.ts'
import { beforeAll, inItsWay } from './habits.ts'
import { accountKey, type Jws, parseJws, payloadOf, verifyJws } from './jws.ts'
import { Problem } from './problem.ts'

export interface IncomingRequest {
  readonly method: string
  readonly path: string
  readonly contentType: string | undefined
  readonly userAgent: string | undefined
  readonly accept: string | undefined
  readonly body: string
}

/** Finds who does the work, and lets nothing through that is not signed, fresh and meant for here (RFC 8555 §6). */
export async function serve(context: CaContext, request: IncomingRequest): Promise<Answer> {
  const page = Object.hasOwn(PUBLIC_PAGES, request.path) ? PUBLIC_PAGES[request.path] : undefined
  if (page !== undefined) return { status: 200, headers: { 'content-type': 'text/plain' }, body: page }
  const found = endpointAt(request.path)
  if (found === undefined) throw new Problem('malformed', 'There is nothing at this path', { status: 404 })
  // As Pebble does: a client without a name cannot be told from a broken one.
  if (!request.userAgent) throw new Problem('malformed', 'The User-Agent header is missing')
  const { endpoint } = found
  return beforeAll(context, endpoint, request) ?? inItsWay(context, endpoint, await handled(context, found, request))
}

async function handled(
  context: CaContext,
  { endpoint, id }: { readonly endpoint: Endpoint; readonly id: string },
  request: IncomingRequest,
): Promise<Answer> {
  const { handler } = ROUTES[endpoint]
  checkMethod(request.method, handler)
  if ('open' in handler) {
    refuseIfSet(context, endpoint)
    return handler.open(context, { id })
  }
  const signed = authenticated(context, request)
  refuseIfSet(context, endpoint)
  if ('keyed' in handler) return handler.keyed(context, signed)
  const { account, jws } = signed
  if (account === undefined) throw new Problem('malformed', 'The request must carry a kid, not a jwk')
  const payload = payloadOf(jws)
  if ('signed' in handler) return handler.signed(context, { account, jws, payload, id })
  if (payload !== undefined) throw new Problem('malformed', 'A POST-as-GET has an empty payload')
  return handler.read(context, { account, jws, payload, id })
}

export function endpointAt(path: string): { endpoint: Endpoint; id: string } | undefined {
  for (const [endpoint, route] of Object.entries(ROUTES)) {
    const id = route.path.exec(path)?.[1]
    if (id !== undefined) return { endpoint: endpoint as Endpoint, id }
  }
  return undefined
}

function checkMethod(method: string, handler: Handler): void {
  const allowed = 'open' in handler ? ['GET', 'HEAD'] : ['POST']
  if (allowed.includes(method)) return
  throw new Problem('malformed', 'The method is not allowed', { status: 405, headers: { allow: allowed.join(', ') } })
}

function authenticated(context: CaContext, request: IncomingRequest): KeyedRequest {
  if (request.contentType?.split(';')[0]?.trim() !== 'application/jose+json') {
    throw new Problem('malformed', 'The Content-Type must be application/jose+json', { status: 415 })
  }
  const jws = parseJws(request.body)
  const account = jws.header.kid === undefined ? undefined : accountOf(context, jws.header.kid)
  const jwk = account?.jwk ?? ownKey(jws)
  verifyJws(jws, jwk)
  checkNonce(context, jws.header.nonce)
  if (jws.header.url !== context.url(request.path)) {
    throw new Problem('unauthorized', 'The url of the protected header is not that of the request')
  }
  return { jws, jwk, account }
}

function ownKey({ header: { jwk } }: Jws): JsonWebKey {
  if (jwk === undefined) throw new Problem('malformed', 'The request carries no key')
  accountKey(jwk)
  return jwk
}

function checkNonce(context: CaContext, nonce: string | undefined): void {
  if (nonce === undefined) throw new Problem('badNonce', 'The JWS has no anti-replay nonce')
  if (!context.nonces.use(nonce) || context.random() * 100 < context.badNoncePercent) {
    throw new Problem('badNonce', 'The JWS has an unacceptable anti-replay nonce')
  }
}

const REFUSALS = ['rateLimited', 'badNonce', 'serverError', 'problem'] as const

/** Faults that a CA has after it knows who asks: the nonce of the request is used up. */
function refuseIfSet({ faults }: CaContext, endpoint: Endpoint): void {
  const fault = faults.take(endpoint, REFUSALS)
  if (fault !== undefined) throw refusal(fault)
}

function refusal({ how, retryAfter, problem }: CaFault): Problem {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
  switch (how) {
    case 'rateLimited':
      return new Problem('rateLimited', 'Too many requests of this kind were made recently', { headers })
    case 'badNonce':
      return new Problem('badNonce', 'The JWS has an unacceptable anti-replay nonce', { headers })
    case 'problem':
      if (problem) return new Problem(problem.type, problem.detail, { status: problem.status, headers })
      throw new Error('the fault "problem" needs a problem')
    default:
      return new Problem('serverInternal', 'The server experienced an internal error', { headers })
  }
}
