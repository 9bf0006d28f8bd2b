import { Failure, type FailureCode } from '../../lib/errors.ts'
import { after, DAY, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import type { Dependencies, LoadBalancer, Queued } from '../../lib/ports.ts'
import { emfLines } from '../../lib/report/metrics.ts'
import type { RunReport } from '../../lib/report/report.ts'
import { enqueueDueIn, runIn } from '../../lib/run.ts'
import type { CertificateSpec, RunRequest } from '../../lib/types.ts'
import { lifetime } from '../../lib/x509/lifetime.ts'
import { draw } from '../soak/draw.ts'
import { type Alarm, type CloudWatch, createCloudWatch } from './cloudwatch.ts'
import { createMemoryBalancer, type MemoryBalancer } from './memory-balancer.ts'
import { createMemoryWorld, type MemoryWorld } from './memory-world.ts'

export interface Scene {
  readonly alarms: readonly Alarm[]
  readonly seed: number
  readonly certificates?: number
  /** Of the certificates, in days. */
  readonly lifetime?: number
  /** Whether each certificate that is due is given to a worker. */
  readonly queue?: boolean
}

/** What may be refused, or may not answer. */
type Part = 'dns' | 'secrets' | 'state' | 'writing state' | 'balancers'

export interface Fortnight {
  readonly memory: MemoryWorld
  /** By the id of the certificate. */
  readonly balancers: Readonly<Record<string, MemoryBalancer>>
  /** How the parts of the world that do not work refuse. */
  readonly trouble: Map<Part, FailureCode>
  /** How many calls they have refused. */
  readonly refused: number
  /** What the schedule starts each hour; undefined: it is off. It resolves to the lines of the log. */
  schedule: (() => Promise<readonly string[]>) | undefined
  /** Whether anybody works on what stands in the queue. */
  workers: boolean
  now(): Date
  /** One more certificate in the configuration. */
  add(id: string): void
  /** A run that a person starts. */
  run(request: Partial<RunRequest>): Promise<void>
  /** Lives on for so many hours. */
  live(hours: number): Promise<void>
  /** What the platform measures by itself. */
  platform(namespace: string, name: string, dimensions: Readonly<Record<string, string>>): void
  /**
   * Each time that an alarm has gone into ALARM since then, by the last part of its name: after how many hours, the longest
   * of what the evaluation range may be.
   */
  rung(since: Date): Record<string, number[]>
  /** The alarms that are in ALARM now. */
  red(): string[]
}

/** The schedule's flexible window. */
const WINDOW = 15 * MINUTE
const HOURLY: RunRequest = { force: false, dryRun: false, fullScan: false }

let worlds = 0

/** CloudWatch's evaluation range is longer than the evaluation periods; its examples have two periods more. */
const EXTRA = [1, 2]

/**
 * Certificates in virtual time, hourly runs, and the alarms that watch the metrics of these. It begins at midnight: the first
 * run of a day looks at everybody, and what the CA says makes nobody look again sooner than a day later.
 */
export async function createFortnight(scene: Scene): Promise<Fortnight> {
  const { alarms, seed, queue = false } = scene
  const memory = await createMemoryWorld()
  const { clock, authority } = memory
  memory.pass(18 * HOUR)
  authority.lifetime = scene.lifetime ?? 90
  authority.renewalWindow = async (certificate) => {
    const start = after(certificate.notAfter, -lifetime(certificate) / 2)
    return { start, end: after(start, HOUR), checkAfter: after(clock.now(), DAY) }
  }
  const place = `fortnight-${++worlds}`
  const certificates: CertificateSpec[] = []
  const balancers: Record<string, MemoryBalancer> = {}
  const seen: Record<string, LoadBalancer> = {}
  const trouble: Fortnight['trouble'] = new Map()
  let refused = 0
  const gated = <Port extends object>(port: Port, partsOf: (method: string) => readonly Part[]): Port =>
    gate(port, (method) => {
      const code = partsOf(method)
        .map((part) => trouble.get(part))
        .find((each) => each !== undefined)
      if (code === undefined) return
      refused += 1
      throw new Failure(code, `${method}: not now`)
    })
  const world: Dependencies = {
    ...memory,
    solver: gated(memory.solver, () => ['dns']),
    secrets: gated(memory.secrets, () => ['secrets']),
    state: gated(memory.state, (method) => (/^(write|remove)$/.test(method) ? ['state', 'writing state'] : ['state'])),
    balancers: seen,
  }
  const watches = EXTRA.map((extra): CloudWatch => createCloudWatch(alarms, clock.now(), extra))
  const waiting: Queued[] = []

  /** As a function ends: with metrics, or with one line that says why there are none. */
  async function logOf(work: () => Promise<RunReport>): Promise<readonly string[]> {
    try {
      return emfLines(await work())
    } catch (error) {
      return [JSON.stringify({ message: 'run failed', reason: String(error) })]
    }
  }
  const runOnce = (request: Partial<RunRequest>) =>
    logOf(() => runIn({ certificates }, { ...HOURLY, ...request }, world))
  const hear = (lines: readonly string[]) => {
    for (const line of lines) for (const watch of watches) watch.hear(line)
  }
  const scheduled = () =>
    queue
      ? logOf(
          async () =>
            (await enqueueDueIn({ certificates }, world, async (given) => void waiting.push(...given))).report,
        )
      : runOnce({})
  /** Lets the clock go on to this moment, if it is not there yet, with the alarms behind it. */
  const pass = (to: Date) => {
    memory.pass(Math.max(0, to.getTime() - clock.now().getTime()))
    for (const watch of watches) watch.advance(clock.now())
  }

  const at: Fortnight = {
    memory,
    balancers,
    trouble,
    get refused() {
      return refused
    },
    schedule: scheduled,
    workers: true,
    now: () => clock.now(),
    add(id) {
      const balancer = createMemoryBalancer(`${id}.${place}`)
      balancers[id] = balancer
      seen[id] = gated<LoadBalancer>(balancer, () => ['balancers'])
      const targets = [{ id, name: id, balancer: id, listener: {} }]
      certificates.push({
        id,
        names: [`${id}.example`],
        key: 'ecdsa-p256',
        authorities: ['ca'],
        targets,
        configHash: id,
      })
    },
    run: async (request) => hear(await runOnce({ fullScan: true, ...request })),
    async live(hours) {
      for (let hour = 0; hour < hours; hour++) {
        const began = Math.floor(clock.now().getTime() / HOUR) * HOUR
        pass(new Date(began + WINDOW * draw(seed, 'window', began)))
        if (at.schedule !== undefined) hear(await at.schedule())
        for (const { id, markers } of at.workers ? waiting.splice(0) : [])
          hear(await runOnce({ only: [id], attended: false, markers }))
        pass(new Date(began + HOUR))
      }
    },
    platform(namespace, name, dimensions) {
      for (const watch of watches) watch.put(namespace, name, dimensions, 1, clock.now())
    },
    rung(since) {
      const all: Record<string, number[]> = {}
      for (const { changes } of watches) {
        const times: Record<string, number[]> = {}
        for (const { alarm, state, at: when } of changes) {
          if (state !== 'ALARM' || when < since) continue
          times[shortName(alarm)] = [...(times[shortName(alarm)] ?? []), (when.getTime() - since.getTime()) / HOUR]
        }
        for (const [name, hours] of Object.entries(times)) {
          const known = all[name] ?? []
          all[name] = Array.from({ length: Math.max(known.length, hours.length) }, (_, index) =>
            Math.max(known[index] ?? 0, hours[index] ?? 0),
          )
        }
      }
      return all
    },
    red() {
      const last = watches.flatMap(({ changes }) =>
        Object.entries(Object.fromEntries(changes.map((one) => [one.alarm, one.state]))),
      )
      return [...new Set(last.flatMap(([alarm, state]) => (state === 'ALARM' ? [shortName(alarm)] : [])))]
    },
  }
  for (let number = 0; number < (scene.certificates ?? 1); number++) at.add(`c${number}`)
  return at
}

const shortName = (alarm: string) => alarm.replace(/^newleaf-[^-]+-/, '')

/** The same port, which asks first whether the method may be called. */
const gate = <Port extends object>(port: Port, ask: (method: string) => void): Port =>
  new Proxy(port, {
    get(target, name) {
      const method = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        ask(String(name))
        return method.apply(target, args)
      }
    },
  })
