import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type ApiFault, createApiFaults } from './api-faults.ts'
import type { Ending } from './fault-list.ts'
import type { Identity } from './pki.ts'

export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The groups of the route's path. */
  readonly params: readonly string[]
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown
}

export interface ApiAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Thrown by a route: what the vendor answers instead. */
export class Refusal extends Error {
  readonly answer: ApiAnswer
  constructor(status: number, body: unknown) {
    super(`refused with ${status}`)
    this.answer = { status, body }
  }
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: RegExp
  answer(request: ApiRequest): ApiAnswer | Promise<ApiAnswer>
}

/** The vendor's manners, the same for each of its routes. */
export interface Vendor {
  readonly routes: readonly Route[]
  /** Throws a Refusal for whoever may not do this. */
  authenticate(request: ApiRequest): void
  /** For a path that is no route. */
  readonly unknown: ApiAnswer
  /** For a body that is no JSON. */
  readonly malformed: ApiAnswer
  /** Paths of requests whose bodies are not even kept in part. */
  readonly confidential?: RegExp
  /** On every answer. */
  headers(request: Pick<ApiRequest, 'path'>): Readonly<Record<string, string>>
}

export interface LoggedRequest {
  readonly method: string
  readonly path: string
  /** 0: the connection was broken off. */
  readonly status: number
  readonly at: string
  /** What was sent, without keys, certificates and tokens. */
  readonly body: unknown
}

export interface Api {
  readonly port: number
  /** Since this start, oldest first. */
  readonly requests: readonly LoggedRequest[]
  /** Returns what ends the fault. */
  misbehave(fault: ApiFault): Ending
  close(): Promise<void>
}

const MAX_BODY = 1_048_576

/** A JSON API over https on 127.0.0.1. */
export async function startApi(vendor: Vendor, { port = 0, tls }: { port?: number; tls: Identity }): Promise<Api> {
  const faults = createApiFaults()
  const requests: LoggedRequest[] = []

  async function serve(incoming: IncomingMessage, response: ServerResponse) {
    const { pathname: path, searchParams: query } = new URL(incoming.url ?? '/', 'https://localhost')
    const method = incoming.method ?? 'GET'
    const text = await readBody(incoming)
    const body = vendor.confidential?.test(path) ? '<hidden>' : safe(parsed(text))
    const done = (status: number) => requests.push({ method, path, status, at: new Date().toISOString(), body })
    const fault = faults.take(method, path)
    const breakOff = () => {
      done(0)
      incoming.socket.destroy()
    }
    if (fault?.how === 'reset') return breakOff()
    if (fault?.how === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 50))
    const answer =
      fault?.how === 'status' || fault?.how === 'html'
        ? { status: fault.status ?? 503, body: fault.body, headers: fault.headers ?? {} }
        : await answerTo(vendor, { method, path, query, headers: incoming.headers, params: [], body: parsed(text) })
    if (fault?.how === 'lostAnswer') return breakOff()
    done(answer.status)
    if (fault?.how === 'html') return send(response, answer.status, 'text/html', PAGE, answer.headers)
    const headers = { ...vendor.headers({ path }), ...answer.headers }
    const content = answer.body === undefined ? '' : JSON.stringify(answer.body)
    send(response, answer.status, 'application/json', content, headers)
  }

  const server = createServer(tls, (incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      const { method = '', url: path = '' } = incoming
      requests.push({ method, path, status: 500, at: new Date().toISOString(), body: safe(String(error)) })
      send(response, 500, 'application/json', '{"message":"internal error"}')
    })
  })
  await listen(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    misbehave: faults.add,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const PAGE = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'
const MALFORMED = Symbol('malformed')

/** What the vendor says to a request, on whatever way it came. */
export async function answerTo(vendor: Vendor, request: ApiRequest): Promise<ApiAnswer> {
  try {
    vendor.authenticate(request)
    if (request.body === MALFORMED) return vendor.malformed
    for (const route of vendor.routes) {
      const found = route.method === request.method ? route.path.exec(request.path) : null
      if (found) return await route.answer({ ...request, params: found.slice(1).map(decodeURIComponent) })
    }
    return vendor.unknown
  } catch (error) {
    if (error instanceof Refusal) return error.answer
    throw error
  }
}

function send(response: ServerResponse, status: number, type: string, content: string, headers: object = {}) {
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(content) }
  // Node's own would be the machine's time, whatever the sandbox's is.
  const date = new Date().toUTCString()
  response.writeHead(status, { 'content-type': type, date, ...length, ...headers })
  response.end(content)
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of incoming) {
    size += (part as Buffer).length
    if (size > MAX_BODY) throw new Error('a request body is too large')
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsed(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return MALFORMED // answered by `vendor.malformed`
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1' }, () => resolve())
  })
}

const SECRET_FIELD = /token|secret|password|authorization/i

function safe(value: unknown, field = ''): unknown {
  if (SECRET_FIELD.test(field)) return '<hidden>'
  if (typeof value === 'symbol') return '<malformed>'
  if (typeof value === 'string') return /-----BEGIN|canary-token-/.test(value) ? '<hidden>' : value.slice(0, 100)
  if (Array.isArray(value)) return value.map((each) => safe(each, field))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, safe(each, name)]))
}
