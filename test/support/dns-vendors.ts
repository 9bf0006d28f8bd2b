/** What a vendor of DNS is to the contract suite, and one that speaks HTTP, in memory. The vendors themselves stand in `dns/`. */
import type * as v from 'valibot'
import { Failure } from '../../lib/errors.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import type { DnsProvider, ZoneRecord } from '../../lib/ports.ts'
import { answering, contextOver, type Reply } from './driver-context.ts'

export const ZONE = 'example.com'
export const TOKEN = 'canary-token-dns'
/** What a driver is configured with for it. */
export const token = { from: 'env', name: 'TOKEN' } as const

/** A value at a name below the zone; at the zone itself if the name is empty. */
export const at = (relativeName: string, value: string, zone = ZONE): ZoneRecord => ({
  name: relativeName === '' ? zone : `${relativeName}.${zone}`,
  relativeName,
  value,
  zone,
  provider: 'main',
})

export interface Row {
  /** Relative to the zone; empty for the zone itself. */
  readonly name: string
  readonly type: string
  readonly value: string
  /** In seconds; undefined of what was not written by a driver. */
  readonly ttl?: number | undefined
}

export const row = (name: string, value: string, type = 'TXT'): Row => ({ name, type, value })

/** What goes wrong with one request. */
export type Trouble = 'denied' | 'rate limited' | 'rejected' | 'lost answer'

/** A vendor over one zone, `example.com`. */
export interface Vendor {
  /** The TXT records that stand there, oldest first. */
  rows(): Row[] | Promise<Row[]>
  put(...rows: Row[]): void | Promise<void>
  /** The next request goes wrong; the next that may change something, where it says so. */
  trouble(kind: Trouble, on?: 'change'): void
  /** How many requests so far may have changed something. */
  changes(): number | Promise<number>
  /** Somebody else does this just before the next change; absent: it cannot be arranged. */
  meanwhile?(work: () => void): void
  open(): Promise<DnsProvider>
  close(): Promise<void>
}

/** What a driver's behaviour is known from, the strongest first; each says which, in a few words. */
export interface Evidence {
  /** The vendor's own program, which a test of peers asks. */
  readonly program?: string
  /** Conversations with the real service. */
  readonly recording?: string
  /** Made by the authors of another client. */
  readonly fixture?: string
  readonly documentation?: string
}

export interface Removal {
  readonly conversation: string
  /** Of the request that removed it. */
  readonly method: string
  /** The value that was removed, and the one that stayed, at `_acme-challenge.deleterecordinset`. */
  readonly values: readonly [string, string]
  /** A value that the last read before it shows; the one that stayed if absent. */
  readonly shown?: string
  /** Of the driver that plays it. */
  readonly options: object
}

/** How recorded conversations with the vendor are played: test/contract/dns-recordings.test.ts. */
export interface Played {
  /** Below NEWLEAF_RECORDINGS. */
  readonly folder: string
  /** The zone that they are about. */
  readonly zone: string
  /** What is read from the answers, by route: `GET /v4/domains/…/records`. */
  readonly answers: Readonly<Record<string, v.GenericSchema>>
  /** The conversation in which one of two values was removed; absent: there is none that can be played. */
  readonly removal?: Removal
  /** Routes and queries of ours that nobody recorded, each with where it is known from. */
  readonly unrecorded?: Readonly<Record<string, string>>
}

export interface DnsPeer {
  readonly evidence: Evidence
  create(): Vendor | Promise<Vendor>
  /** Promises of the contract that cannot be kept there, by their titles in test/support/dns-contract.ts, each with the reason. */
  readonly cannot?: Readonly<Record<string, string>>
  readonly recording?: Played
}

export interface KeptRow extends Row {
  readonly id: number
}

/** A request as a fake reads it. */
export interface Call {
  /** `GET /v4/domains`. */
  readonly route: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  /** What stands in the zone; the fake changes it. */
  readonly rows: KeptRow[]
}

