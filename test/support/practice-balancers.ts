import * as linode from '../../lib/balancers/drivers/linode/driver.ts'
import * as scaleway from '../../lib/balancers/drivers/scaleway/driver.ts'
import { certificateName } from '../../lib/balancers/names.ts'
import { forAnyListener } from '../../lib/balancers/open.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import { createHttp, type HttpRequest, type HttpResponse } from '../../lib/platform/http.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import type { Listener } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import type { Api } from '../../sandbox/api.ts'
import type { ApiFault } from '../../sandbox/api-faults.ts'
import { createZones, type Zones } from '../../sandbox/dns/zones.ts'
import { handshake } from '../../sandbox/handshake.ts'
import { emptyHosted } from '../../sandbox/hosted-zones.ts'
import { startLinode } from '../../sandbox/linode/linode.ts'
import { addNode, addNodeBalancer, emptyLinode, newConfig } from '../../sandbox/linode/objects.ts'
import { createListeners, type Listeners } from '../../sandbox/listeners.ts'
import { type Authority, createAuthority, type Identity, type KeyKind, serverCertificate } from '../../sandbox/pki.ts'
import { freePort } from '../../sandbox/ports.ts'
import { addBackend, addCertificate, addLb, emptyScaleway, newFrontend } from '../../sandbox/scaleway/objects.ts'
import { startScaleway } from '../../sandbox/scaleway/scaleway.ts'
import { type BalancerPractice, NAMES } from './balancer-contract.ts'
import { contextOver, tools } from './driver-context.ts'
import { issue } from './practice-world.ts'

export const TOKEN = 'canary-token-balancers'
const ADDRESS = '127.0.0.1'

/** Sees every request, and may answer in the place of the API or change what it answered. */
export type Tap = (request: HttpRequest, send: () => Promise<HttpResponse>) => Promise<HttpResponse>

/** One load balancer of the sandbox with one listener that serves a certificate which newleaf did not make. */
export interface Practice<State = unknown> extends BalancerPractice {
  bare(): Promise<Listener>
  readonly state: State
  readonly requests: readonly HttpRequest[]
  readonly log: readonly LogRecord[]
  tap: Tap
  /** Of the run, in milliseconds. */
  timeLeft: number
  /** What handshakes see: a fingerprint. */
  served(serverName?: string): Promise<string>
  /** Makes it the property of a Kubernetes cluster. */
  giveToKubernetes(): void
  /** An answer that says that the balancer is at work. */
  readonly busy: Pick<ApiFault, 'status' | 'body'>
  fault(fault: ApiFault): () => void
  /** The driver again, with another token. */
  openWith(token: string): Promise<LoadBalancer>
}

type Parts<State> = Pick<
  Practice<State>,
  | ('state' | 'listener' | 'aliases' | 'nowhere' | 'foreign' | 'bare' | 'untouched' | 'objects')
  | ('giveToKubernetes' | 'busy' | 'hold')
> & {
  readonly kind: KeyKind
  /** That the balancer does not take. */
  readonly unfitKind?: KeyKind
  /** The method with which a swap begins to change something. */
  readonly firstChange: 'POST' | 'PUT'
  readonly port: number
  start(common: { tls: Identity; table: Zones; listeners: Listeners; save(): void }): Promise<Api>
  open(endpoint: string, context: DriverContext): Promise<LoadBalancer>
}

