import { isIP } from 'node:net'
import type { Endpoint } from '../../../types.ts'
import type { FrontendObject, LoadBalancerObject } from './api.ts'

/** What Scaleway's Kubernetes controller gives to the objects that it makes (scaleway-cloud-controller-manager, loadbalancers.go). */
const CONTROLLER_TAG = 'managed-by-scaleway-cloud-controller-manager'
const CONTROLLER_DESCRIPTION = /^kubernetes service /
const CONTROLLER_FRONTEND = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}_tcp_\d+$/

/** Whether a Kubernetes controller rewrites its frontends each time it reconciles. */
export const isKubernetes = ({ tags, description }: LoadBalancerObject): boolean =>
  tags.includes(CONTROLLER_TAG) || CONTROLLER_DESCRIPTION.test(description)

/** The same for a single frontend, on a load balancer that a person made and lent to the controller. */
export const isKubernetesFrontend = ({ name }: FrontendObject): boolean => CONTROLLER_FRONTEND.test(name)

/** Instances are `pending` for about a second after each change, while the load balancer itself stays `ready`. */
export function readinessOf({ status, instances }: LoadBalancerObject): 'ready' | 'pending' | 'failed' {
  const states = [status, ...instances.map((instance) => instance.status)]
  if (states.some((state) => state === 'error' || state === 'locked')) return 'failed'
  return states.every((state) => state === 'ready' || state === 'stopped') ? 'ready' : 'pending'
}

/** None for a private load balancer: the API does not tell its addresses. */
export const endpointsOf = ({ ip }: LoadBalancerObject, { inbound_port: port }: FrontendObject): Endpoint[] =>
  ip.filter(({ ip_address }) => isIP(ip_address) !== 0).map(({ ip_address: address }) => ({ address, port }))