export interface HttpSite {
  open(context: DriverContext): Promise<DnsProvider>
  answer(call: Call): Reply
  /** Whether a request may change something: anything but GET if absent. */
  isChange?(request: HttpRequest): boolean
  /** How the vendor says it; a bare status if absent. */
  readonly says?: Partial<Record<Exclude<Trouble, 'lost answer'>, Reply>>
}

export interface Fault {
  readonly method: HttpRequest['method']
  /** Given instead of doing what was asked; absent: it is done and the answer gets lost. */
  readonly reply?: Reply
}

/** One whose zone stands in this process. */
export interface MemoryVendor extends Vendor {
  rows(): Row[]
  put(...rows: Row[]): void
}

export interface HttpVendor extends MemoryVendor {
  /** What the vendor says to a request. */
  answer(request: HttpRequest): Reply
  /** Whether a request may change something. */
  isChange(request: HttpRequest): boolean
  /** Opens its driver over another connection. */
  openIn(context: DriverContext): Promise<DnsProvider>
  /** What was sent, oldest first. */
  readonly requests: readonly HttpRequest[]
  /** For one request of this method. */
  fault(fault: Fault): void
}

const BARE = {
  denied: { status: 403 },
  'rate limited': { status: 429, headers: { 'retry-after': '120' } },
  rejected: { status: 400 },
} as const

interface Waiting {
  fits(request: HttpRequest): boolean
  readonly reply: Reply | undefined
}

/** A vendor's HTTP API in memory. */
export function httpVendor({ open, answer, says = {}, ...site }: HttpSite): HttpVendor {
  const isChange = site.isChange ?? (({ method }: HttpRequest) => method !== 'GET')
  const rows: KeptRow[] = []
  const faults: Waiting[] = []
  const others: (() => void)[] = []
  const http = answering((request) => {
    if (isChange(request)) others.shift()?.()
    const position = faults.findIndex(({ fits }) => fits(request))
    const [fault] = position < 0 ? [] : faults.splice(position, 1)
    const reply = fault?.reply ?? answer({ ...call(request), rows })
    if (fault && !fault.reply) throw new Failure('UNREACHABLE', 'the connection broke')
    return reply
  })
  const { context, requests } = contextOver(http, TOKEN)
  return {
    rows: () => rows.filter(({ type }) => type === 'TXT'),
    put: (...more) => void rows.push(...more.map(kept)),
    trouble(kind, on) {
      const reply = kind === 'lost answer' ? undefined : (says[kind] ?? BARE[kind])
      faults.push({ fits: on === 'change' ? isChange : () => true, reply })
    },
    fault: ({ method, reply }) => void faults.push({ fits: (request) => request.method === method, reply }),
    meanwhile: (work) => void others.push(work),
    changes: () => requests.filter(isChange).length,
    isChange,
    requests,
    answer: (request) => answer({ ...call(request), rows }),
    openIn: open,
    open: () => open(context),
    close: async () => {},
  }
}

function call({ method, url, headers = {}, body }: HttpRequest): Omit<Call, 'rows'> {
  const { pathname, searchParams } = new URL(url)
  return {
    route: `${method} ${pathname}`,
    query: searchParams,
    headers,
    body: body === undefined ? undefined : parsed(body),
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body // a form, or XML: the fake reads it
  }
}

let lastId = 100
/** With an id of its own. */
export const kept = (each: Row): KeptRow => ({ ...each, id: ++lastId })

/** Takes out those that are gone; whether there were any. */
export function drop(rows: KeptRow[], gone: (row: KeptRow) => boolean): boolean {
  const left = rows.filter((each) => !gone(each))
  return rows.splice(0, rows.length, ...left).length > left.length
}

/** One page of a list, by its number in the query. Pages are short, so that a test meets many. */
export function pageOf<T>(all: readonly T[], query: URLSearchParams, size = 2): T[] {
  const page = Number(query.get('page') ?? 1)
  return all.slice((page - 1) * size, page * size)
}

/** In seconds of Unix time, as vendors name the end of a limit. */
export const inTwoMinutes = (): string => `${Math.floor(Date.now() / 1_000) + 120}`
