/** Stands before an API, speaks TLS for it, and breaks what passes through, on the wire. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request } from 'node:https'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Identity } from '../../sandbox/pki.ts'
import { openDoor } from './door.ts'
import { type Asked, BREAKDOWNS, type Call, type Fault, oneOf, REFUSALS, retryAfter, type Weather } from './faults.ts'

/** Told of everything, in the order in which it happens. */
export interface Watcher {
  /** Before it goes on to the API. True: the client is dead, and the call goes nowhere. */
  came(call: Call): boolean
  /** The API has acted. True: the client is dead, and nobody is answered. */
  acted(call: Call): boolean
  broke(fault: Fault): void
  asked(call: Call, status: number, asked: Asked): void
}

export interface FaultProxyOptions extends Watcher {
  readonly tls: Identity
  /** PEM of the root that signed the API's own certificate. */
  readonly root: string
  /** The API's port. */
  target(): number
  readonly weather: Weather
  readonly random: () => number
  now(): Date
}

export interface FaultProxy {
  readonly origin: string
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Exchange {
  readonly call: Call
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
}

const HOST = '127.0.0.1'
const SLOW = 10

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { tls, root, weather, random } = options
  const agent = new Agent({ ca: root, keepAlive: true })
  const sockets = new Map<number | undefined, Socket>()

  const server = createServer({ ...tls, keepAliveTimeout: 60_000 }, (incoming, response) => {
    serve(incoming, response).catch(() => incoming.socket.destroy()) // the API is gone, and so is its answer
  })
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket
    sockets.set(remotePort, socket)
    socket.once('close', () => sockets.delete(remotePort))
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  const door = await openDoor(server, () => options.broke(weather.take(undefined) ?? 'refused'))
  const shutIfRefused = () => {
    if (weather.next === 'refused') door.shut()
  }
  shutIfRefused()

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming
    const exchange = { call: { method, path: url.split('?')[0] ?? url }, incoming, response }
    const body = await bodyOf(incoming)
    if (options.came(exchange.call)) return
    // Whoever came over a connection that was open does not stand before the shut door.
    const fault = weather.next === 'refused' ? undefined : weather.take(exchange.call)
    if (fault !== undefined) options.broke(fault)
    if (!brokenBefore(fault, exchange)) {
      const answer = await passedOn(incoming, body)
      if (options.acted(exchange.call)) return
      await broughtBack(fault, answer, exchange)
    }
    shutIfRefused()
  }

  /** True: the API never hears of it. */
  function brokenBefore(fault: Fault | undefined, { call, incoming, response }: Exchange): boolean {
    if (fault === 'reset before') reset(incoming)
    else if (fault === '4xx') send(response, refusal(oneOf(REFUSALS, random)))
    else if (fault === '5xx') send(response, refusal(oneOf(BREAKDOWNS, random)))
    else if (fault === 'HTML page') send(response, page(oneOf([200, ...BREAKDOWNS], random)))
    else if (fault === 'retry-after') {
      const [asked, status] = [retryAfter(options.now(), random), oneOf([429, 503], random)]
      options.asked(call, status, asked)
      send(response, refusal(status, { 'retry-after': asked.header }))
    } else return false
    return true
  }

  async function broughtBack(fault: Fault | undefined, answer: Answer, { incoming, response }: Exchange) {
    if (fault === 'reset after') reset(incoming)
    else if (fault === 'lost answer') incoming.socket.destroy()
    else if (fault === 'truncated') await cut(answer, incoming, response)
    else if (fault === 'slow') {
      const half = Math.floor(answer.body.length / 2)
      response.writeHead(answer.status, headersOf(answer))
      if (half > 0) response.write(answer.body.subarray(0, half))
      await wait(SLOW)
      response.end(answer.body.subarray(half))
    } else send(response, answer)
  }

  function passedOn(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { connection: _connection, 'transfer-encoding': _chunked, expect: _expect, ...headers } = incoming.headers
    const { method = 'GET', url: path = '/' } = incoming
    return new Promise((resolve, reject) => {
      const to = { host: HOST, port: options.target(), agent, method, path, headers }
      const outgoing = request(to, (answer) => {
        bodyOf(answer).then((content) => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: content })
        }, reject)
      })
      outgoing.once('error', reject)
      outgoing.end(body)
    })
  }

  function headersOf({ headers, body, status }: Answer): IncomingHttpHeaders & { 'content-length'?: string } {
    const { 'transfer-encoding': _chunked, connection: _connection, 'content-length': _length, ...kept } = headers
    return {
      ...kept,
      ...(status === 204 ? {} : { 'content-length': String(body.length) }),
      ...(door.isShut ? { connection: 'close' } : {}),
    }
  }

  function send(response: ServerResponse, answer: Answer): void {
    shutIfRefused() // before the client hears: its next call has to connect
    response.writeHead(answer.status, headersOf(answer))
    response.end(answer.body)
  }

  /** A length that is never reached, or an end that only looks like one; an answer without a body is cut in its head. */
  async function cut(answer: Answer, { socket }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (answer.body.length < 2) {
      socket.end(`HTTP/1.1 ${answer.status} OK\r\ncontent-le`)
      return
    }
    const { 'content-length': _length, ...open } = headersOf(answer)
    response.useChunkedEncodingByDefault = false
    response.writeHead(answer.status, random() < 0.5 ? headersOf(answer) : { ...open, connection: 'close' })
    await new Promise((done) => response.write(answer.body.subarray(0, Math.ceil(answer.body.length / 2)), done))
    socket.end()
  }

  const reset = ({ socket }: IncomingMessage): void => void sockets.get(socket.remotePort)?.resetAndDestroy()

  return {
    origin: `https://${HOST}:${door.port}`,
    async close() {
      agent.destroy()
      await door.close()
    },
  }
}

const refusal = (status: number, headers: IncomingHttpHeaders = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify({ message: 'not this time' })),
})

const page = (status: number): Answer => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>\n'),
})

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}
