import type { X509Certificate } from 'node:crypto'
import { readPemChain } from '../pem.ts'
import type { Backend, Frontend, Lb, ScalewayState, StoredCertificate } from './objects.ts'

/** The objects as the API shows them: every field of the recorded answers. */
export interface Shapes {
  /** `whole`: with its instances; the API leaves them out where an LB stands inside of something that was read. */
  lb(lb: Lb, whole: boolean): object
  backend(backend: Backend, whole: boolean): object
  certificate(certificate: StoredCertificate, whole: boolean): object
  frontend(frontend: Frontend, whole: boolean): object
}

export function createShapes(state: ScalewayState, isPending: (lb: Lb) => boolean): Shapes {
  const lb: Shapes['lb'] = (each, whole) => shownLb(each, whole, state, isPending)
  /** That of an object. */
  const over = ({ lb: id }: { readonly lb: string }, whole: boolean) => {
    const found = state.lbs.find((each) => each.id === id)
    if (found === undefined) throw new Error('an object outlived its load balancer')
    return lb(found, whole)
  }
  const backend: Shapes['backend'] = (each, whole) => shownBackend(each, over(each, whole))
  const certificate: Shapes['certificate'] = (each, whole) => shownCertificate(each, over(each, whole))
  const frontend: Shapes['frontend'] = (each, whole) => {
    const first = state.certificates.find(({ id }) => id === each.certificate_ids[0])
    const under = state.backends.find(({ id }) => id === each.backend)
    return {
      backend: under ? backend(under, false) : null,
      certificate: first ? certificate(first, whole) : null,
      certificate_ids: each.certificate_ids,
      connection_rate_limit: each.connection_rate_limit,
      created_at: each.created_at,
      enable_access_logs: each.enable_access_logs,
      enable_http3: each.enable_http3,
      id: each.id,
      inbound_port: each.inbound_port,
      lb: over(each, whole),
      name: each.name,
      timeout_client: each.timeout_client,
      updated_at: each.updated_at,
    }
  }
  return { lb, backend, certificate, frontend }
}

const countOf = (id: string, list: readonly { readonly lb: string }[]) => list.filter((each) => each.lb === id).length

function shownLb(each: Lb, whole: boolean, state: ScalewayState, isPending: (lb: Lb) => boolean) {
  const region = each.zone.replace(/-\d+$/, '')
  return {
    backend_count: countOf(each.id, state.backends),
    created_at: each.created_at,
    description: each.description,
    frontend_count: countOf(each.id, state.frontends),
    id: each.id,
    instances: whole ? [instance(each, region, isPending(each))] : [],
    ip: each.addresses.map(({ id, address }) => ({
      id,
      ip_address: address,
      lb_id: each.id,
      organization_id: state.project,
      project_id: state.project,
      region,
      reverse: `${address.replace(/[.:]+/g, '-')}.lb.${region}.scw.cloud`,
      tags: [],
      zone: each.zone,
    })),
    name: each.name,
    organization_id: state.project,
    private_network_count: 0,
    project_id: state.project,
    region,
    route_count: 0,
    ssl_compatibility_level: 'ssl_compatibility_level_intermediate',
    status: 'ready',
    subscriber: null,
    tags: each.tags,
    type: 'lb-s',
    updated_at: each.updated_at,
    zone: each.zone,
  }
}

const shownBackend = (each: Backend, lb: object) => ({
  created_at: each.created_at,
  failover_host: null,
  forward_port: each.forward_port,
  forward_port_algorithm: 'roundrobin',
  forward_protocol: 'http',
  health_check: {
    check_delay: 60000,
    check_max_retries: 2,
    check_send_proxy: false,
    check_timeout: 30000,
    port: each.forward_port,
    tcp_config: {},
    transient_check_delay: '0.500s',
  },
  host: '',
  id: each.id,
  ignore_ssl_server_verify: null,
  lb,
  max_connections: null,
  max_retries: 3,
  name: each.name,
  on_marked_down_action: 'on_marked_down_action_none',
  pool: [],
  proxy_protocol: 'proxy_protocol_none',
  redispatch_attempt_count: null,
  send_proxy_v2: false,
  ssl_bridging: false,
  sticky_sessions: 'none',
  sticky_sessions_cookie_name: '',
  timeout_connect: 5000,
  timeout_queue: '0s',
  timeout_server: 300000,
  timeout_tunnel: 900000,
  updated_at: each.created_at,
})

function shownCertificate(each: StoredCertificate, lb: object) {
  const { names, not_valid_after, not_valid_before } = readOnce(each.chainPem)
  const [common_name = '', ...subject_alternative_name] = names
  return {
    common_name,
    created_at: each.created_at,
    // Empty for every imported certificate that was recorded.
    fingerprint: '',
    id: each.id,
    lb,
    name: each.name,
    not_valid_after,
    not_valid_before,
    status: 'ready',
    status_details: null,
    subject_alternative_name,
    type: 'custom',
    updated_at: each.updated_at,
  }
}

interface Content {
  readonly names: readonly string[]
  readonly not_valid_after: string
  readonly not_valid_before: string
}

const known = new Map<string, Content>()

/** Each certificate is read once: a list shows all of them each time. */
function readOnce(chainPem: string): Content {
  const found = known.get(chainPem)
  if (found) return found
  const { leaf, names } = readPemChain(chainPem)
  const [not_valid_after, not_valid_before] = [inSeconds(leaf, 'validTo'), inSeconds(leaf, 'validFrom')]
  const content = { names, not_valid_after, not_valid_before }
  known.set(chainPem, content)
  return content
}

const instance = (lb: Lb, region: string, pending: boolean) => ({
  created_at: lb.created_at,
  id: lb.instance,
  ip_address: '',
  region,
  status: pending ? 'pending' : 'ready',
  updated_at: lb.updated_at,
  zone: lb.zone,
})

const inSeconds = (leaf: X509Certificate, field: 'validFrom' | 'validTo') =>
  new Date(leaf[field]).toISOString().replace('.000Z', 'Z')