async function practice<State>(furnish: (authority: Authority) => Promise<Parts<State>>): Promise<Practice<State>> {
  const authority = await createAuthority({ name: 'sandbox' })
  const parts = await furnish(authority)
  const { kind, unfitKind, port } = parts
  const listeners = createListeners({ addresses: [ADDRESS] })
  const api = await parts.start({
    tls: await serverCertificate(authority),
    table: createZones(),
    listeners,
    save() {},
  })
  const http = createHttp({ ...tools, caCertificate: authority.rootPem, privateAddresses: 'allow' })
  const log: LogRecord[] = []
  const tapped = { ...http, send: (request: HttpRequest) => self.tap(request, () => http.send(request)) }
  const open = (token: string) => {
    const { context, requests } = contextOver(tapped, token)
    const own = {
      ...context,
      timeLeft: () => self.timeLeft,
      log: createLog((record) => log.push(record), context.clock),
    }
    return { requests, balancer: parts.open(`https://localhost:${api.port}`, own) }
  }
  const versionWith = async (key: KeyKind, id: string, names: readonly string[]) => {
    const { chainPem, privateKeyPem } = await issue(authority, key, names)
    const certificate = { ...publicCertificate(chainPem), privateKeyPem: new Secret(privateKeyPem) }
    return { name: certificateName('test', id, certificate.fingerprint), certificate }
  }
  const { requests, balancer } = open(TOKEN)
  const self: Practice<State> = {
    ...parts,
    ...(unfitKind && { unfit: () => versionWith(unfitKind, 'shop', NAMES) }),
    requests,
    log,
    balancer: await balancer,
    wire: { endpoints: [{ address: ADDRESS, port }], root: authority.rootPem },
    tap: (_request, send) => send(),
    timeLeft: tools.timeLeft(),
    version: (id = 'shop', names = NAMES) => versionWith(kind, id, names),
    async served(serverName = 'shop.example') {
      const { leaf } = await handshake({ address: ADDRESS, port }, serverName)
      return leaf.fingerprint256.replaceAll(':', '').toLowerCase()
    },
    changes: () => requests.filter(({ method }) => method !== 'GET').length,
    loseAnswer: () => void api.misbehave({ method: parts.firstChange, path: /./, how: 'lostAnswer' }),
    outage() {
      const ends = ['POST', 'PUT', 'DELETE'].map((method) =>
        api.misbehave({ method, path: /./, how: 'status', status: 503, times: 1_000 }),
      )
      return () => {
        for (const end of ends) end()
      }
    },
    denied: async () => [await self.openWith('canary-token-unknown'), await self.openWith('canary-token-dns-only')],
    logged: () => JSON.stringify(log),
    fault: (fault) => api.misbehave(fault),
    openWith: (token) => open(token).balancer,
    async close() {
      await http.close()
      await api.close()
      await listeners.closeAll()
    },
  }
  return self
}

const token = { from: 'env', name: 'TOKEN' } as const
const LB = 'edge'
const NOBODY = '00000000-0000-4000-8000-000000000000'

/** A frontend that a placeholder and the certificate of a partner are bound to, in this order. */
export const practiceScaleway = () =>
  practice(async (authority) => {
    const state = emptyScaleway()
    const lb = addLb(state, { name: LB, description: 'the shop' }, [ADDRESS])
    addLb(state, { name: `${LB}-2` }, [ADDRESS])
    const placeholder = await issue(authority, 'ecdsa-p256', NAMES)
    const partner = await issue(authority, 'ecdsa-p256', ['partner.example'])
    const foreign = [
      addCertificate(state, lb, { name: 'placeholder', ...placeholder }),
      addCertificate(state, lb, { name: 'partner', ...partner }),
    ]
    const port = await freePort(0, [ADDRESS])
    const fields = {
      name: 'https',
      inbound_port: port,
      backend: addBackend(state, lb, 'servers').id,
      timeout_client: 30_000,
      certificate_ids: foreign.map(({ id }) => id),
      connection_rate_limit: 100,
      enable_access_logs: true,
      enable_http3: true,
    }
    const frontend = newFrontend(lb, fields)
    state.frontends.push(frontend)
    return {
      state,
      port,
      kind: 'ecdsa-p256',
      firstChange: 'POST',
      listener: { loadBalancer: LB, frontend: 'https' },
      aliases: [
        { loadBalancer: lb.id, frontend: frontend.id },
        { loadBalancer: LB, frontend: 'https', zone: 'fr-par-1' },
      ],
      nowhere: [
        { loadBalancer: 'nowhere', frontend: 'https' },
        { loadBalancer: NOBODY, frontend: 'https' },
        { loadBalancer: LB, frontend: 'http' },
        { loadBalancer: LB, frontend: NOBODY },
        { loadBalancer: `${LB}-2`, frontend: frontend.id },
        { loadBalancer: LB, frontend: 'https', zone: 'nl-ams-1' },
        { loadBalancer: lb.id, frontend: 'https', zone: 'nl-ams-1' },
      ],
      foreign: foreign.map(({ name }) => name),
      async bare() {
        const inbound_port = await freePort(0, [ADDRESS])
        state.frontends.push(newFrontend(lb, { ...fields, name: 'bare', inbound_port, certificate_ids: [] }))
        return { loadBalancer: LB, frontend: 'bare' }
      },
      async untouched() {
        const { certificate_ids: ids, updated_at: _, ...settings } = frontend
        const isForeign = ({ name }: { name: string }) => !name.startsWith('newleaf-')
        const strangers = state.certificates.filter(isForeign)
        return { settings, strangers, order: ids.filter((id) => strangers.some((each) => each.id === id)) }
      },
      objects: async () => state.certificates.map(({ name }) => name).filter((name) => name.startsWith('newleaf-')),
      hold(name) {
        const certificate_ids = state.certificates.filter((each) => each.name === name).map(({ id }) => id)
        const other = newFrontend(lb, { ...fields, name: 'other', inbound_port: 8_443, certificate_ids })
        state.frontends.push(other)
        return () => {
          state.frontends = state.frontends.filter((each) => each !== other)
        }
      },
      giveToKubernetes: () => lb.tags.push('managed-by-scaleway-cloud-controller-manager'),
      busy: { status: 409, body: { type: 'transient_state', resource: 'lb', current_state: 'pending' } },
      start: (common) =>
        startScaleway({
          ...common,
          state,
          hosted: emptyHosted(),
          settleMs: 10,
          tokens: [
            { token: TOKEN, rights: ['lb:read', 'lb:write'] },
            { token: 'canary-token-dns-only', rights: ['dns:read'] },
          ],
        }),
      open: async (endpoint, context) => {
        const options = { zone: 'fr-par-1', projectId: state.project, token, endpoint } as const
        return forAnyListener(scaleway.driver.listener, await scaleway.driver.open(options, context))
      },
    }
  })

