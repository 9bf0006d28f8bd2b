import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { LoggedRequest } from '../api.ts'
import { type ApiFault, createApiFaults } from '../api-faults.ts'
import type { Ending } from '../fault-list.ts'
import type { Identity } from '../pki.ts'
import { codeWith, type ErrorCode, errorXml, STATUS, StorageError } from './errors.ts'
import { createObjects } from './objects.ts'
import { perform, STORAGE_RIGHTS, type StorageAnswer, type StorageRight } from './operations.ts'
import { type AccessKey, decoded, pairsOf, type SignedRequest, signer } from './signature.ts'

export interface StorageKey extends AccessKey {
  /** All of them if absent. */
  readonly rights?: readonly StorageRight[]
}

export interface ObjectStorageOptions {
  readonly port?: number
  readonly tls: Identity
  readonly keys: readonly StorageKey[]
  /** For which requests must be signed; default `fr-par`. */
  readonly region?: string
  readonly buckets: readonly string[]
  /** Where the objects are kept between starts; in memory if absent. */
  readonly folder?: string
}

export interface ObjectStorage {
  readonly port: number
  /** `https://localhost:<port>`, for clients that put the bucket into the path. */
  readonly endpoint: string
  readonly region: string
  /** Since this start, oldest first. Bodies are not kept. */
  readonly requests: readonly LoggedRequest[]
  /** What goes wrong; `path` is `/bucket/key`. Returns what ends the fault. `lostAnswer` acts, and answers nothing. */
  misbehave(fault: ApiFault): Ending
  /** A storage that knows no conditional writes takes every one. Returns what ends it. */
  ignoreConditions(): () => void
  /** As a bucket whose objects are locked: a write is taken with a checksum only. Returns what ends it. */
  requireChecksums(): () => void
  /** As Cloudflare R2: so many writes to one key are taken within a second. Returns what ends it. */
  limitWrites(perSecond: number): () => void
  close(): Promise<void>
}

const MAX_BODY = 8 * 1_048_576

/** The part of the S3 API that a store of documents needs, over https on 127.0.0.1, path style. */
export async function startObjectStorage(options: ObjectStorageOptions): Promise<ObjectStorage> {
  const { port = 0, tls, keys, region = 'fr-par', buckets, folder } = options
  const objects = createObjects(buckets, folder)
  const faults = createApiFaults()
  const requests: LoggedRequest[] = []
  const habits = createHabits()

  function answer(request: SignedRequest, path: string): StorageAnswer {
    const { rights = STORAGE_RIGHTS } = signer(request, keys, region)
    const [bucket = '', key = ''] = path.slice(1).split(/\/(.*)/s)
    const query = new Map(pairsOf(request.url.split(/\?(.*)/s)[1] ?? ''))
    if (request.method === 'PUT') habits.countWrite(path)
    return perform({ ...request, bucket, key, query }, { objects, rights, ...habits.now })
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming
    const body = await readBody(incoming)
    const path = pathOf(url)
    const log = (status: number) =>
      requests.push({ method, path, status, at: new Date().toISOString(), body: undefined })
    const breakOff = () => {
      log(0)
      incoming.socket.destroy()
    }
    const requestId = randomUUID()
    const fault = faults.take(method, path)
    if (fault?.how === 'reset') return breakOff()
    if (fault?.how === 'slow') await wait(fault.delayMs ?? 50)
    const answered =
      fault?.how === 'status' || fault?.how === 'html'
        ? ordered(fault, { resource: path, requestId })
        : attempt(() => answer({ method, url, headers, body }, path), { resource: path, requestId })
    if (fault?.how === 'lostAnswer') return breakOff()
    log(answered.status)
    send(answered, { method, requestId }, response)
  }

  const server = createServer(tls, (incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(error instanceof StorageError ? error.code : 'internal error')
    })
  })
  const bound = await listen(server, port)
  return {
    port: bound,
    endpoint: `https://localhost:${bound}`,
    region,
    requests,
    misbehave: faults.add,
    ignoreConditions: () => habits.take({ conditions: false }),
    requireChecksums: () => habits.take({ checksums: true }),
    limitWrites: (perSecond) => habits.take({ perSecond }),
    close: () => stop(server),
  }
}

interface Habits {
  readonly conditions: boolean
  readonly checksums: boolean
  readonly perSecond: number
}

function createHabits() {
  let now: Habits = { conditions: true, checksums: false, perSecond: Number.POSITIVE_INFINITY }
  const writes = new Map<string, number[]>()
  return {
    get now() {
      return now
    },
    /** Returns what ends it. */
    take(habit: Partial<Habits>): () => void {
      const before = now
      now = { ...now, ...habit }
      return () => {
        now = before
      }
    },
    countWrite(path: string): void {
      const recent = (writes.get(path) ?? []).filter((at) => at > performance.now() - 1_000)
      if (recent.length >= now.perSecond) throw new StorageError('TooManyRequests', 'Reduce your rate for this object.')
      writes.set(path, [...recent, performance.now()])
    },
  }
}

const pathOf = (url: string): string => (url.split('?')[0] ?? '/').split('/').map(decoded).join('/')

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1' }, () => resolve())
  })
  return (server.address() as AddressInfo).port
}

function send(
  { status, headers, body = '' }: StorageAnswer,
  { method, requestId }: { readonly method: string; readonly requestId: string },
  response: ServerResponse,
): void {
  // Node's own would be the machine's time: a client corrects its clock by what it reads here.
  const date = new Date().toUTCString()
  const length = { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, { 'x-amz-request-id': requestId, date, ...length, ...headers })
  response.end(method === 'HEAD' || status === 304 ? '' : body)
}

type Place = { readonly resource: string; readonly requestId: string }

function attempt(work: () => StorageAnswer, place: Place): StorageAnswer {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return refused(error.code, error.message, place)
  }
}

const refused = (code: ErrorCode, message: string, place: Place): StorageAnswer => ({
  status: STATUS[code],
  headers: { 'content-type': 'application/xml' },
  body: errorXml({ code, message, ...place }),
})

function ordered({ how, status = 503, headers = {}, body: said }: ApiFault, place: Place): StorageAnswer {
  if (typeof said === 'string') return { status, headers, body: said }
  if (how === 'html') return { status, headers: { 'content-type': 'text/html', ...headers }, body: PAGE }
  const body = errorXml({ code: codeWith(status), message: 'as it was ordered', ...place })
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body }
}

const PAGE = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of incoming) {
    size += (part as Buffer).length
    if (size > MAX_BODY) throw new StorageError('EntityTooLarge', 'Your proposed upload is too large')
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts)
}
