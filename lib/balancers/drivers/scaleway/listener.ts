import * as v from 'valibot'
import { Failure, isFailure } from '../../../errors.ts'
import { thereAre } from '../../../platform/suggestion.ts'
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
  const absent = { what: `load balancer "${nameOrId}"`, wanted: nameOrId, all: () => api.loadBalancers() }
  if (UUID.test(nameOrId)) return existing(absent, api.loadBalancer(nameOrId.toLowerCase()))
  return theOnly(absent, await api.loadBalancersLike(nameOrId))
}

async function findFrontend(lb: LoadBalancerObject, nameOrId: string, api: ScalewayApi): Promise<FrontendObject> {
  const all = () => api.frontendsOf(lb.id)
  const absent = { what: `frontend "${nameOrId}" on the load balancer "${lb.name}"`, wanted: nameOrId, all }
  if (!UUID.test(nameOrId)) return theOnly(absent, await all())
  const frontend = await existing(absent, api.frontend(nameOrId.toLowerCase()))
  if (frontend.lb.id !== lb.id) throw await missing(absent)
  return frontend
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

interface Named {
  readonly id: string
  readonly name: string
}

/** What may turn out not to be there; `all` is asked only then. */
interface Wanted {
  readonly what: string
  readonly wanted: string
  all(): Promise<readonly Named[]>
}

async function theOnly<T extends Named>(absent: Wanted, found: readonly T[]): Promise<T> {
  const [first, ...more] = found.filter(({ name }) => name === absent.wanted)
  if (first === undefined) throw await missing(absent)
  if (more.length === 0) return first
  throw refused(`Scaleway has more than one ${absent.what}; configure the id of the one that is meant`, {
    ids: [first, ...more].map(({ id }) => id),
  })
}

async function existing<T>(absent: Wanted, read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (cause) {
    throw isFailure(cause, 'NOT_FOUND') ? await missing(absent, cause) : cause
  }
}

/** That it is missing is known, whether or not the others can be listed. */
async function missing({ what, wanted, all }: Wanted, cause?: unknown): Promise<Failure> {
  const others = await all().then(
    (each) =>
      thereAre(
        wanted,
        each.map(({ name }) => name),
      ),
    () => '; check the configuration',
  )
  return new Failure('TARGET_MISSING', `Scaleway has no ${what} in this zone${others}`, { cause })
}

const refused = (message: string, fields = {}) => new Failure('TARGET_REFUSED', message, { fields })
