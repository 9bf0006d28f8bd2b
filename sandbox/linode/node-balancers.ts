import type { ApiRequest, Route } from '../api.ts'
import type { Listeners } from '../listeners.ts'
import { listing } from './listing.ts'
import type { Config, LinodeState, NodeBalancer } from './objects.ts'
import { complaint, notFound } from './refusals.ts'
import { shownTls } from './tls-fields.ts'

/** What the routes of NodeBalancers work on. */
export interface NodeBalancers {
  readonly state: LinodeState
  nodeBalancerOf(id: string | undefined): NodeBalancer
  /** Makes its listener serve what the config says. */
  apply(config: Config): Promise<void>
  stop(config: Config): Promise<void>
  changed(nodeBalancer: NodeBalancer): void
}

export function createNodeBalancers(options: {
  state: LinodeState
  listeners: Listeners
  save(): void
}): NodeBalancers {
  const { state, listeners, save } = options
  const stop = ({ id }: Config) => listeners.drop(String(id))
  return {
    state,
    nodeBalancerOf(id) {
      const found = state.nodeBalancers.find((each) => String(each.id) === id)
      if (found === undefined) throw notFound()
      return found
    },
    stop,
    async apply(config) {
      // Plain HTTP and TCP are not practised here.
      if (config.tls === undefined) return stop(config)
      const { label } = state.nodeBalancers.find(({ id }) => id === config.nodebalancer_id) ?? { label: '' }
      try {
        await listeners.serve(String(config.id), config.port, [config.tls], `hello from ${label}`)
      } catch (error) {
        throw complaint(400, { field: 'port', reason: `It cannot be listened at here: ${String(error)}` })
      }
    },
    changed(nodeBalancer) {
      nodeBalancer.updated = new Date().toISOString().slice(0, 19)
      save()
    },
  }
}

const ALL = /^\/v4(?:beta)?\/nodebalancers$/
const ONE = /^\/v4(?:beta)?\/nodebalancers\/(\d+)$/
const NODES = /^\/v4(?:beta)?\/nodebalancers\/(\d+)\/configs\/(\d+)\/nodes$/

export function nodeBalancerRoutes({ state, nodeBalancerOf }: NodeBalancers): Route[] {
  const filterable = ['label', 'region', 'ipv4', 'hostname', 'tags']
  return [
    {
      method: 'GET',
      path: ALL,
      answer: (request: ApiRequest) => listing(state.nodeBalancers.map(shownNodeBalancer), request, filterable),
    },
    {
      method: 'GET',
      path: ONE,
      answer: ({ params }) => ({ status: 200, body: shownNodeBalancer(nodeBalancerOf(params[0])) }),
    },
    {
      method: 'GET',
      path: NODES,
      answer(request) {
        const { id } = nodeBalancerOf(request.params[0])
        const nodes = state.nodes.filter(
          (each) => each.nodebalancer_id === id && String(each.config_id) === request.params[1],
        )
        return listing(
          nodes.map((node) => ({ ...node, status: 'UP' })),
          request,
          [],
        )
      },
    },
  ]
}

const shownNodeBalancer = (each: NodeBalancer) => ({
  id: each.id,
  label: each.label,
  region: each.region,
  type: 'common',
  hostname: `nb-${each.ipv4.replaceAll('.', '-')}.${each.region}.nodebalancer.linode.com`,
  ipv4: each.ipv4,
  ipv6: each.ipv6,
  created: each.created,
  updated: each.updated,
  client_conn_throttle: 0,
  client_udp_sess_throttle: 0,
  lke_cluster: each.lke_cluster,
  tags: each.tags,
  transfer: { in: null, out: null, total: null },
})

export function shownConfig({ id, tls, nodebalancer_id, udp_check_port, ...settings }: Config, nodes: number) {
  return {
    id,
    ...settings,
    nodebalancer_id,
    ...shownTls(tls),
    nodes_status: { up: nodes, down: 0 },
    udp_check_port,
    udp_session_timeout: 16,
  }
}