/** A port that speaks https, with two nodes behind it. */
export const practiceLinode = () =>
  practice(async (authority) => {
    const state = emptyLinode()
    const nodeBalancer = addNodeBalancer(state, { label: LB }, [ADDRESS])
    const port = await freePort(0, [ADDRESS])
    const config = newConfig(
      state,
      nodeBalancer,
      {
        protocol: 'https',
        check: 'http',
        check_path: '/health',
        tls: await issue(authority, 'rsa-2048', NAMES),
      },
      port,
    )
    state.configs.push(newConfig(state, nodeBalancer, {}, 80), config)
    for (const label of ['one', 'two']) addNode(state, config, { label, address: '192.168.128.10:80' })
    return {
      state,
      port,
      kind: 'rsa-2048',
      unfitKind: 'ecdsa-p256',
      firstChange: 'PUT',
      listener: { nodeBalancer: LB, port },
      aliases: [{ nodeBalancer: nodeBalancer.id, port }],
      nowhere: [
        { nodeBalancer: 'nowhere', port },
        { nodeBalancer: 1, port },
        { nodeBalancer: LB, port: 8_443 },
      ],
      foreign: [],
      async bare() {
        const bare = newConfig(state, nodeBalancer, { check: 'connection' }, await freePort(0, [ADDRESS]))
        state.configs.push(bare)
        return { nodeBalancer: LB, port: bare.port }
      },
      async untouched() {
        const others = state.configs.map(({ tls: _, ...settings }) => settings)
        return { others, nodes: state.nodes }
      },
      objects: async () => [],
      giveToKubernetes() {
        nodeBalancer.lke_cluster = { id: 1, label: 'cluster', type: 'lkecluster', url: '/v4/lke/clusters/1' }
      },
      busy: { status: 400, body: { errors: [{ reason: 'Linode busy.' }] } },
      start: (common) =>
        startLinode({
          ...common,
          state,
          hosted: emptyHosted(),
          tokens: [
            { token: TOKEN, scopes: ['nodebalancers:read_write'] },
            { token: 'canary-token-dns-only', scopes: ['domains:read_only'] },
          ],
        }),
      open: async (endpoint, context) =>
        forAnyListener(linode.driver.listener, await linode.driver.open({ token, endpoint }, context)),
    }
  })
