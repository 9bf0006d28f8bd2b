import { DAY, HOUR, SECOND } from '../../lib/platform/clock.ts'
import type { StateStore } from '../../lib/ports.ts'
import { runIn } from '../../lib/run.ts'
import type { CertificateSpec } from '../../lib/types.ts'
import { startBucketCloud } from './cloud-stores.ts'
import { createMemoryBalancer } from './memory-balancer.ts'
import { createMemorySecrets } from './memory-stores.ts'
import { createMemoryWorld, shop } from './memory-world.ts'

/** The clock stands still while a run lasts: so long it has taken when the authority is asked. */
const TOOK = SECOND
const HOURLY = { force: false, dryRun: false, fullScan: false }

/** What is asked on days on which nothing is to be done, of all certificates together. */
export interface QuietDays {
  /** Of the bucket: GET of an object, of a list of keys, PUT, and DELETE of one or of many. */
  readonly reads: number
  readonly lists: number
  readonly writes: number
  readonly removals: number
  /** Of these, those that are about a single certificate. */
  readonly single: number
  /** Each is one GetSecretValue of AWS Secrets Manager. */
  readonly secrets: number
  /** Renewal windows that the authority was asked for. */
  readonly windows: number
  /** Runs that looked at balancers: all of these together, for the look is shared. */
  readonly passes: number
}

/**
 * Lives for whole days with so many certificates, each at a balancer of its own, in virtual time and with an hourly schedule. The
 * state is in the sandbox's object storage, all else in memory; the authority wants to be asked every six hours.
 */
export async function quietDays(certificates: number, days: number): Promise<QuietDays> {
  const cloud = await startBucketCloud()
  try {
    const { live, asked } = await createQuietWorld(certificates, await cloud.place().state())
    await live(24, false) // they are issued
    Object.assign(asked, { secrets: 0, windows: 0, passes: 0 })
    const before = cloud.server.requests.length
    await live(24 * days, true)
    const sent = cloud.server.requests.slice(before)
    const isList = ({ method, path }: (typeof sent)[number]) => method === 'GET' && !/^\/[^/]+\/./.test(path)
    const count = (fits: (request: (typeof sent)[number]) => boolean) => sent.filter(fits).length
    return {
      reads: count((request) => request.method === 'GET' && !isList(request)),
      lists: count(isList),
      writes: count(({ method }) => method === 'PUT'),
      removals: count(({ method }) => method === 'DELETE' || method === 'POST'),
      single: count(({ path }) => path.includes('site-')),
      ...asked,
    }
  } finally {
    await cloud.close()
  }
}

async function createQuietWorld(many: number, state: StateStore) {
  const asked = { secrets: 0, windows: 0, passes: 0 }
  const secrets = createMemorySecrets()
  const { read } = secrets
  secrets.read = (...given) => {
    asked.secrets += 1
    return read(...given)
  }
  const world = await createMemoryWorld({ state, secrets })
  const { authority, clock } = world
  authority.renewalWindow = async () => {
    asked.windows += 1
    const at = (wait: number) => new Date(clock.now().getTime() + TOOK + wait)
    return { start: at(50 * DAY), end: at(51 * DAY), checkAfter: at(6 * HOUR) }
  }
  const ids = Array.from({ length: many }, (_, index) => `site-${index}`)
  const balancers = Object.fromEntries(ids.map((id) => [id, createMemoryBalancer(`${id}.quiet`)]))
  const certificates = ids.map((id): CertificateSpec => {
    const target = { id: `${id}/edge`, name: `${id}/edge`, balancer: id, listener: {} }
    return { ...shop, id, names: [`${id}.example`], targets: [target], configHash: id }
  })
  async function live(hours: number, isQuiet: boolean): Promise<void> {
    for (let hour = 0; hour < hours; hour++) {
      const report = await runIn({ certificates }, HOURLY, { ...world, balancers })
      const [ill] = report.certificates.filter(({ health }) => !health.healthy)
      if (isQuiet && !report.ok) throw new Error(`that day is not quiet: ${ill?.health.conditions[0]?.message}`)
      if (report.certificates.length > 0) asked.passes += 1
      world.pass(HOUR)
    }
  }
  return { live, asked }
}
