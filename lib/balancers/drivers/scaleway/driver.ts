import * as v from 'valibot'
import {
  apiOptions,
  type BalancerDriver,
  type DriverContext,
  oneLine,
  secretReference,
} from '../../../platform/driver.ts'
import type { Rest } from '../../../platform/rest.ts'
import { type Gathered, gathered, oneByOne } from '../../../platform/turns.ts'
import type { LoadBalancer } from '../../../ports.ts'
import { openScaleway } from '../../../vendors/scaleway/client.ts'
import { accessKeyOption } from '../../../vendors/scaleway/expiry.ts'
import { isManaged } from '../../names.ts'
import { type CertificateObject, createScalewayApi, explain, type ScalewayApi } from './api.ts'
import type { Swap } from './bind.ts'
import { deleteByIdAt, deleteUnusedAt } from './delete.ts'
import { servedFor, servesAll } from './frontend.ts'
import { heldBy, isImported } from './held.ts'
import { findListener, findLoadBalancer, listener, type ScalewayListener, zone } from './listener.ts'
import { endpointsOf } from './load-balancer.ts'
import { ownCertificate, secureAt, swapAt } from './swap.ts'
import { MOST_CERTIFICATES, quotaOf, versionsOf } from './upload.ts'
import { withdrawAt } from './withdraw.ts'

const options = v.strictObject({
  zone: v.pipe(zone, v.description('The zone of the load balancers, for example fr-par-1; a target may name another.')),
  token: v.pipe(
    secretReference,
    oneLine,
    v.description('Reference to the secret key of an API key with the permission set LoadBalancersFullAccess.'),
  ),
  accessKey: accessKeyOption,
  projectId: v.optional(
    v.pipe(
      v.string(),
      v.uuid('expected the UUID of a project'),
      v.description('Where to look for load balancers by name; in every project of the key if absent.'),
    ),
  ),
  ...apiOptions,
})
type Options = v.InferOutput<typeof options>

/** Load balancers that hold a list of certificates, which a frontend refers to in its order of preference. */
export const driver = {
  options,
  listener,
  identity: ['loadBalancer', 'frontend', 'zone'],
  supportedKeys: ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096'],
  async open(given, context) {
    const { rest, expiresAt } = await openScaleway(given, context, explain)
    return { ...loadBalancer(given, rest, context), expiresAt }
  },
} satisfies BalancerDriver<typeof options, typeof listener>

function loadBalancer(
  own: Pick<Options, 'zone' | 'projectId'>,
  rest: Rest,
  context: DriverContext,
): LoadBalancer<ScalewayListener> {
  const apiFor = ({ zone = own.zone }: ScalewayListener) => createScalewayApi(rest, zone, own.projectId)
  /** One change of a load balancer after the other: a frontend has no version, so that two at once would undo each other. */
  const inTurn = oneByOne()
  const swap = swapsTogether(inTurn, context)
  return {
    async inspect(given, deployment, keep = []) {
      const api = apiFor(given)
      const { lb, frontend } = await findListener(given, api)
      const known = await api.certificatesOf(lb.id)
      const seen = {
        resource: `scaleway:${api.zone}/${lb.id}/${frontend.id}`,
        endpoints: endpointsOf(lb, frontend),
        quota: await quotaOf({ lb: lb.id, known, keep }, api, context),
        managed: known.filter((each) => isImported(each) && isManaged(each.name, context.environment)).map(nameOf),
      }
      if (deployment === undefined) return { ...seen, serves: false }
      const bound = { ids: frontend.certificate_ids, known }
      const versions = versionsOf(deployment, known)
      const serves = versions.some(({ id }) => servesAll(ownCertificate(id, deployment), bound))
      return serves ? { ...seen, serves } : { ...seen, serves, instead: servedFor(deployment.certificate.names, bound) }
    },
    async swap(given, deployment, keep = []) {
      const api = apiFor(given)
      await swap(api, { found: await findListener(given, api), deployment, keep })
    },
    async attachFirst(given, deployment) {
      const api = apiFor(given)
      const found = await findListener(given, api)
      await inTurn(found.lb.id, () => secureAt(found, deployment, api, context))
    },
    async deleteUnused(given, names) {
      const api = apiFor(given)
      const { id: lb } = await findLoadBalancer(given, api)
      return inTurn(lb, () => deleteUnusedAt(lb, names, api, context))
    },
    async deleteById(given, id) {
      const api = apiFor(given)
      const { id: lb } = await findLoadBalancer(given, api)
      return inTurn(lb, () => deleteByIdAt(lb, id, api))
    },
    async detach(given, name) {
      const api = apiFor(given)
      const found = await findListener(given, api)
      return inTurn(found.lb.id, () => withdrawAt(found, name, api, context))
    },
    async list(given) {
      const api = apiFor(given)
      const lb = await findLoadBalancer(given, api)
      const [frontends, certificates] = [await api.frontendsOf(lb.id), await api.certificatesOf(lb.id)]
      return { certificates: heldBy(lb, frontends, certificates, context.environment), limit: MOST_CERTIFICATES }
    },
  }
}

/** One certificate is swapped together with all that wait for the same load balancer. */
function swapsTogether(inTurn: ReturnType<typeof oneByOne>, context: DriverContext) {
  const zones = new Map<string, Gathered<Swap>>()
  return (api: ScalewayApi, swap: Swap): Promise<void> => {
    const together = zones.get(api.zone) ?? gathered(inTurn, (all: readonly Swap[]) => swapAt(all, api, context))
    zones.set(api.zone, together)
    return together(swap.found.lb.id, swap)
  }
}

const nameOf = ({ name }: CertificateObject) => name
