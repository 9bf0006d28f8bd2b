/** What a day costs on which nothing is to be done, in requests: over the sandbox's object storage, with an hourly schedule. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY, HOUR, SECOND } from '../../lib/platform/clock.ts'
import { runIn } from '../../lib/run.ts'
import type { CertificateSpec } from '../../lib/types.ts'
import type { ObjectStorage } from '../../sandbox/object-storage/object-storage.ts'
import { type Cloud, startBucketCloud } from '../support/cloud-stores.ts'
import { createMemoryBalancer } from '../support/memory-balancer.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'
import { createMemoryWorld, shop } from '../support/memory-world.ts'

const CERTIFICATES = 8
const DAYS = 7
/** So many requests a thousand certificates on six load balancers are looked at with (test/contract/balancers-looks.test.ts). */
const LOOKS = 60
const HOURLY = { force: false, dryRun: false, fullScan: false }

let cloud: Cloud<ObjectStorage>
beforeAll(async () => {
  cloud = await startBucketCloud()
})
afterAll(() => cloud.close())

/** Certificates with a load balancer each, of an authority that wants to be asked every six hours. */
async function quietWorld() {
  const secrets = createMemorySecrets()
  const { read } = secrets
  const count = { secrets: 0, authority: 0, passes: 0 }
  secrets.read = (...given) => {
    count.secrets += 1 // at AWS one GetSecretValue each
    return read(...given)
  }
  const world = await createMemoryWorld({ state: await cloud.place().state(), secrets })
  const { authority, clock } = world
  let second = 0
  authority.renewalWindow = async () => {
    count.authority += 1
    const at = (wait: number) => new Date(clock.now().getTime() + second + wait)
    second += SECOND // a run takes its time
    return { start: at(50 * DAY), end: at(51 * DAY), checkAfter: at(6 * HOUR) }
  }
  const ids = Array.from({ length: CERTIFICATES }, (_, index) => `site-${index}`)
  const balancers = Object.fromEntries(ids.map((id) => [id, createMemoryBalancer(`${id}.quiet`)]))
  const certificates = ids.map((id): CertificateSpec => {
    const target = { id: `${id}/edge`, name: `${id}/edge`, balancer: id, listener: {} }
    return { ...shop, id, names: [`${id}.example`], targets: [target], configHash: id }
  })
  async function live(hours: number): Promise<void> {
    for (let hour = 0; hour < hours; hour++) {
      second = SECOND
      const { certificates: looked, ok } = await runIn({ certificates }, HOURLY, { ...world, balancers })
      if (looked.length > 0) count.passes += 1
      expect(ok).toBe(true)
      world.pass(HOUR)
    }
  }
  return { live, count }
}

test('a thousand certificates cost less than 20,000 requests on a day on which nothing is to be done', async () => {
  const { live, count } = await quietWorld()
  await live(24)
  Object.assign(count, { secrets: 0, authority: 0, passes: 0 })
  const before = cloud.server.requests.length
  await live(24 * DAYS)
  const sent = cloud.server.requests.slice(before)
  const own = sent.filter(({ path }) => path.includes('/site-')).length
  const each = (own + count.secrets + count.authority) / CERTIFICATES / DAYS
  const all = each * 1_000 + (sent.length - own + count.passes * LOOKS) / DAYS
  expect(each).toBeGreaterThan(10)
  expect(all).toBeLessThan(20_000)
}, 120_000)
