/** An HTTPS server on this machine that passes requests on, and may change what is said, or say something itself. */
import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Identity } from '../../sandbox/pki.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Of the JWS, parsed; undefined: a POST-as-GET, or no JWS at all. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent is looked at in the test.
  readonly payload: any
}

export interface Said {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Rewriting {
  /** What is said in place of the answer; undefined: the connection is broken off. */
  readonly rewrite?: (asked: Asked, answer: Said) => Said | undefined
  /** What is said without passing the request on; undefined: it is passed on. */
  readonly instead?: (asked: Asked) => Said | undefined
}

/** `passTo` is asked at each request for the port on this machine. Each exchange is noted in `exchanges`, as `POST /new-order 201`. */
export async function rewritingProxy(tls: Identity, passTo: () => number, { rewrite, instead }: Rewriting) {
  const exchanges: string[] = []
  async function answerTo(asked: Asked): Promise<Said | undefined> {
    const own = instead?.(asked)
    if (own !== undefined) return own
    const answer = await passedOn(asked, passTo())
    return rewrite === undefined ? answer : rewrite(asked, answer)
  }
  const server = createServer(tls, async (incoming, outgoing) => {
    const said = await read(incoming)
      .then(answerTo)
      .catch(() => undefined)
    exchanges.push(`${incoming.method} ${incoming.url} ${said?.status ?? 'broken off'}`)
    if (said === undefined) return void incoming.socket.destroy()
    outgoing.writeHead(said.status, said.headers)
    outgoing.end(said.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part)
  return Buffer.concat(parts).toString()
}

async function read(incoming: IncomingMessage): Promise<Asked> {
  const { method = '', url: path = '', headers } = incoming
  const body = await textOf(incoming)
  return { method, path, headers, body, payload: payloadOf(body) }
}

function payloadOf(body: string): unknown {
  try {
    return JSON.parse(Buffer.from(JSON.parse(body).payload, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** Those of one connection are not passed on. */
const ownHeaders = ({
  host: _host,
  connection: _connection,
  'content-length': _length,
  'transfer-encoding': _coding,
  ...headers
}: IncomingHttpHeaders): IncomingHttpHeaders => headers

async function passedOn({ method, path, headers, body }: Asked, port: number): Promise<Said> {
  const call = request({
    ...{ host: '127.0.0.1', port, method, path, rejectUnauthorized: false },
    headers: { ...ownHeaders(headers), 'content-length': Buffer.byteLength(body) },
  })
  call.end(body)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, headers: ownHeaders(answer.headers), body: await textOf(answer) }
}

/** The same, with another JSON body. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the CA said is changed by the test.
export const withJson = (said: Said, change: (body: any) => unknown): Said => ({
  ...said,
  body: JSON.stringify(change(JSON.parse(said.body))),
})

/** A refusal of a CA (RFC 8555 §6.7). */
export const problem = (status: number, type: string, detail = 'made up by the test'): Said => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'replay-nonce': `nonce${Math.random()}`.replace('.', '') },
  body: JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail, status }),
})
