import * as v from 'valibot'
import { isFailure } from '../../errors.ts'
import { apiOptions, type BalancerDriver, type DriverContext, secretReference } from '../../platform/driver.ts'
import type { LoadBalancer } from '../../ports.ts'
import { isOurs } from '../names.ts'
import { createScalewayApi, explain, type ScalewayApi } from '../scaleway/api.ts'
import { servesAll } from '../scaleway/frontend.ts'
import { findListener, findLoadBalancer, listener } from '../scaleway/listener.ts'
import { endpointsOf } from '../scaleway/load-balancer.ts'
import { ownCertificate, swapAt } from '../scaleway/swap.ts'

const ZONES = ['fr-par-1', 'fr-par-2', 'nl-ams-1', 'nl-ams-2', 'nl-ams-3', 'pl-waw-1', 'pl-waw-2', 'pl-waw-3'] as const

const options = v.strictObject({
  zone: v.pipe(v.picklist(ZONES), v.description('The zone of the load balancers, for example fr-par-1.')),
  token: v.pipe(
    secretReference,
    v.description('Reference to the secret key of an API key with the permission set LoadBalancersFullAccess.'),
  ),
  projectId: v.optional(
    v.pipe(
      v.string(),
      v.uuid('expected the UUID of a project'),
      v.description('Where to look for load balancers by name; in every project of the key if absent.'),
    ),
  ),
  ...apiOptions,
})

/** Load balancers that hold a list of certificates, which a frontend refers to in its order of preference. */
export const driver = {
  options,
  listener,
  accepts: ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096'],
  async open({ zone, token, projectId, endpoint = 'https://api.scaleway.com', caCertificate }, context) {
    const headers = { 'x-auth-token': await context.resolve(token) }
    const rest = context.rest({ vendor: 'Scaleway', endpoint, caCertificate, headers, explain })
    return loadBalancer(createScalewayApi(rest, zone, projectId), context)
  },
} satisfies BalancerDriver<typeof options, typeof listener>

function loadBalancer(api: ScalewayApi, context: DriverContext): LoadBalancer {
  const turns = new Map<string, Promise<unknown>>()
  /** One change after the other: a frontend has no version, so that two at once would undo each other. */
  const inTurn = (lb: string, work: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(lb) ?? Promise.resolve()).then(work, work)
    turns.set(lb, turn)
    return turn
  }
  return {
    async look(given, deployment) {
      const { lb, frontend } = await findListener(given, api)
      const endpoints = endpointsOf(lb, frontend)
      if (deployment === undefined) return { serves: false, endpoints }
      const known = await api.certificatesOf(lb.id)
      const bound = { ids: frontend.certificate_ids, known }
      const versions = known.filter(({ name }) => name === deployment.name)
      return { serves: versions.some(({ id }) => servesAll(ownCertificate(id, deployment), bound)), endpoints }
    },
    async swap(given, deployment) {
      const found = await findListener(given, api)
      await inTurn(found.lb.id, () => swapAt(found, deployment, api, context))
    },
    async retire(given, names) {
      const lb = await findLoadBalancer(given, api)
      const frontends = await api.frontendsOf(lb.id)
      const certificates = await api.certificatesOf(lb.id)
      const inUse = new Set(frontends.flatMap(({ certificate_ids }) => certificate_ids))
      const gone: string[] = []
      for (const name of names.filter((each) => isOurs(each, context.environment))) {
        const ids = certificates.filter((each) => each.name === name).map(({ id }) => id)
        const left = ids.filter((id) => inUse.has(id))
        for (const id of ids.filter((each) => !inUse.has(each))) {
          if (!(await isDeleted(id, name, api, context))) left.push(id)
        }
        if (left.length === 0) gone.push(name)
      }
      return gone
    },
  }
}

/** Resolves to whether it is gone. The status of "in use" is documented nowhere: whatever the refusal, a certificate can wait. */
async function isDeleted(id: string, name: string, api: ScalewayApi, { log }: DriverContext): Promise<boolean> {
  try {
    await api.deleteCertificate(id)
    return true
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return true
    if (!isFailure(error, 'REJECTED', 'CONFLICT', 'DENIED', 'TARGET_BUSY')) throw error
    log.warn('a superseded certificate was not deleted', { name, code: error.code, reason: error.message })
    return false
  }
}
