import * as scaleway from '../../lib/balancers/drivers/scaleway/driver.ts'
import { forAnyListener } from '../../lib/balancers/open.ts'
import { Failure } from '../../lib/errors.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import type { Http, HttpRequest, HttpResponse } from '../../lib/platform/http.ts'
import type { Clock, LoadBalancer } from '../../lib/ports.ts'
import { answerTo } from '../../sandbox/api.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { emptyHosted } from '../../sandbox/hosted-zones.ts'
import type { Listener } from '../../sandbox/listener.ts'
import type { ScalewayState } from '../../sandbox/scaleway/objects.ts'
import { createScaleway } from '../../sandbox/scaleway/scaleway.ts'
import { contextOver } from './driver-context.ts'

const TOKEN = 'canary-token-in-memory'

/** What becomes of one request: it is refused, it never arrives, its answer is lost, or it goes well. */
export type Fate = 'refused' | 'busy' | 'in use' | 'unreachable' | 'lost' | 'well'

export interface InMemory {
  /** A driver of its own, as another process has it. */
  open(watch: Watch, clock?: Clock): Promise<LoadBalancer>
  /** The same, whose requests arrive when `pass` lets them. */
  openThrough(pass: Pass, clock: Clock): Promise<LoadBalancer>
}

/** A request on its way, and what sends it on. */
export type Pass = (request: HttpRequest, send: () => Promise<HttpResponse>) => Promise<HttpResponse>

/** Sees each request of one driver on its way. */
export interface Watch {
  /** It arrives when this resolves. */
  travel(): Promise<void>
  /** When it arrives, and nothing else is under way. */
  fate(): Fate
  /** After the API has acted, and before anything else arrives. */
  acted(request: HttpRequest, status: number): void
}

/** The sandbox's load balancers without servers and sockets: thousands of worlds in seconds. */
export async function scalewayInMemory(
  state: ScalewayState,
  { settleMs = 0, clock }: { readonly settleMs?: number; readonly clock?: Pick<Clock, 'now'> } = {},
): Promise<InMemory> {
  const { vendor } = await createScaleway({
    state,
    tokens: [{ token: TOKEN, rights: ['lb:read', 'lb:write'] }],
    hosted: emptyHosted(),
    table: createZones(),
    listeners: { serve: async () => deaf, get: () => undefined, drop: async () => {}, closeAll: async () => {} },
    save() {},
    settleMs,
    ...(clock && { clock }),
  })
  const answerOf = async (request: HttpRequest): Promise<HttpResponse> => {
    const { pathname: path, searchParams: query } = new URL(request.url)
    const body: unknown = request.body === undefined ? undefined : JSON.parse(request.body)
    const { method, headers = {} } = request
    const answer = await answerTo(vendor, { method, path, query, headers, params: [], body })
    return reply(answer.status, answer.body)
  }
  const act = async (request: HttpRequest, watch: Watch): Promise<HttpResponse> => {
    const fate = watch.fate()
    if (fate === 'unreachable') throw new Failure('UNREACHABLE', 'the connection was broken off')
    if (fate === 'refused') return reply(500, { message: 'internal error' })
    if (fate === 'busy') return reply(409, { type: 'transient_state', resource: 'lb', current_state: 'pending' })
    if (fate === 'in use') return reply(400, { message: 'the certificate is used on a frontend' })
    const answer = await answerOf(request)
    watch.acted(request, answer.status)
    if (fate === 'lost') throw new Failure('UNREACHABLE', 'the connection was broken off')
    return answer
  }
  let turn: Promise<unknown> = Promise.resolve()
  const send = async (request: HttpRequest, watch: Watch): Promise<HttpResponse> => {
    await watch.travel()
    const mine = turn.then(() => act(request, watch))
    turn = mine.catch(() => {})
    return mine
  }
  const opened = async (send: Http['send'], own: Partial<DriverContext> = {}): Promise<LoadBalancer> => {
    const { context } = contextOver({ send, close: async () => {} }, TOKEN)
    const token = { from: 'env', name: 'TOKEN' } as const
    const options = { zone: 'fr-par-1', projectId: state.project, token } as const
    return forAnyListener(scaleway.driver.listener, await scaleway.driver.open(options, { ...context, ...own }))
  }
  return {
    open: (watch, clock) => opened((request) => send(request, watch), clock && { clock }),
    openThrough: (pass, clock) => opened((request) => pass(request, () => answerOf(request)), { clock }),
  }
}

const reply = (status: number, body: unknown): HttpResponse => ({
  status,
  headers: {},
  body: body === undefined ? '' : JSON.stringify(body),
  receivedAt: new Date(),
})

const deaf: Listener = { port: 0, addresses: [], serve() {}, misbehave: () => () => {}, close: async () => {} }
