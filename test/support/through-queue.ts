/**
 * Certificates that are due go through the queue in virtual time: each hour the schedule gives away who is due, and a few workers
 * renew them. Stores, balancers and the authority are in memory; each call takes the time that it takes elsewhere, and is counted.
 */
import { after, HOUR, SECOND } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { CertificateAuthority, Dependencies, Queued } from '../../lib/ports.ts'
import { enqueueDueIn, runIn } from '../../lib/run.ts'
import { parseDocument } from '../../lib/state/document.ts'
import { listUnhealthy } from '../../lib/state/schedule.ts'
import type { CertificateFacts, CertificateSpec, Outcome, RenewalWindow } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { lifetime } from '../../lib/x509/lifetime.ts'
import { gated } from '../kill/effects.ts'
import type { MemoryAuthority } from './memory-authority.ts'
import { createMemoryBalancer, type MemoryBalancer } from './memory-balancer.ts'
import { createMemoryWorld } from './memory-world.ts'

/** Milliseconds of a call, by what it is about; calls of one run are made one after the other. */
const TAKES: Readonly<Record<string, number>> = {
  ...{ authorities: 100, solver: 200, secrets: 30, state: 20, balancers: 200, probe: 30, clock: 0 },
  ...{ 'solver present': 10 * SECOND, 'authorities answer': 2 * SECOND, 'authorities finalize': SECOND },
  'balancers swap': 2 * SECOND,
}
/** A message comes twice, one in so many: the queue delivers at least once. */
const TWICE = 50
const SCHEDULED = { force: false, dryRun: false, fullScan: false }
const LONGEST = 48 * HOUR

export interface Scene {
  readonly certificates: number
  /** Whether they are there and due for renewal; else none of them has ever been there. */
  readonly renewed: boolean
  /** Orders of the account that somebody else has placed within the last hour. */
  readonly spent?: number
  /** As many as `serverless.yml` has. */
  readonly workers?: number
  /** So many times as long as `TAKES` says does each call take; once where nothing is given. */
  readonly slowness?: number
}

export interface Passed {
  /** Milliseconds of virtual time, from the schedule's first run until the last one was healthy. */
  readonly took: number
  /** Messages that workers took, those that came again among them. */
  readonly messages: number
  /** Milliseconds that workers were at work, together. */
  readonly worked: number
  /** By what is called: `state write`, `authorities newOrder`. */
  readonly calls: ReadonlyMap<string, number>
  /** Orders that the authority refused for a limit. */
  readonly refused: number
  /** What is not as it must be. */
  readonly broken: readonly string[]
}

export async function passThroughQueue(scene: Scene): Promise<Passed> {
  const { certificates: count, workers = 5, slowness = 1 } = scene
  const { world, authority, specs, balancers, goTo } = await prepared(scene)
  const { clock } = world
  const broken: string[] = []
  const calls = new Map<string, number>()
  const issuedBefore = authority.issued
  const hear = watchOrders(authority, world, broken)
  const outside = counted(world, calls, slowness)

  const begun = clock.now().getTime()
  const healthy = new Set<string>()
  const waiting: Queued[] = []
  /** When each worker is free again. */
  const free = Array.from({ length: workers }, () => begun)
  let [messages, worked, took] = [0, 0, 0]
  for (let hour = begun; healthy.size < count && hour < begun + LONGEST; hour += HOUR) {
    goTo(hour)
    await enqueueDueIn({ certificates: specs }, outside, async (given) => {
      waiting.push(...given.flatMap((each, index) => (index % TWICE === 0 ? [each, each] : [each])))
    })
    while (waiting.length > 0 && Math.min(...free) < hour + HOUR) {
      const worker = free.indexOf(Math.min(...free))
      const since = Math.max(free[worker] ?? hour, hour)
      goTo(since) // the clock is that of whoever is at work
      const message = waiting.shift()
      const outcome = message && (await workOn(message, specs, outside))
      if (outcome !== undefined) hear(outcome)
      const end = clock.now().getTime()
      if (outcome?.health.healthy === true && !healthy.has(outcome.id)) {
        healthy.add(outcome.id)
        took = Math.max(took, end - begun)
      }
      free[worker] = end
      worked += end - since
      messages += 1
    }
  }
  const issued = authority.issued - issuedBefore
  if (healthy.size < count) broken.push(`${count - healthy.size} were lost`)
  if (issued !== count) broken.push(`${issued} certificates were issued for ${count}`)
  broken.push(...(await wrongIn(specs, balancers, world)))
  return { took, messages, worked, calls, refused: authority.overLimit, broken }
}

