import type { Route } from '../api.ts'
import type { Listeners } from '../listeners.ts'
import type { Frontend, Lb, ScalewayState } from './objects.ts'
import { invalidArgument, notFound, page } from './refusals.ts'
import { createShapes, type Shapes } from './shapes.ts'

/** What the routes of the load balancer API work on. */
export interface LoadBalancers {
  readonly state: ScalewayState
  readonly shapes: Shapes
  readonly clock: { now(): Date }
  lbOf(zone: string | undefined, id: string | undefined): Lb
  /** Saves; `pending`: the instances take a moment to follow. */
  changed(lb: Lb, how: { readonly pending: boolean }): Promise<void>
  /** Makes its listener serve what the frontend says. */
  apply(frontend: Frontend): Promise<void>
  stop(frontend: Frontend): Promise<void>
}

export interface LoadBalancersOptions {
  readonly state: ScalewayState
  readonly listeners: Listeners
  save(): void
  /** How long instances are `pending` after a change. */
  readonly settleMs: number
  readonly clock?: { now(): Date }
}

export function createLoadBalancers(options: LoadBalancersOptions): LoadBalancers {
  const { state, listeners, save, settleMs, clock = { now: () => new Date() } } = options
  const busyUntil = new Map<string, number>()
  return {
    state,
    clock,
    shapes: createShapes(state, (lb) => performance.now() < (busyUntil.get(lb.id) ?? 0)),
    lbOf(zone, id) {
      const lb = state.lbs.find((each) => each.id === id && each.zone === zone)
      if (lb === undefined) throw notFound('lbs')
      return lb
    },
    async changed(lb, { pending }) {
      lb.updated_at = new Date().toISOString()
      if (pending) busyUntil.set(lb.id, performance.now() + settleMs)
      save()
    },
    async apply({ id, name, inbound_port, certificate_ids }) {
      const certificates = certificate_ids.flatMap(
        (each) => state.certificates.find((known) => known.id === each) ?? [],
      )
      // Without a certificate a frontend speaks plain HTTP or TCP, which is not practised here.
      if (certificates.length === 0) return listeners.drop(id)
      try {
        await listeners.serve(id, inbound_port, certificates, `hello from ${name}`)
      } catch (error) {
        throw invalidArgument('inbound_port', 'constraint', `it cannot be listened at here: ${String(error)}`)
      }
    },
    stop: ({ id }) => listeners.drop(id),
  }
}

const LBS = /^\/lb\/v1\/zones\/([^/]+)\/lbs$/
const LB = /^\/lb\/v1\/zones\/([^/]+)\/lbs\/([^/]+)$/
const BACKENDS = /^\/lb\/v1\/zones\/([^/]+)\/lbs\/([^/]+)\/backends$/
const BACKEND = /^\/lb\/v1\/zones\/([^/]+)\/backends\/([^/]+)$/

export function loadBalancerRoutes({ state, shapes, lbOf }: LoadBalancers): Route[] {
  return [
    {
      method: 'GET',
      path: LBS,
      answer({ params, query }) {
        // The filter finds parts of names, too.
        const name = query.get('name') ?? ''
        const tags = query.getAll('tags')
        const project = query.get('project_id') ?? state.project
        const all = state.lbs.filter(
          (lb) => lb.zone === params[0] && lb.name.includes(name) && tags.every((tag) => lb.tags.includes(tag)),
        )
        const found = project === state.project ? all : []
        const lbs = page(found, query).map((lb) => shapes.lb(lb, true))
        return { status: 200, body: { lbs, total_count: found.length } }
      },
    },
    {
      method: 'GET',
      path: LB,
      answer: ({ params }) => ({ status: 200, body: shapes.lb(lbOf(params[0], params[1]), true) }),
    },
    {
      method: 'GET',
      path: BACKENDS,
      answer({ params, query }) {
        const lb = lbOf(params[0], params[1])
        const all = state.backends.filter((each) => each.lb === lb.id && each.name.includes(query.get('name') ?? ''))
        const backends = page(all, query).map((each) => shapes.backend(each, false))
        return { status: 200, body: { backends, total_count: all.length } }
      },
    },
    {
      method: 'GET',
      path: BACKEND,
      answer({ params }) {
        const backend = state.backends.find(({ id }) => id === params[1])
        if (backend === undefined) throw notFound('backend')
        return { status: 200, body: shapes.backend(backend, true) }
      },
    },
  ]
}
