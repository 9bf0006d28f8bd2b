import { Failure } from '../../../errors.ts'
import { MINUTE, SECOND } from '../../../platform/clock.ts'
import { requireTime } from '../../../platform/deadline.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import type { CertificateObject, LoadBalancerObject, ScalewayApi } from './api.ts'
import { readinessOf } from './load-balancer.ts'

type Time = Pick<DriverContext, 'clock' | 'timeLeft'>

/** Until the load balancer has taken in the last change: before that it refuses the next one, or still serves the old state. */
export const untilReady = ({ id, name }: LoadBalancerObject, api: ScalewayApi, time: Time): Promise<void> =>
  poll(`the load balancer "${name}"`, time, async () => {
    const lb = await api.loadBalancer(id)
    const state = readinessOf(lb)
    if (state !== 'failed') return state === 'ready'
    throw new Failure('DEPLOY_FAILED', `the load balancer "${name}" is out of order; the console shows its state`, {
      fields: { status: lb.status, instances: lb.instances.map(({ status }) => status) },
    })
  })

/** Imported certificates were always ready at once when it was recorded. */
export const untilImported = (
  { id, name, ...first }: CertificateObject,
  api: ScalewayApi,
  time: Time,
): Promise<void> => {
  let { status, status_details: details } = first
  return poll(`the certificate ${name}`, time, async () => {
    if (status === 'pending') ({ status, status_details: details } = await api.certificate(id))
    if (status !== 'error') return status === 'ready'
    throw new Failure('DEPLOY_FAILED', `Scaleway could not take the certificate ${name}`, {
      fields: { details: details?.slice(0, 300) },
    })
  })
}

const LONGEST = 2 * MINUTE
/** What waits here holds up every other change of this load balancer. */
const FIRST_PAUSE = SECOND / 10
const GROWTH = 1.3
const LONGEST_PAUSE = 2 * SECOND

async function poll(what: string, { clock, timeLeft }: Time, isReady: () => Promise<boolean>): Promise<void> {
  let waited = 0
  for (let pause = FIRST_PAUSE; !(await isReady()); pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    waited += pause
    if (waited > LONGEST) throw new Failure('TARGET_BUSY', `${what} is not ready yet; the next run carries on`)
    requireTime(timeLeft, pause)
    await clock.sleep(pause)
  }
}
