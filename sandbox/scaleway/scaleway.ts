import { randomUUID } from 'node:crypto'
import { type Api, type ApiRequest, startApi, type Vendor } from '../api.ts'
import type { Zones } from '../dns/zones.ts'
import { createHostedZones, type HostedState, type HostedZones } from '../hosted-zones.ts'
import type { Listeners } from '../listeners.ts'
import type { Identity } from '../pki.ts'
import { certificateRoutes } from './certificates.ts'
import { dnsZoneRoutes } from './dns-zones.ts'
import { frontendRoutes } from './frontends.ts'
import { createLoadBalancers, loadBalancerRoutes } from './load-balancers.ts'
import type { ScalewayState } from './objects.ts'
import { MALFORMED_BODY, notAuthenticated, notPermitted, UNKNOWN_PATH } from './refusals.ts'
import { secretRoutes } from './secret-routes.ts'
import { CONFIDENTIAL, secretAccessRoutes, secretVersionRoutes } from './secret-versions.ts'
import { createSecrets } from './secrets.ts'

export const SCALEWAY_RIGHTS = [
  ...(['lb:read', 'lb:write', 'dns:read', 'dns:write'] as const),
  ...(['secret:read', 'secret:access', 'secret:create', 'secret:write', 'secret:delete'] as const),
] as const
export type ScalewayRight = (typeof SCALEWAY_RIGHTS)[number]

export interface ScalewayToken {
  readonly token: string
  readonly rights: readonly ScalewayRight[]
}

export interface ScalewayOptions {
  readonly port?: number
  readonly tls: Identity
  readonly tokens: readonly ScalewayToken[]
  readonly state: ScalewayState
  readonly hosted: HostedState
  /** The zone table of the DNS server that answers for the hosted zones. */
  readonly table: Zones
  readonly listeners: Listeners
  /** Called before each answer that tells of a change. */
  save(): void
  /** How long instances are `pending` after a change; default 300. */
  readonly settleMs?: number
  /** By which the certificates that are imported must be valid. */
  readonly clock?: { now(): Date }
}

export interface Scaleway extends Api {
  readonly zones: HostedZones
  /** What it remembers; whoever changes it saves it. */
  readonly state: ScalewayState
}

/** The Scaleway APIs that newleaf speaks to: `lb/v1` (zonal), `domain/v2beta1` and `secret-manager/v1beta1` (regional). */
export async function startScaleway({ port = 0, tls, ...options }: ScalewayOptions): Promise<Scaleway> {
  const { vendor, zones } = await createScaleway(options)
  return { ...(await startApi(vendor, { port, tls })), zones, state: options.state }
}

/** The same without a server. */
export async function createScaleway(
  options: Omit<ScalewayOptions, 'port' | 'tls'>,
): Promise<{ vendor: Vendor; zones: HostedZones }> {
  const { tokens, state, hosted, table, listeners, save, settleMs = 300, clock } = options
  const balancers = createLoadBalancers({ state, listeners, save, settleMs, ...(clock && { clock }) })
  const zones = createHostedZones({ table, state: hosted, newId: randomUUID, save })
  const secrets = createSecrets(state.secrets)
  for (const frontend of state.frontends) await balancers.apply(frontend)
  const vendor: Vendor = {
    routes: [
      ...loadBalancerRoutes(balancers),
      ...certificateRoutes(balancers),
      ...frontendRoutes(balancers),
      ...dnsZoneRoutes(zones, state.project),
      ...secretRoutes(secrets, state.project, save),
      ...secretVersionRoutes(secrets, save),
      ...secretAccessRoutes(secrets),
    ],
    authenticate: (request: ApiRequest) => authenticate(request, tokens),
    unknown: UNKNOWN_PATH,
    malformed: MALFORMED_BODY,
    confidential: CONFIDENTIAL,
    headers: () => ({ 'x-request-id': randomUUID() }),
  }
  return { vendor, zones }
}

function authenticate({ headers, method, path }: ApiRequest, tokens: readonly ScalewayToken[]) {
  const given = headers['x-auth-token']
  if (given === undefined || given === '') throw notAuthenticated('invalid_argument')
  const known = tokens.find(({ token }) => token === given)
  if (known === undefined) throw notAuthenticated('not_found')
  const [right, resource] = rightFor(method, path)
  if (!known.rights.includes(right)) throw notPermitted(right.split(':')[1] ?? '', resource)
}

function rightFor(method: string, path: string): readonly [right: ScalewayRight, resource: string] {
  const reads = method === 'GET'
  if (path.startsWith('/lb/')) return [reads ? 'lb:read' : 'lb:write', 'load_balancer']
  if (!path.startsWith('/secret-manager/')) return [reads ? 'dns:read' : 'dns:write', 'dns']
  if (reads) return [path.endsWith('/access') ? 'secret:access' : 'secret:read', 'secret']
  if (method === 'DELETE') return ['secret:delete', 'secret']
  return [path.endsWith('/secrets') ? 'secret:create' : 'secret:write', 'secret']
}
