/** What the Linode side of the world remembers: plain JSON, in the vendor's own words. */
export interface LinodeState {
  lastId: number
  nodeBalancers: NodeBalancer[]
  configs: Config[]
  nodes: Node[]
}

export interface NodeBalancer {
  readonly id: number
  label: string
  readonly region: string
  readonly ipv4: string
  readonly ipv6: string | null
  lke_cluster: LkeCluster | null
  tags: string[]
  readonly created: string
  updated: string
}

/** A NodeBalancer that a Kubernetes cluster made and rewrites. */
export interface LkeCluster {
  readonly id: number
  readonly label: string
  readonly type: string
  readonly url: string
}

export interface Config extends ConfigSettings {
  readonly id: number
  readonly nodebalancer_id: number
  /** Only with https. */
  tls: { readonly chainPem: string; readonly privateKeyPem: string } | undefined
}

export interface ConfigSettings {
  port: number
  protocol: 'http' | 'https' | 'tcp' | 'udp'
  algorithm: string
  stickiness: string
  check: string
  check_interval: number
  check_timeout: number
  check_attempts: number
  check_path: string
  check_body: string
  check_passive: boolean
  proxy_protocol: string
  cipher_suite: string
  udp_check_port: number
}

export interface Node {
  readonly id: number
  readonly config_id: number
  readonly nodebalancer_id: number
  label: string
  address: string
  weight: number
  mode: string
}

/** As recorded for a config that was created with a port and a protocol only. */
export const DEFAULTS: Omit<ConfigSettings, 'port'> = {
  protocol: 'http',
  algorithm: 'roundrobin',
  stickiness: 'none',
  check: 'none',
  check_interval: 60,
  check_timeout: 30,
  check_attempts: 3,
  check_path: '',
  check_body: '',
  check_passive: true,
  proxy_protocol: 'none',
  cipher_suite: 'recommended',
  udp_check_port: 80,
}

export const emptyLinode = (): LinodeState => ({ lastId: 1_000_000, nodeBalancers: [], configs: [], nodes: [] })

/** The API writes times without a zone; they are UTC. */
export const stamp = (time: string | Date = new Date()) => new Date(time).toISOString().slice(0, 19)

export interface NodeBalancerFields {
  readonly label: string
  readonly region?: string
  readonly lke_cluster?: LkeCluster | null
}

export const oneOfEachKind = (addresses: readonly string[]): Pick<NodeBalancer, 'ipv4' | 'ipv6'> => ({
  ipv4: addresses.find((address) => !address.includes(':')) ?? '127.0.0.1',
  ipv6: addresses.find((address) => address.includes(':')) ?? null,
})

export function addNodeBalancer(state: LinodeState, fields: NodeBalancerFields, addresses: readonly string[]) {
  const { label, region = 'fr-par', lke_cluster = null } = fields
  const nodeBalancer: NodeBalancer = {
    id: ++state.lastId,
    label,
    region,
    ...oneOfEachKind(addresses),
    lke_cluster,
    tags: [],
    created: stamp(),
    updated: stamp(),
  }
  state.nodeBalancers.push(nodeBalancer)
  return nodeBalancer
}

export function newConfig(state: LinodeState, { id }: NodeBalancer, settings: Partial<Config>, port: number): Config {
  return { ...DEFAULTS, tls: undefined, ...settings, port, id: ++state.lastId, nodebalancer_id: id }
}

export function addNode(state: LinodeState, config: Config, fields: Pick<Node, 'label' | 'address'>): Node {
  const { id: config_id, nodebalancer_id } = config
  const node = { id: ++state.lastId, config_id, nodebalancer_id, weight: 100, mode: 'accept', ...fields }
  state.nodes.push(node)
  return node
}
