import { driver as httpreq } from '../../lib/dns/drivers/httpreq.ts'
import { driver as linode } from '../../lib/dns/drivers/linode.ts'
import { driver as scaleway } from '../../lib/dns/drivers/scaleway.ts'
import { Failure } from '../../lib/errors.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import type { DnsProvider, ZoneRecord } from '../../lib/ports.ts'
import { answering, contextOver, type Reply } from './driver-context.ts'

export const ZONE = 'example.com'

/** A value at a name below the zone; at the zone itself if the name is empty. */
export const at = (relativeName: string, value: string): ZoneRecord => ({
  name: relativeName === '' ? ZONE : `${relativeName}.${ZONE}`,
  relativeName,
  value,
  zone: ZONE,
  provider: 'main',
})

export const TOKEN = 'canary-token-dns'

export interface Row {
  /** Relative to the zone. */
  readonly name: string
  readonly type: string
  readonly value: string
}

interface KeptRow extends Row {
  readonly id: number
}

export interface Fault {
  readonly method: HttpRequest['method']
  /** Given instead of doing what was asked; absent: it is done and the answer gets lost. */
  readonly reply?: Reply
}

/** A vendor's API over one zone. */
export interface Vendor {
  /** The TXT records that stand there, oldest first. */
  rows(): Row[]
  put(...rows: Row[]): void
  /** For one request. */
  fault(fault: Fault): void
  /** What was sent, oldest first. */
  readonly requests: readonly HttpRequest[]
  open(): Promise<DnsProvider>
  close(): Promise<void>
}

const PAGE = 2

/** In memory, two records to a page, and careless about what is asked: all that it knows comes back. */
function fake(open: (context: DriverContext) => Promise<DnsProvider>, answer: (call: Call) => Reply): Vendor {
  const rows: KeptRow[] = []
  const faults: Fault[] = []
  const http = answering((request) => {
    const position = faults.findIndex(({ method }) => method === request.method)
    const [fault] = position < 0 ? [] : faults.splice(position, 1)
    const reply = fault?.reply ?? answer({ ...call(request), rows })
    if (fault && !fault.reply) throw new Failure('UNREACHABLE', 'the connection broke')
    return reply
  })
  const { context, requests } = contextOver(http, TOKEN)
  return {
    rows: () => rows.filter(({ type }) => type === 'TXT'),
    put: (...more) => void rows.push(...more.map((each) => ({ ...each, id: ++lastId }))),
    fault: (fault) => void faults.push(fault),
    requests,
    open: () => open(context),
    close: async () => {},
  }
}

interface Call {
  readonly route: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly rows: KeptRow[]
}

function call({ method, url, headers = {}, body }: HttpRequest): Omit<Call, 'rows'> {
  const { pathname, searchParams } = new URL(url)
  return {
    route: `${method} ${pathname}`,
    query: searchParams,
    headers,
    body: body === undefined ? undefined : JSON.parse(body),
  }
}

let lastId = 100
export const row = (name: string, value: string, type = 'TXT'): Row => ({ name, type, value })
const kept = (name: string, value: string, type = 'TXT'): KeptRow => ({ ...row(name, value, type), id: ++lastId })

function drop(rows: KeptRow[], gone: (row: KeptRow) => boolean): boolean {
  const left = rows.filter((each) => !gone(each))
  return rows.splice(0, rows.length, ...left).length > left.length
}

const pageOf = <T>(all: readonly T[], query: URLSearchParams) => {
  const page = Number(query.get('page') ?? 1)
  return all.slice((page - 1) * PAGE, page * PAGE)
}

interface Changes {
  changes: {
    add?: { records: { name: string; data: string; type: string }[] }
    delete?: { id: string }
  }[]
}

/** Takes TXT data with or without quotes and shows it with; the same value twice makes two records. */
const fakeScaleway = () =>
  fake(
    (context) => scaleway.open({ token: { from: 'env', name: 'T' } }, context),
    ({ route, query, headers, body, rows }) => {
      if (headers['x-auth-token'] !== TOKEN) return { status: 401, body: { type: 'denied_authentication' } }
      const path = `/domain/v2beta1/dns-zones/${ZONE}/records`
      if (route === `GET ${path}`) {
        const fitting = rows.filter(({ name }) => !query.get('name') || name === query.get('name'))
        const records = pageOf(fitting, query).map(({ id, value, ...rest }) => ({
          ...rest,
          id: `${id}`,
          data: rest.type === 'TXT' ? `"${value}"` : value,
          ttl: 60,
        }))
        return { status: 200, body: { records, total_count: fitting.length } }
      }
      if (route !== `PATCH ${path}`) return { status: 404, body: { type: 'not_found', message: 'zone not found' } }
      for (const { add, delete: gone } of (body as Changes).changes) {
        for (const { name, data, type } of add?.records ?? []) rows.push(kept(name, data, type))
        if (gone && !drop(rows, ({ id }) => `${id}` === gone.id)) return { status: 404, body: { type: 'not_found' } }
      }
      return { status: 200, body: { records: [] } }
    },
  )

const fakeLinode = () =>
  fake(
    (context) => linode.open({ token: { from: 'env', name: 'T' } }, context),
    ({ route, query, headers, body, rows }) => {
      const refusal = (status: number, reason: string) => ({ status, body: { errors: [{ reason }] } })
      if (headers.authorization !== `Bearer ${TOKEN}`) return refusal(401, 'Invalid Token')
      const list = <T>(all: readonly T[]) => ({
        status: 200,
        body: {
          data: pageOf(all, query),
          page: Number(query.get('page')),
          pages: Math.max(1, Math.ceil(all.length / PAGE)),
          results: all.length,
        },
      })
      if (route === 'GET /v4/domains') {
        const domains = ['a.example', 'b.example', ZONE].map((domain, id) => ({ id, domain, type: 'master' }))
        return list(domains)
      }
      if (route === 'GET /v4/domains/2/records')
        return list(rows.map(({ value: target, ...rest }) => ({ ...rest, target })))
      if (route === 'POST /v4/domains/2/records') {
        const { name, target, type } = body as { name: string; target: string; type: string }
        rows.push(kept(name, target, type))
        return { status: 200, body: rows.at(-1) }
      }
      const id = /^DELETE \/v4\/domains\/2\/records\/(\d+)$/.exec(route)?.[1]
      return drop(rows, (each) => `${each.id}` === id) ? { status: 200, body: {} } : refusal(404, 'Not found')
    },
  )

/** Keeps a set of values at each name, as lego's own providers behind such a service do. */
const fakeHttpreq = () =>
  fake(
    (context) =>
      httpreq.open(
        { endpoint: 'https://dns.example/hook', username: 'me', password: { from: 'env', name: 'P' } },
        context,
      ),
    ({ route, headers, body, rows }) => {
      const credentials = Buffer.from(`me:${TOKEN}`).toString('base64')
      if (headers.authorization !== `Basic ${credentials}`) return { status: 401 }
      const { fqdn, value } = body as { fqdn: string; value: string }
      const name = fqdn.slice(0, -`.${ZONE}.`.length)
      const here = (each: Row) => each.name === name && each.type === 'TXT' && each.value === value
      if (route === 'POST /hook/present' && !rows.some(here)) rows.push(kept(name, value))
      if (route === 'POST /hook/cleanup') drop(rows, here)
      return { status: 200 }
    },
  )

export const fakes = { scaleway: fakeScaleway, linode: fakeLinode, httpreq: fakeHttpreq }
