import { expect, test } from 'vitest'
import type { CertificateObject, LoadBalancerObject, ScalewayApi } from '../../lib/balancers/drivers/scaleway/api.ts'
import { untilImported, untilReady } from '../../lib/balancers/drivers/scaleway/ready.ts'
import { isFailure } from '../../lib/errors.ts'
import { MINUTE, SECOND } from '../../lib/platform/clock.ts'

/** A load balancer that takes so long to take in a change, on a clock that is only moved by sleeping. */
function loadBalancerThat(settlesAfter: number) {
  let now = 0
  const looks: number[] = []
  const lb: LoadBalancerObject = {
    id: 'lb',
    name: 'edge',
    description: '',
    tags: [],
    status: 'ready',
    instances: [],
    ip: [],
  }
  const api = {
    async loadBalancer() {
      looks.push(now)
      return { ...lb, instances: [{ status: now < settlesAfter ? 'pending' : 'ready' }] }
    },
  } as Partial<ScalewayApi> as ScalewayApi
  const clock = {
    now: () => new Date(now),
    async sleep(milliseconds: number) {
      now += milliseconds
    },
  }
  return { looks, ready: () => untilReady(lb, api, { clock, timeLeft: () => 60 * MINUTE }) }
}

test('a load balancer is looked at at once, and then in pauses that grow by three tenths from a tenth of a second on', async () => {
  const settled = loadBalancerThat(0)
  await settled.ready()
  expect(settled.looks).toEqual([0])
  const { looks, ready } = loadBalancerThat(SECOND)
  await ready()
  expect(looks.map(Math.round)).toEqual([0, 100, 230, 399, 619, 904, 1276])
})

test('one that never settles is given up after two minutes, with two seconds between the looks', async () => {
  const { looks, ready } = loadBalancerThat(Number.POSITIVE_INFINITY)
  const code = await ready().catch((error) => (isFailure(error) ? error.code : error))
  expect(code).toBe('TARGET_BUSY')
  expect(looks.at(-1)).toBeGreaterThan(2 * MINUTE - 2 * SECOND)
  expect((looks.at(-1) ?? 0) - (looks.at(-2) ?? 0)).toBe(2 * SECOND)
  expect(looks.length).toBeLessThan(75)
})

test('an imported certificate is read again until it is ready, and is refused only where Scaleway says that it failed', async () => {
  const pauses: number[] = []
  const clock = { now: () => new Date(0), sleep: async (milliseconds: number) => void pauses.push(milliseconds) }
  const importedAs = (...states: [string, ...string[]]) => {
    const [first, ...later] = states.map((status) => ({ id: 'c', name: 'shop', status, status_details: 'no such key' }))
    const api = { certificate: async () => later.shift() as CertificateObject } as Partial<ScalewayApi> as ScalewayApi
    return untilImported(first as CertificateObject, api, { clock, timeLeft: () => MINUTE })
  }
  await importedAs('pending', 'validating', 'ready')
  expect(pauses.map(Math.round)).toEqual([100, 130])
  await expect(importedAs('pending', 'error')).rejects.toMatchObject({
    code: 'DEPLOY_FAILED',
    message: 'Scaleway could not take the certificate shop',
    fields: { details: 'no such key' },
  })
})
