import * as v from 'valibot'
import { Failure, isFailure } from '../../../errors.ts'
import type { Rest } from '../../../platform/rest.ts'
import { thereAre } from '../../../platform/suggestion.ts'
import { everyPage } from '../../../vendors/linode/pages.ts'
import { port } from '../../listener-fields.ts'
import { type Config, configAnswer, type NodeBalancer, nodeBalancerAnswer } from './answers.ts'

export const listener = v.strictObject({
  nodeBalancer: v.pipe(
    v.union([v.pipe(v.string(), v.nonEmpty()), v.pipe(v.number(), v.integer(), v.minValue(1))]),
    v.description('Label or id of the NodeBalancer.'),
  ),
  port: v.pipe(port, v.description('The port it listens on.')),
})

export interface Found {
  readonly nodeBalancer: NodeBalancer
  readonly config: Config
}

export type LinodeListener = v.InferOutput<typeof listener>

export async function findSecure(given: LinodeListener, rest: Rest): Promise<Found> {
  const found = await findPort(given, rest)
  const { nodeBalancer, config } = found
  if (config.protocol === 'https') return found
  if (config.protocol === 'tcp') throw passesThrough(found)
  throw refused(
    `port ${config.port} of the NodeBalancer "${nodeBalancer.label}" speaks ${config.protocol}, and Linode makes it https only ` +
      'together with a certificate: `newleaf placeholder --only <certificate>` gives it a self-signed one, which newleaf then replaces',
  )
}

/** What is behind such a port may well end TLS itself: as https it would be sent plain HTTP. */
export const passesThrough = ({ nodeBalancer: { label }, config: { port } }: Found) =>
  refused(
    `port ${port} of the NodeBalancer "${label}" speaks tcp: it passes TLS through to its nodes, and https there would cut off ` +
      'those that end TLS themselves; docs/pass-through.md leads to https in a maintenance window',
  )

export async function findPort(wanted: LinodeListener, rest: Rest): Promise<Found> {
  const nodeBalancer = await findNodeBalancer(wanted.nodeBalancer, rest)
  const { id, label } = nodeBalancer
  refuseController(nodeBalancer)
  const all = await configsOf(id, rest)
  const configs = all.filter(({ port }) => port === wanted.port)
  // The same port may be there for udp as well.
  const config = configs.find(({ protocol }) => protocol !== 'udp') ?? configs[0]
  if (config === undefined) {
    const ports = [...new Set(all.map(({ port }) => `${port}`))]
    throw missing(`port ${wanted.port} on the NodeBalancer "${label}"${thereAre(`${wanted.port}`, ports)}`)
  }
  return { nodeBalancer, config }
}

/** What Linode's cloud controller manager calls those that it makes for a cluster outside LKE. */
const MADE_BY_CONTROLLER = /^ccm-[0-9a-f]{12}$/

function refuseController({ label, lke_cluster, tags }: NodeBalancer): void {
  const isMade = MADE_BY_CONTROLLER.test(label)
  if (lke_cluster === null && !isMade) return
  const cluster = lke_cluster === null && tags.length > 0 ? ` (tags: ${tags.join(', ')})` : ''
  throw refused(
    `the NodeBalancer "${label}" belongs to a Kubernetes cluster${cluster}, whose controller overwrites its certificates; put the ` +
      'certificate into the TLS secret of the Service instead, and take this target out of the configuration',
  )
}

export const configsOf = (id: number, rest: Rest): Promise<readonly Config[]> =>
  everyPage(`/v4/nodebalancers/${id}/configs`, configAnswer, rest)

export async function findNodeBalancer(given: string | number, rest: Rest): Promise<NodeBalancer> {
  const labelOrId = String(given)
  const what = `NodeBalancer "${labelOrId}"`
  try {
    if (/^\d+$/.test(labelOrId)) {
      return await rest.call({ method: 'GET', path: `/v4/nodebalancers/${labelOrId}`, answer: nodeBalancerAnswer })
    }
  } catch (cause) {
    throw isFailure(cause, 'NOT_FOUND') ? await noNodeBalancer(labelOrId, rest, cause) : cause
  }
  const found = await everyPage('/v4/nodebalancers', nodeBalancerAnswer, rest, { label: labelOrId })
  const [first, ...more] = found.filter(({ label }) => label === labelOrId)
  if (first === undefined) throw await noNodeBalancer(labelOrId, rest)
  if (more.length === 0) return first
  throw refused(`Linode has more than one ${what}; configure the id of the one that is meant`)
}

/** Only then is the whole list asked for: an account may have many. That it is missing is known without it, too. */
async function noNodeBalancer(labelOrId: string, rest: Rest, cause?: unknown): Promise<Failure> {
  const others = await everyPage('/v4/nodebalancers', nodeBalancerAnswer, rest).then(
    (all) =>
      thereAre(
        labelOrId,
        all.map(({ label }) => label),
      ),
    () => '; check the configuration',
  )
  return missing(`NodeBalancer "${labelOrId}"${others}`, cause)
}

const missing = (what: string, cause?: unknown) => new Failure('TARGET_MISSING', `Linode has no ${what}`, { cause })

export const refused = (message: string) => new Failure('TARGET_REFUSED', message)
