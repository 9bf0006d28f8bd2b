import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { Identity } from '../pki.ts'
import type { Answer, CaContext } from './context.ts'
import type { CaFault } from './faults.ts'
import type { LedgerRequest } from './ledger.ts'
import { Problem } from './problem.ts'
import { endpointAt, serve } from './router.ts'

export interface CaServer {
  readonly port: number
  readonly requests: readonly LedgerRequest[]
  readonly connections: number
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const MAX_BODY = 65_536
const MAX_REQUESTS = 10_000
const IN_FRONT = ['html', 'unavailable', 'lostRequest', 'lostAnswer', 'slow'] as const
const PAGE = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n'

/** The context gets its address from the server, so it is asked for with every request. */
export async function startServer(tls: Identity, port: number, context: () => CaContext): Promise<CaServer> {
  const requests: LedgerRequest[] = []
  let connections = 0

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const status = await exchange(context(), path, request, response)
    requests.push({ method: request.method ?? '', path, status, at: context().now().toISOString() })
    if (requests.length > MAX_REQUESTS) requests.shift()
  }

  const server = createServer({ ...tls, minVersion: 'TLSv1.2' }, (request, response) => {
    respond(request, response).catch(() => request.socket.destroy())
  })
  server.on('secureConnection', () => {
    connections++
  })
  server.listen(port, HOST)
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    requests,
    get connections() {
      return connections
    },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Resolves to the status that was sent, 0 when the connection was broken off. */
async function exchange(context: CaContext, path: string, request: IncomingMessage, response: ServerResponse) {
  const at = endpointAt(path)
  const fault = at && context.faults.take(at.endpoint, IN_FRONT)
  const body = await readBody(request)
  if (fault?.how === 'slow') await delay(fault.delayMs ?? 50)
  if (fault?.how === 'html' || fault?.how === 'unavailable') return send(response, request, instead(fault))
  if (fault?.how === 'lostRequest') return breakOff(request)
  const answer = await worked(context, path, request, body)
  if (fault?.how === 'lostAnswer') return breakOff(request)
  return send(response, request, withProtocolHeaders(context, path, request, answer))
}

async function worked(context: CaContext, path: string, request: IncomingMessage, body: string | undefined) {
  try {
    if (body === undefined) throw new Problem('malformed', 'The request body is too large', { status: 413 })
    const { 'content-type': contentType, 'user-agent': userAgent, accept } = request.headers
    return await serve(context, { method: request.method ?? '', path, contentType, userAgent, accept, body })
  } catch (error) {
    return asAnswer(error instanceof Problem ? error : new Problem('serverInternal', `The CA made a mistake: ${error}`))
  }
}

const asAnswer = ({ status, headers, document }: Problem): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: document,
})

/** A page from something in front of the CA: it knows no nonces. */
const instead = ({ how, retryAfter }: CaFault): Answer => ({
  status: how === 'html' ? 502 : 503,
  headers: { 'content-type': 'text/html', ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) },
  body: PAGE,
})

/** Every answer to a POST carries a fresh nonce, refusals too (RFC 8555 §6.5); all but the directory point to it (§7.1). */
function withProtocolHeaders(context: CaContext, path: string, request: IncomingMessage, answer: Answer): Answer {
  const index = `<${context.url('/directory')}>;rel="index"`
  const { link, ...headers } = { link: undefined, ...answer.headers }
  const links = [...(path === '/directory' ? [] : [index]), ...(link === undefined ? [] : [link])]
  const fresh = request.method === 'POST' || path === '/new-nonce'
  return {
    ...answer,
    headers: {
      ...headers,
      ...(links.length > 0 ? { link: links.join(', ') } : {}),
      ...(fresh ? { 'replay-nonce': context.nonces.issue() } : {}),
      'cache-control': 'public, max-age=0, no-cache',
      date: context.now().toUTCString(),
    },
  }
}

function send(response: ServerResponse, request: IncomingMessage, { status, headers, body }: Answer): number {
  // RFC 8555 §7.2: newNonce is 200 to HEAD and 204 to GET.
  const shown = request.method === 'HEAD' && status === 204 ? 200 : status
  const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? '')
  const type = typeof body === 'object' ? { 'content-type': 'application/json' } : {}
  const length = shown === 204 || request.method === 'HEAD' ? {} : { 'content-length': String(Buffer.byteLength(text)) }
  response.writeHead(shown, { ...type, ...headers, ...length })
  response.end(text)
  return shown
}

function breakOff(request: IncomingMessage): number {
  request.socket.destroy()
  return 0
}

/** Undefined: too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= MAX_BODY) parts.push(part)
  }
  return size > MAX_BODY ? undefined : Buffer.concat(parts).toString('utf8')
}
