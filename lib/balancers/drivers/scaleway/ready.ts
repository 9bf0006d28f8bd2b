import { Failure } from '../../../errors.ts'
import { MINUTE, SECOND } from '../../../platform/clock.ts'
import { type Time, whilePending } from '../../../platform/while-pending.ts'
import type { CertificateObject, LoadBalancerObject, ScalewayApi } from './api.ts'
import { readinessOf } from './load-balancer.ts'

/** What waits here holds up every other change of this load balancer. */
const PAUSES = { first: SECOND / 10, growth: 1.3, longest: 2 * SECOND, together: 2 * MINUTE }

/** Until the load balancer has taken in the last change: before that it refuses the next one, or still serves the old state. */
export async function untilReady({ id, name }: LoadBalancerObject, api: ScalewayApi, time: Time): Promise<void> {
  const what = `the load balancer "${name}"`
  const read = () => api.loadBalancer(id)
  const isPending = (lb: LoadBalancerObject) => readinessOf(lb) === 'pending'
  const lb = await whilePending(await read(), { read, isPending, pauses: PAUSES, overdue: () => notYet(what) }, time)
  if (readinessOf(lb) === 'ready') return
  throw new Failure('DEPLOY_FAILED', `${what} is out of order; the console shows its state`, {
    fields: { status: lb.status, instances: lb.instances.map(({ status }) => status) },
  })
}

/** Imported certificates were always ready at once when it was recorded. */
export async function untilImported(first: CertificateObject, api: ScalewayApi, time: Time): Promise<void> {
  const what = `the certificate ${first.name}`
  const read = () => api.certificate(first.id)
  const isPending = ({ status }: Imported) => status !== 'ready' && status !== 'error'
  const { status, status_details: details } = await whilePending<Imported>(
    first,
    { read, isPending, pauses: PAUSES, overdue: () => notYet(what) },
    time,
  )
  if (status === 'ready') return
  throw new Failure('DEPLOY_FAILED', `Scaleway could not take ${what}`, { fields: { details: details?.slice(0, 300) } })
}

type Imported = Pick<CertificateObject, 'status' | 'status_details'>

const notYet = (what: string) => new Failure('TARGET_BUSY', `${what} is not ready yet; the next run carries on`)
