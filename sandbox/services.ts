import type { Api } from './api.ts'
import { type Ca, type CaOptions, startCa } from './ca/ca.ts'
import { stateIn } from './ca/state.ts'
import { lookUpAt } from './dns/look-up.ts'
import { type DnsServer, startDns } from './dns/server.ts'
import { createZones, type Zones } from './dns/zones.ts'
import { startHttpReq } from './httpreq.ts'
import { LINODE_SCOPES, type Linode, startLinode } from './linode/linode.ts'
import { createListeners, type Listeners } from './listeners.ts'
import type { Remembered } from './memory.ts'
import { type ObjectStorage, startObjectStorage } from './object-storage/object-storage.ts'
import { startAt } from './ports.ts'
import { SCALEWAY_RIGHTS, type Scaleway, startScaleway } from './scaleway/scaleway.ts'

export interface ServiceOptions {
  /** Of the certificates that the CA issues; default 90. */
  readonly lifetimeDays?: number
  /** More about the CA. */
  readonly ca?: Pick<
    CaOptions,
    'blocked' | 'method' | 'reuseAuthorizations' | 'badNoncePercent' | 'pollSeconds' | 'clock' | 'random'
  >
  /** How long a DNS change takes to arrive; default 0. */
  readonly dnsLagMs?: number
  /** How long the instances of a Scaleway load balancer are `pending` after a change; default 300. */
  readonly settleMs?: number
}

export interface Services {
  readonly zones: Zones
  readonly dns: DnsServer
  readonly ca: Ca
  readonly scaleway: Scaleway
  readonly linode: Linode
  readonly httpreq: Api
  readonly storage: ObjectStorage
  /** Of the Scaleway load balancers, and of the NodeBalancers. */
  readonly listeners: { readonly scaleway: Listeners; readonly linode: Listeners }
}

export interface Ground {
  readonly folder: string
  readonly remembered: Remembered
  readonly addresses: readonly string[]
  /** Told of each service as soon as it runs, so that a start that fails leaves nothing behind. */
  onStop(stop: () => Promise<void>): void
}

/** What stands in the object storage of a world, and who may use it. */
export const BUCKET = 'newleaf-sandbox'
export const STORAGE_KEY = 'canary-token-storage-key'

/** Each at its port of last time, if that is free. */
export async function startServices(options: ServiceOptions, ground: Ground): Promise<Services> {
  const { memory, issuer, save } = ground.remembered
  const { tls, tokens, ports } = memory
  const open = async <T extends { close(): Promise<void> }>(port: number, start: (port: number) => Promise<T>) => {
    const service = await startAt(port, start)
    ground.onStop(() => service.close())
    return service
  }
  const listenersFor = () => {
    const listeners = createListeners({ addresses: ground.addresses })
    ground.onStop(listeners.closeAll)
    return listeners
  }

  const zones = createZones()
  const dns = await open(ports.dns, (port) => startDns({ port, zones, lagMs: options.dnsLagMs ?? 0 }))
  const lifetime = options.lifetimeDays === undefined ? {} : { lifetimeDays: options.lifetimeDays }
  const kept = stateIn(ground.folder)
  const ca = await open(ports.ca, (port) =>
    startCa({ ...options.ca, ...lifetime, ...kept, ...lookUpAt(dns.port), port, tls, issuer }),
  )
  const listeners = { scaleway: listenersFor(), linode: listenersFor() }
  const common = { tls, table: zones, save }
  const scaleway = await open(ports.scaleway, (port) =>
    startScaleway({
      ...common,
      port,
      tokens: [{ token: tokens.scaleway, rights: SCALEWAY_RIGHTS }],
      state: memory.scaleway,
      hosted: memory.hosted.scaleway,
      listeners: listeners.scaleway,
      settleMs: options.settleMs ?? 300,
      // The same day everywhere: what the CA has just issued is valid at the load balancer.
      ...(options.ca?.clock && { clock: options.ca.clock }),
    }),
  )
  const linode = await open(ports.linode, (port) =>
    startLinode({
      ...common,
      port,
      tokens: [{ token: tokens.linode, scopes: LINODE_SCOPES }],
      state: memory.linode,
      hosted: memory.hosted.linode,
      listeners: listeners.linode,
    }),
  )
  const httpreq = await open(ports.httpreq, (port) =>
    startHttpReq({ port, tls, table: zones, user: { name: 'sandbox', password: tokens.httpreq } }),
  )
  const storage = await open(ports.storage, (port) =>
    startObjectStorage({
      ...{ port, tls, folder: ground.folder },
      keys: [{ id: STORAGE_KEY, secret: tokens.storage }],
      buckets: [BUCKET],
    }),
  )
  return { zones, dns, ca, scaleway, linode, httpreq, storage, listeners }
}
