import * as linode from '../../lib/balancers/drivers/linode.ts'
import * as scaleway from '../../lib/balancers/drivers/scaleway.ts'
import { certificateName } from '../../lib/balancers/names.ts'
import { isFailure } from '../../lib/errors.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import { createHttp, type HttpRequest, type HttpResponse } from '../../lib/platform/http.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import type { Certificate, Deployment, Listener } from '../../lib/types.ts'
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
import { contextOver, tools } from './driver-context.ts'
import { issue } from './practice-world.ts'

export const TOKEN = 'canary-token-balancers'
const ADDRESS = '127.0.0.1'
const SHOP = ['shop.example', '*.shop.example']

/** Sees every request, and may answer in the place of the API or change what it answered. */
export type Tap = (request: HttpRequest, send: () => Promise<HttpResponse>) => Promise<HttpResponse>

/** One load balancer of the sandbox with one listener that serves a certificate which newleaf did not make. */
export interface Practice<State = unknown> {
  readonly state: State
  readonly balancer: LoadBalancer
  /** By name; and the same by id. */
  readonly listener: Listener
  readonly byId: Listener
  /** One that is not there, for each way of saying so. */
  readonly nowhere: readonly Listener[]
  readonly requests: readonly HttpRequest[]
  readonly log: readonly LogRecord[]
  tap: Tap
  /** Of the run, in milliseconds. */
  timeLeft: number
  /** A version of a certificate; `shop` for the names of the listener if nothing else is said. */
  version(id?: string, names?: readonly string[]): Promise<Deployment<Certificate>>
  /** What handshakes see: a fingerprint. */
  served(serverName?: string): Promise<string>
  /** Everything that the listener is set to, but for its certificates. */
  settings(): unknown
  /** The names of our objects at the balancer. */
  objects(): string[]
  /** Makes it the property of a Kubernetes cluster. */
  giveToKubernetes(): void
  /** An answer that says that the balancer is at work. */
  readonly busy: Pick<ApiFault, 'status' | 'body'>
  fault(fault: ApiFault): () => void
  /** The driver again, with another token. */
  openWith(token: string): Promise<LoadBalancer>
  close(): Promise<void>
}

type Parts<State> = Pick<
  Practice<State>,
  'state' | 'listener' | 'byId' | 'nowhere' | 'settings' | 'objects' | 'giveToKubernetes' | 'busy'
> & {
  readonly kind: KeyKind
  readonly port: number
  start(common: { tls: Identity; table: Zones; listeners: Listeners; save(): void }): Promise<Api>
  open(endpoint: string, context: DriverContext): Promise<LoadBalancer>
}

async function practice<State>(furnish: (authority: Authority) => Promise<Parts<State>>): Promise<Practice<State>> {
  const authority = await createAuthority({ name: 'sandbox' })
  const parts = await furnish(authority)
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
  const { requests, balancer } = open(TOKEN)
  const self: Practice<State> = {
    ...parts,
    requests,
    log,
    balancer: await balancer,
    tap: (_request, send) => send(),
    timeLeft: tools.timeLeft(),
    async version(id = 'shop', names = SHOP) {
      const { chainPem, privateKeyPem } = await issue(authority, parts.kind, names)
      const certificate = { ...publicCertificate(chainPem), privateKeyPem: new Secret(privateKeyPem) }
      return { name: certificateName('test', id, certificate.fingerprint), certificate }
    },
    async served(serverName = 'shop.example') {
      const { leaf } = await handshake({ address: ADDRESS, port: parts.port }, serverName)
      return leaf.fingerprint256.replaceAll(':', '').toLowerCase()
    },
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
    const placeholder = await issue(authority, 'ecdsa-p256', SHOP)
    const partner = await issue(authority, 'ecdsa-p256', ['partner.example'])
    const foreign = [
      addCertificate(state, lb, { name: 'placeholder', ...placeholder }),
      addCertificate(state, lb, { name: 'partner', ...partner }),
    ]
    const port = await freePort(0, [ADDRESS])
    const frontend = newFrontend(lb, {
      name: 'https',
      inbound_port: port,
      backend: addBackend(state, lb, 'servers').id,
      timeout_client: 30_000,
      certificate_ids: foreign.map(({ id }) => id),
      connection_rate_limit: 100,
      enable_access_logs: true,
      enable_http3: true,
    })
    state.frontends.push(frontend)
    return {
      state,
      port,
      kind: 'ecdsa-p256',
      listener: { loadBalancer: LB, frontend: 'https' },
      byId: { loadBalancer: lb.id, frontend: frontend.id },
      nowhere: [
        { loadBalancer: 'nowhere', frontend: 'https' },
        { loadBalancer: NOBODY, frontend: 'https' },
        { loadBalancer: LB, frontend: 'http' },
        { loadBalancer: LB, frontend: NOBODY },
        { loadBalancer: `${LB}-2`, frontend: frontend.id },
      ],
      settings() {
        const { certificate_ids: _, updated_at: __, ...settings } = frontend
        return settings
      },
      objects: () => state.certificates.map(({ name }) => name).filter((name) => name.startsWith('newleaf-')),
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
      open: (endpoint, context) =>
        scaleway.driver.open({ zone: 'fr-par-1', projectId: state.project, token, endpoint }, context),
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
        tls: await issue(authority, 'rsa-2048', SHOP),
      },
      port,
    )
    state.configs.push(newConfig(state, nodeBalancer, {}, 80), config)
    for (const label of ['one', 'two']) addNode(state, config, { label, address: '192.168.128.10:80' })
    return {
      state,
      port,
      kind: 'rsa-2048',
      listener: { nodeBalancer: LB, port },
      byId: { nodeBalancer: nodeBalancer.id, port },
      nowhere: [
        { nodeBalancer: 'nowhere', port },
        { nodeBalancer: 1, port },
        { nodeBalancer: LB, port: 8_443 },
      ],
      settings() {
        const { tls: _, ...settings } = config
        return { settings, nodes: state.nodes }
      },
      objects: () => [],
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
      open: (endpoint, context) => linode.driver.open({ token, endpoint }, context),
    }
  })

/** What the work rejects with, if it is one of ours. */
export const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (isFailure(error) ? error : undefined),
  )
