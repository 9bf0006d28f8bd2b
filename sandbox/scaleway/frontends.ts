import type { Route } from '../api.ts'
import type { LoadBalancers } from './load-balancers.ts'
import { type Frontend, type FrontendFields, type Lb, newFrontend, type ScalewayState } from './objects.ts'
import { fieldsOf, invalidArgument, notFound, page, textField } from './refusals.ts'

const IN_LB = /^\/lb\/v1\/zones\/([^/]+)\/lbs\/([^/]+)\/frontends$/
const ONE = /^\/lb\/v1\/zones\/([^/]+)\/frontends\/([^/]+)$/
const ACLS = /^\/lb\/v1\/zones\/([^/]+)\/frontends\/([^/]+)\/acls$/

export function frontendRoutes(balancers: LoadBalancers): Route[] {
  const { state, shapes, lbOf, changed, apply, stop } = balancers
  const frontendOf = ([zone, id]: readonly string[]) => frontendIn(state, zone, id)
  return [
    {
      method: 'GET',
      path: IN_LB,
      answer({ params, query }) {
        const lb = lbOf(params[0], params[1])
        const all = state.frontends.filter((each) => each.lb === lb.id && each.name.includes(query.get('name') ?? ''))
        const frontends = page(all, query).map((each) => shapes.frontend(each, false))
        return { status: 200, body: { frontends, total_count: all.length } }
      },
    },
    {
      method: 'POST',
      path: IN_LB,
      async answer({ params, body }) {
        const lb = lbOf(params[0], params[1])
        const frontend = newFrontend(lb, readFrontend(body, lb, state))
        await apply(frontend)
        state.frontends.push(frontend)
        await changed(lb, { pending: true })
        return { status: 200, body: shapes.frontend(frontend, true) }
      },
    },
    {
      method: 'GET',
      path: ONE,
      answer: ({ params }) => ({
        status: 200,
        body: shapes.frontend(frontendOf(params).frontend, false),
      }),
    },
    {
      method: 'PUT',
      path: ONE,
      async answer({ params, body }) {
        const { frontend, lb } = frontendOf(params)
        const fields = readFrontend(body, lb, state, frontend)
        await apply({ ...frontend, ...fields })
        Object.assign(frontend, fields, { updated_at: new Date().toISOString() })
        await changed(lb, { pending: true })
        return { status: 200, body: shapes.frontend(frontend, true) }
      },
    },
    {
      method: 'DELETE',
      path: ONE,
      async answer({ params }) {
        const { frontend, lb } = frontendOf(params)
        await stop(frontend)
        state.frontends = state.frontends.filter((each) => each !== frontend)
        await changed(lb, { pending: true })
        return { status: 204 }
      },
    },
    { method: 'GET', path: ACLS, answer: () => ({ status: 200, body: { acls: [], total_count: 0 } }) },
  ]
}

function frontendIn(state: ScalewayState, zone = '', id = ''): { frontend: Frontend; lb: Lb } {
  const frontend = state.frontends.find((each) => each.id === id)
  const lb = state.lbs.find((each) => each.id === frontend?.lb)
  if (frontend === undefined || lb?.zone !== zone) throw notFound('frontend')
  return { frontend, lb }
}

/** All of it, every time: what is left out is reset to its default. */
function readFrontend(body: unknown, lb: Lb, state: ScalewayState, itself?: Frontend): FrontendFields {
  const fields = fieldsOf(body)
  const backend = textField(body, 'backend_id')
  if (!state.backends.some((each) => each.id === backend && each.lb === lb.id)) throw notFound('backend_id')
  const inbound_port = portIn(fields.inbound_port)
  const taken = state.frontends.some(
    (each) => each !== itself && each.lb === lb.id && each.inbound_port === inbound_port,
  )
  if (taken) throw invalidArgument('inbound_port', 'constraint', 'another frontend has this port')
  const certificate_ids = certificateIds(fields)
  const known = state.certificates.filter((each) => each.lb === lb.id).map(({ id }) => id)
  if (!certificate_ids.every((id) => known.includes(id))) throw notFound('certificate')
  if (certificate_ids.length > 0 && inbound_port === 80) {
    throw invalidArgument('certificate_ids', 'constraint', 'certificates are not allowed on port 80')
  }
  const rate = fields.connection_rate_limit
  return {
    name: textField(body, 'name'),
    inbound_port,
    backend,
    timeout_client: milliseconds(fields.timeout_client),
    certificate_ids,
    connection_rate_limit: typeof rate === 'number' && rate > 0 ? rate : null,
    enable_access_logs: fields.enable_access_logs === true,
    enable_http3: fields.enable_http3 === true,
  }
}

function portIn(value: unknown): number {
  if (value === undefined || value === null)
    throw invalidArgument('inbound_port', 'required', 'inbound_port is required')
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536) return value
  throw invalidArgument('inbound_port', 'format', 'inbound_port must be a port')
}

function certificateIds({ certificate_id: one, certificate_ids: many }: Record<string, unknown>): string[] {
  if (one !== undefined && many !== undefined) {
    throw invalidArgument('certificate_id', 'constraint', 'certificate_id and certificate_ids exclude each other')
  }
  const ids = one === undefined || one === null ? (many ?? []) : [one]
  if (Array.isArray(ids) && ids.every((id) => typeof id === 'string')) return [...new Set(ids)]
  throw invalidArgument('certificate_ids', 'format', 'certificate_ids must be a list of ids')
}

/** A number of milliseconds on the wire; older clients send `30s`. */
function milliseconds(value: unknown): number | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && value >= 0) return value
  const [, amount, unit] = (typeof value === 'string' && /^(\d+(?:\.\d+)?)(ms|s)$/.exec(value)) || []
  if (amount === undefined) throw invalidArgument('timeout_client', 'format', 'timeout_client must be a duration')
  return Number(amount) * (unit === 's' ? 1_000 : 1)
}
