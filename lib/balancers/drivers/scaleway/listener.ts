import * as v from 'valibot'
import { Failure, isFailure } from '../../../errors.ts'
import type { FrontendObject, LoadBalancerObject, ScalewayApi } from './api.ts'
import { isKubernetes, isKubernetesFrontend } from './load-balancer.ts'

const ZONES = ['fr-par-1', 'fr-par-2', 'nl-ams-1', 'nl-ams-2', 'nl-ams-3', 'pl-waw-1', 'pl-waw-2', 'pl-waw-3'] as const

export const zone = v.picklist(ZONES)

export const listener = v.strictObject({
  loadBalancer: v.pipe(v.string(), v.nonEmpty(), v.description('Name or id of the load balancer.')),
  frontend: v.pipe(v.string(), v.nonEmpty(), v.description('Name or id of its frontend.')),
  zone: v.optional(v.pipe(zone, v.description("Its zone, if it is another than the balancer's own."))),
})

export type ScalewayListener = v.InferOutput<typeof listener>

export interface Found {
  readonly lb: LoadBalancerObject
  readonly frontend: FrontendObject
}

/** Rejects with TARGET_MISSING when it is not there, and with TARGET_REFUSED when no certificate can be put there to stay. */
export async function findListener(given: ScalewayListener, api: ScalewayApi): Promise<Found> {
  const lb = await findLoadBalancer(given, api)
  const frontend = await findFrontend(lb, given.frontend, api)
  if (isKubernetes(lb) || isKubernetesFrontend(frontend)) {
    throw refused(
      `the load balancer "${lb.name}" belongs to Kubernetes, whose controller overwrites its certificates; annotate the Service ` +
        'with service.beta.kubernetes.io/scw-loadbalancer-certificate-ids instead, and take this target out of the configuration',
    )
  }
  if (frontend.inbound_port === 80) {
    throw refused(`the frontend "${frontend.name}" listens on port 80, where Scaleway allows no certificate`)
  }
  return { lb, frontend }
}

export async function findLoadBalancer(
  { loadBalancer: nameOrId }: ScalewayListener,
  api: ScalewayApi,
): Promise<LoadBalancerObject> {
  const what = `load balancer "${nameOrId}"`
  if (UUID.test(nameOrId)) return existing(what, api.loadBalancer(nameOrId.toLowerCase()))
  return theOnly(what, nameOrId, await api.loadBalancersLike(nameOrId))
}

async function findFrontend(lb: LoadBalancerObject, nameOrId: string, api: ScalewayApi): Promise<FrontendObject> {
  const what = `frontend "${nameOrId}" on the load balancer "${lb.name}"`
  if (!UUID.test(nameOrId)) return theOnly(what, nameOrId, await api.frontendsOf(lb.id))
  const frontend = await existing(what, api.frontend(nameOrId.toLowerCase()))
  if (frontend.lb.id !== lb.id) throw missing(what)
  return frontend
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function theOnly<T extends { readonly id: string; readonly name: string }>(
  what: string,
  name: string,
  found: readonly T[],
): T {
  const [first, ...more] = found.filter((each) => each.name === name)
  if (first === undefined) throw missing(what)
  if (more.length === 0) return first
  throw refused(`Scaleway has more than one ${what}; configure the id of the one that is meant`, {
    ids: [first, ...more].map(({ id }) => id),
  })
}

async function existing<T>(what: string, read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (cause) {
    throw isFailure(cause, 'NOT_FOUND') ? missing(what, cause) : cause
  }
}

const missing = (what: string, cause?: unknown) =>
  new Failure('TARGET_MISSING', `Scaleway has no ${what} in this zone; check the configuration`, { cause })

const refused = (message: string, fields = {}) => new Failure('TARGET_REFUSED', message, { fields })
