import type { Route } from '../api.ts'
import { listing } from './listing.ts'
import { type NodeBalancers, shownConfig } from './node-balancers.ts'
import { addNode, type Config, DEFAULTS, type LinodeState, type Node, type NodeBalancer, newConfig } from './objects.ts'
import { accepted, complaint, notFound } from './refusals.ts'
import { createNodeBalancerConfigSchema, UpdateNodeBalancerConfigSchema } from './schemas.ts'
import { readTls } from './tls-fields.ts'

const IN_NODEBALANCER = /^\/v4(?:beta)?\/nodebalancers\/(\d+)\/configs$/
const ONE = /^\/v4(?:beta)?\/nodebalancers\/(\d+)\/configs\/(\d+)$/
const REBUILD = /^\/v4(?:beta)?\/nodebalancers\/(\d+)\/configs\/(\d+)\/rebuild$/

/** The vendor's client asks for nodes; the API, as recorded, does not. */
const createSchema = createNodeBalancerConfigSchema.omit(['nodes'])

export function configRoutes(balancers: NodeBalancers): Route[] {
  const { state, nodeBalancerOf, apply, stop, changed } = balancers
  const configOf = (params: readonly string[]) => {
    const nodeBalancer = nodeBalancerOf(params[0])
    const config = state.configs.find((each) => String(each.id) === params[1])
    if (config?.nodebalancer_id !== nodeBalancer.id) throw notFound()
    return { nodeBalancer, config }
  }
  const shown = (config: Config) => shownConfig(config, nodesOf(state, config).length)

  async function update(params: readonly string[], body: unknown, nodes?: readonly NodeFields[]) {
    const { nodeBalancer, config } = configOf(params)
    const fields = accepted(body, nodes ? createSchema : UpdateNodeBalancerConfigSchema)
    const next = merged(config, fields)
    checkPort(next, state)
    await apply(next)
    Object.assign(config, next)
    if (nodes) replaceNodes(state, config, nodes)
    changed(nodeBalancer)
    return { status: 200, body: shown(config) }
  }

  return [
    {
      method: 'GET',
      path: IN_NODEBALANCER,
      answer(request) {
        const { id } = nodeBalancerOf(request.params[0])
        return listing(state.configs.filter((each) => each.nodebalancer_id === id).map(shown), request, [])
      },
    },
    {
      method: 'POST',
      path: IN_NODEBALANCER,
      answer: async ({ params, body }) => ({ status: 200, body: shown(await create(params, body, balancers)) }),
    },
    { method: 'GET', path: ONE, answer: ({ params }) => ({ status: 200, body: shown(configOf(params).config) }) },
    { method: 'PUT', path: ONE, answer: ({ params, body }) => update(params, body) },
    {
      method: 'POST',
      path: REBUILD,
      answer: ({ params, body }) => update(params, body, nodesIn(body)),
    },
    {
      method: 'DELETE',
      path: ONE,
      async answer({ params }) {
        const { nodeBalancer, config } = configOf(params)
        await stop(config)
        state.configs = state.configs.filter((each) => each !== config)
        state.nodes = state.nodes.filter((each) => each.config_id !== config.id)
        changed(nodeBalancer)
        return { status: 200, body: {} }
      },
    },
  ]
}

async function create(
  params: readonly string[],
  body: unknown,
  { state, nodeBalancerOf, apply, changed }: NodeBalancers,
): Promise<Config> {
  const nodeBalancer = nodeBalancerOf(params[0])
  const fields = accepted(body, createSchema)
  const nodes = Array.isArray(fields.nodes) ? readNodes(fields.nodes) : []
  const config = merged(newConfig(state, nodeBalancer, {}, Number(fields.port)), fields)
  checkPort(config, state)
  await apply(config)
  state.configs.push(config)
  replaceNodes(state, config, nodes)
  changed(nodeBalancer)
  return config
}

/** Only what was sent changes. */
function merged(config: Config, fields: Record<string, unknown>): Config {
  const settings = Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => (name in DEFAULTS || name === 'port') && value !== undefined),
  )
  const next: Config = { ...config, ...settings }
  return { ...next, tls: readTls(fields, next.protocol, config.tls) }
}

function checkPort(config: Config, state: LinodeState) {
  const beside = state.configs.filter(
    ({ id, nodebalancer_id }) => nodebalancer_id === config.nodebalancer_id && id !== config.id,
  )
  const family = ({ protocol }: Config) => (protocol === 'udp' ? 'udp' : 'tcp')
  if (beside.some((each) => each.port === config.port && family(each) === family(config))) {
    throw complaint(400, { field: 'port', reason: 'Port must be unique.' })
  }
}

type NodeFields = Pick<Node, 'label' | 'address'> & Partial<Pick<Node, 'id' | 'weight' | 'mode'>>

function nodesIn(body: unknown): NodeFields[] {
  const nodes = (body as { nodes?: unknown } | undefined)?.nodes
  if (!Array.isArray(nodes)) throw complaint(400, { field: 'nodes', reason: 'nodes is required' })
  return readNodes(nodes)
}

const readNodes = (nodes: readonly unknown[]): NodeFields[] =>
  nodes.map((node, index) => {
    const { id, label, address, weight, mode } = (node ?? {}) as Record<string, unknown>
    const lacking = (field: string) =>
      complaint(400, { field: `nodes[${index}].${field}`, reason: `${field} is required` })
    if (typeof label !== 'string') throw lacking('label')
    if (typeof address !== 'string') throw lacking('address')
    return {
      ...(typeof id === 'number' ? { id } : {}),
      label,
      address,
      ...(typeof weight === 'number' ? { weight } : {}),
      ...(typeof mode === 'string' ? { mode } : {}),
    }
  })

const nodesOf = (state: LinodeState, { id }: Pick<NodeBalancer, 'id'>) =>
  state.nodes.filter((each) => each.config_id === id)

/** Nodes that are left out are deleted; those with an id are updated, those without one are new. */
function replaceNodes(state: LinodeState, config: Config, wanted: readonly NodeFields[]) {
  const before = nodesOf(state, config)
  state.nodes = state.nodes.filter((each) => each.config_id !== config.id)
  for (const fields of wanted) {
    const known = before.find(({ id }) => id === fields.id)
    if (known) state.nodes.push({ ...known, ...fields, id: known.id })
    else Object.assign(addNode(state, config, fields), { weight: fields.weight ?? 100, mode: fields.mode ?? 'accept' })
  }
}
