/** What newleaf is told: every API is a proxy. */
import { BUCKET, EDGE, type Ground } from './ground.ts'
import type { Api, Lane } from './lanes.ts'

/** The origins of the proxies. */
export type Origins = Readonly<Record<Api, string>>

const trusted = { caCertificate: 'ca.pem' }

export const configurationOf = (lane: Lane, ground: Ground, origins: Origins): string =>
  JSON.stringify({
    environment: 'chaos',
    acme: {
      authorities: {
        ca: { directory: `${origins.ca}/directory`, email: 'ops@shop.example', agreeToTerms: true, ...trusted },
      },
    },
    dns: {
      resolvers: [`127.0.0.1:${ground.dns.port}`],
      nameservers: [`127.0.0.1:${ground.dns.port}`],
      main: { use: lane.dns, zones: [lane.zone], options: { ...DNS[lane.dns], endpoint: origins.dns, ...trusted } },
    },
    secrets: secretsOf(lane, ground, origins),
    state:
      lane.state === 'file'
        ? { use: 'file', options: { folder: 'state' } }
        : { use: 's3', options: bucket(origins.state) },
    balancers: Object.fromEntries(
      lane.balancers.map((use) => [use, { use, options: { ...LB[use], endpoint: origins[use], ...trusted } }]),
    ),
    certificates: {
      [lane.id]: {
        names: lane.names,
        deploy: lane.balancers.map((balancer) =>
          balancer === 'scaleway'
            ? { balancer, loadBalancer: EDGE, frontend: 'https' }
            : { balancer, nodeBalancer: EDGE, port: ground.ports.linode },
        ),
      },
    },
  })

export const environmentOf = ({ tokens, masterKey }: Ground): Record<string, string> => ({
  SCALEWAY: tokens.scaleway,
  LINODE: tokens.linode,
  HTTPREQ: tokens.httpreq,
  STORAGE: tokens.storage,
  MASTER: masterKey,
})

const DNS = {
  scaleway: { token: 'env:SCALEWAY' },
  linode: { token: 'env:LINODE' },
  httpreq: { username: 'chaos', password: 'env:HTTPREQ' },
} as const

const LB = {
  scaleway: { zone: 'fr-par-1', token: 'env:SCALEWAY' },
  linode: { token: 'env:LINODE' },
} as const

const bucket = (endpoint: string) => ({
  ...{ bucket: BUCKET, region: 'fr-par', forcePathStyle: true, endpoint, ...trusted },
  ...{ accessKeyId: 'env:STORAGE', secretAccessKey: 'env:STORAGE' },
})

function secretsOf(lane: Lane, { project }: Ground, { secrets: endpoint }: Origins) {
  if (lane.secrets === 'file') return { use: 'file', options: { folder: 'secrets', masterKey: 'master.key' } }
  if (lane.secrets === 's3') return { use: 's3', options: { ...bucket(endpoint), masterKey: 'env:MASTER' } }
  const options = { region: 'fr-par', projectId: project, token: 'env:SCALEWAY', endpoint, ...trusted }
  return { use: 'scaleway-secret-manager', options }
}
