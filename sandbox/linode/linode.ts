import { type Api, type ApiRequest, startApi } from '../api.ts'
import type { Zones } from '../dns/zones.ts'
import { createHostedZones, type HostedState, type HostedZones } from '../hosted-zones.ts'
import type { Listeners } from '../listeners.ts'
import type { Identity } from '../pki.ts'
import { configRoutes } from './configs.ts'
import { domainRoutes } from './domains.ts'
import { createNodeBalancers, nodeBalancerRoutes } from './node-balancers.ts'
import type { LinodeState } from './objects.ts'
import { invalidToken, MALFORMED_BODY, notAuthorized, UNKNOWN_PATH } from './refusals.ts'

export const LINODE_SCOPES = ['nodebalancers:read_write', 'domains:read_write'] as const
export type LinodeScope = `${'nodebalancers' | 'domains'}:${'read_only' | 'read_write'}`

export interface LinodeToken {
  readonly token: string
  readonly scopes: readonly LinodeScope[]
}

export interface LinodeOptions {
  readonly port?: number
  readonly tls: Identity
  readonly tokens: readonly LinodeToken[]
  readonly state: LinodeState
  readonly hosted: HostedState
  /** The zone table of the DNS server that answers for the hosted zones. */
  readonly table: Zones
  readonly listeners: Listeners
  /** Called before each answer that tells of a change. */
  save(): void
}

export interface Linode extends Api {
  readonly zones: HostedZones
  /** What it remembers; whoever changes it saves it. */
  readonly state: LinodeState
}

const WINDOW_SECONDS = 120

/** The two Linode APIs that newleaf speaks to, NodeBalancers and Domains, as `/v4` and `/v4beta`. */
export async function startLinode(options: LinodeOptions): Promise<Linode> {
  const { port = 0, tls, tokens, state, hosted, table, listeners, save } = options
  const balancers = createNodeBalancers({ state, listeners, save })
  const zones = createHostedZones({ table, state: hosted, newId: () => String(++state.lastId), save })
  for (const config of state.configs) await balancers.apply(config)
  const vendor = {
    routes: [...nodeBalancerRoutes(balancers), ...configRoutes(balancers), ...domainRoutes(zones)],
    authenticate: (request: ApiRequest) => authenticate(request, tokens),
    unknown: UNKNOWN_PATH,
    malformed: MALFORMED_BODY,
    headers: rateLimits(),
  }
  const api = await startApi(vendor, { port, tls })
  return { ...api, zones, state }
}

function authenticate({ headers, method, path }: ApiRequest, tokens: readonly LinodeToken[]) {
  const [, given] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? []
  const known = tokens.find(({ token }) => token === given)
  if (known === undefined) throw invalidToken()
  const wing = path.includes('/domains') ? 'domains' : 'nodebalancers'
  const wide: LinodeScope = `${wing}:read_write`
  const narrow: LinodeScope = `${wing}:read_only`
  if (!known.scopes.includes(wide) && !(method === 'GET' && known.scopes.includes(narrow))) throw notAuthorized()
}

/** As recorded: every answer has them, and those of domains a `Retry-After` though nothing is wrong. */
function rateLimits() {
  let [windowEnds, used] = [0, 0]
  return ({ path }: Pick<ApiRequest, 'path'>): Record<string, string> => {
    const now = Math.floor(Date.now() / 1_000)
    if (now >= windowEnds) [windowEnds, used] = [now + WINDOW_SECONDS, 0]
    used++
    const isDomains = path.includes('/domains')
    const limit = isDomains ? 800 : 1840
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(limit - used, 1)),
      'x-ratelimit-reset': String(windowEnds),
      ...(isDomains ? { 'retry-after': String(windowEnds - now) } : {}),
    }
  }
}