const specOf = (id: string): CertificateSpec => ({
  ...{ id, names: [`${id}.example`], key: 'ecdsa-p256', configHash: id, authorities: ['ca'] },
  targets: [{ id, name: id, balancer: id, listener: {} }],
})

/** The middle of the window is when a third of the life is left; Let’s Encrypt opens it for a fiftieth of the life. */
const windowOf = (facts: CertificateFacts) => {
  const [life, middle] = [lifetime(facts), after(facts.notAfter, -lifetime(facts) / 3)]
  return { start: after(middle, -life / 100), end: after(middle, life / 100) }
}

async function prepared({ certificates, renewed, spent = 0 }: Scene) {
  const memory = await createMemoryWorld()
  const { authority, clock } = memory
  const specs = Array.from({ length: certificates }, (_, index) => specOf(`c${index}`))
  const balancers: Record<string, MemoryBalancer> = Object.fromEntries(
    specs.map(({ id }, index) => [id, createMemoryBalancer(`queue ${index}`)]),
  )
  // Nobody reads what ten thousand renewals log.
  const world: Dependencies = { ...memory, balancers, log: createLog(silent, clock), emit: () => undefined }
  const goTo = (time: number) => memory.pass(time - clock.now().getTime())
  authority.spares = () => true
  if (renewed) {
    await runIn({ certificates: specs }, SCHEDULED, world)
    const { notAfter, notBefore } = publicCertificate(authority.chains.at(-1) ?? '')
    goTo(notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) / 3 + SECOND)
  }
  // What replaces another one within its window is spared, as at Let’s Encrypt.
  authority.renewalWindow = async (certificate): Promise<RenewalWindow> => ({
    ...windowOf(certificate),
    checkAfter: after(clock.now(), 6 * HOUR),
  })
  authority.spares = (replaced) => {
    if (replaced === undefined) return false
    const { start, end } = windowOf(replaced)
    return start <= clock.now() && clock.now() < end
  }
  for (let order = 0; order < spent; order++) await authority.newOrder({ names: [`other${order}.example`] })
  return { world, authority, specs, balancers, goTo }
}

/** Notes an order for a name whose last one was refused until later. */
function watchOrders(authority: MemoryAuthority, { clock }: Dependencies, broken: string[]) {
  const closed = new Map<string, Date>()
  const { newOrder } = authority
  authority.newOrder = async (request: Parameters<CertificateAuthority['newOrder']>[0]) => {
    const until = closed.get(request.names[0] ?? '')
    if (until !== undefined && until > clock.now())
      broken.push(`${request.names[0]} was ordered before its Retry-After`)
    return newOrder(request)
  }
  return ({ id, error }: Outcome): void => {
    if (error?.code === 'ACME_RATE_LIMITED' && error.retryAfter) closed.set(`${id}.example`, error.retryAfter)
  }
}

/** The same outside, in which each call takes its time and is counted. */
const counted = (world: Dependencies, calls: Map<string, number>, slowness: number): Dependencies =>
  gated(world, async ({ place, name }, work) => {
    const [port = ''] = place.split('.')
    const [full = ''] = name.split(' ')
    const call = `${port} ${full.split('.').at(-1)}`
    calls.set(call, (calls.get(call) ?? 0) + 1)
    await world.clock.sleep((TAKES[call] ?? TAKES[port] ?? 0) * slowness)
    return work()
  })

/** What the worker does that takes a message, of which only the text comes to it. */
async function workOn(message: Queued, specs: readonly CertificateSpec[], outside: Dependencies) {
  const { id, markers } = JSON.parse(JSON.stringify(message)) as Queued
  const certificates = specs.filter((each) => each.id === id)
  const request = { ...SCHEDULED, only: [id], attended: false, markers }
  return (await runIn({ certificates }, request, outside)).certificates[0]
}

async function wrongIn(
  specs: readonly CertificateSpec[],
  balancers: Readonly<Record<string, MemoryBalancer>>,
  { state }: Dependencies,
): Promise<string[]> {
  const wrong: string[] = []
  for (const { id } of specs) {
    const stored = await state.read(`certificate/${id}`)
    const { current, lease, order } = parseDocument(id, stored?.document)
    const shown = balancers[id]?.served?.fingerprint
    if (shown === undefined || shown !== current?.fingerprint) wrong.push(`${id} is not served`)
    if (lease !== undefined || order !== undefined) wrong.push(`${id} has a lease or an order left`)
  }
  if ((await listUnhealthy(state)).length > 0) wrong.push('a marker says that something is not healthy')
  return wrong
}
