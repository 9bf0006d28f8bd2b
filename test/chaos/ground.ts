/** The vendors of a small world with one certificate, in which time is made. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DAY } from '../../lib/platform/clock.ts'
import { lookUpAt } from '../../sandbox/dns/look-up.ts'
import { startDns } from '../../sandbox/dns/server.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { emptyHosted } from '../../sandbox/hosted-zones.ts'
import { startHttpReq } from '../../sandbox/httpreq.ts'
import { startLinode } from '../../sandbox/linode/linode.ts'
import { addNodeBalancer, emptyLinode, type LinodeState, newConfig } from '../../sandbox/linode/objects.ts'
import { ownAddresses } from '../../sandbox/listener.ts'
import { createListeners } from '../../sandbox/listeners.ts'
import { startObjectStorage } from '../../sandbox/object-storage/object-storage.ts'
import { createAuthority, selfSigned, serverCertificate } from '../../sandbox/pki.ts'
import { freePort } from '../../sandbox/ports.ts'
import {
  addBackend,
  addCertificate,
  addLb,
  emptyScaleway,
  newFrontend,
  type ScalewayState,
} from '../../sandbox/scaleway/objects.ts'
import { SCALEWAY_RIGHTS, startScaleway } from '../../sandbox/scaleway/scaleway.ts'
import type { Lane } from './lanes.ts'
import type { Lies } from './lies.ts'

export const BUCKET = 'chaos'
export const EDGE = 'edge'

export type Ground = Awaited<ReturnType<typeof openGround>>

export async function openGround(lane: Lane, clock: { now(): Date }, hears: Lies['hears']) {
  const folder = mkdtempSync(join(tmpdir(), 'newleaf-chaos-'))
  const [house, issuer] = await Promise.all([
    createAuthority({ name: 'Chaos House' }),
    createAuthority({ name: 'Chaos CA', now: clock.now() }),
  ])
  writeFileSync(join(folder, 'ca.pem'), house.rootPem)
  const tls = await serverCertificate(house)
  const tokens = { scaleway: newToken(), linode: newToken(), httpreq: newToken(), storage: newToken() }
  const masterKey = randomBytes(32).toString('base64')
  const addresses = await ownAddresses()
  const [zones, balancers] = [createZones(), { scaleway: emptyScaleway(), linode: emptyLinode() }]
  zones.addZone(lane.zone)
  const ports = { scaleway: 0, linode: 0 }
  for (const kind of lane.balancers) {
    if (kind === 'scaleway') ports.scaleway = await furnishScaleway(balancers.scaleway, lane, addresses, clock.now())
    else ports.linode = await furnishLinode(balancers.linode, lane, addresses, clock.now())
  }

  const timed = { addresses, now: () => clock.now().getTime() }
  const listeners = {
    scaleway: hears('scaleway', createListeners(timed)),
    linode: hears('linode', createListeners(timed)),
  }
  const dns = await startDns({ zones })
  const common = { tls, table: zones, hosted: emptyHosted(), save() {} }
  const scaleway = await startScaleway({
    ...common,
    ...{ state: balancers.scaleway, listeners: listeners.scaleway, settleMs: 2, clock },
    tokens: [{ token: tokens.scaleway, rights: SCALEWAY_RIGHTS }],
  })
  const linode = await startLinode({
    ...common,
    ...{ state: balancers.linode, hosted: emptyHosted(), listeners: listeners.linode },
    tokens: [{ token: tokens.linode, scopes: ['nodebalancers:read_write', 'domains:read_write'] }],
  })
  const httpreq = await startHttpReq({ tls, table: zones, user: { name: 'chaos', password: tokens.httpreq } })
  const storage = await startObjectStorage({
    ...{ tls, buckets: [BUCKET] },
    keys: [{ id: tokens.storage, secret: tokens.storage }],
  })
  scaleway.zones.host(lane.zone)
  linode.zones.host(lane.zone)

  return {
    ...{ folder, tls, issuer, tokens, masterKey, zones, dns, scaleway, linode, httpreq, storage },
    root: house.rootPem,
    project: balancers.scaleway.project,
    lookUp: lookUpAt(dns.port),
    /** By balancer. */
    ports,
    addresses: addresses.length,
    endpoints: lane.balancers.flatMap((kind) => addresses.map((address) => ({ address, port: ports[kind], kind }))),
    /** The names of the certificates that the Scaleway balancer holds. */
    objects: () => balancers.scaleway.certificates.map(({ name }) => name),
    async close() {
      await Promise.all([scaleway, linode, httpreq, storage].map((api) => api.close()))
      await Promise.all([listeners.scaleway.closeAll(), listeners.linode.closeAll(), dns.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What is served before the first real certificate; it lasts as long as that may take to come. */
const placeholder = async (kind: 'ecdsa-p256' | 'rsa-2048', { names }: Lane, now: Date) => {
  const { cert, key } = await selfSigned(kind, {
    names,
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + 90 * DAY),
  })
  return { chainPem: cert, privateKeyPem: key }
}

async function furnishScaleway(state: ScalewayState, lane: Lane, addresses: readonly string[], now: Date) {
  const lb = addLb(state, { name: EDGE }, addresses)
  const { id } = addCertificate(state, lb, { name: 'placeholder', ...(await placeholder('ecdsa-p256', lane, now)) })
  const inbound_port = await freePort(0, addresses)
  const settings = { timeout_client: 30_000, connection_rate_limit: 100, enable_access_logs: true, enable_http3: false }
  const backend = addBackend(state, lb, 'servers').id
  state.frontends.push(newFrontend(lb, { name: 'https', inbound_port, backend, certificate_ids: [id], ...settings }))
  return inbound_port
}

async function furnishLinode(state: LinodeState, lane: Lane, addresses: readonly string[], now: Date) {
  const port = await freePort(0, addresses)
  const tls = await placeholder('rsa-2048', lane, now)
  const nodeBalancer = addNodeBalancer(state, { label: EDGE }, addresses)
  state.configs.push(newConfig(state, nodeBalancer, { protocol: 'https', check: 'connection', tls }, port))
  return port
}

/** Easy to find, should it turn up where no token may be. */
const newToken = () => `canary-token-${randomBytes(16).toString('hex')}`
