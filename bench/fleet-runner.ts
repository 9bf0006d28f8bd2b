/** One measurement, in a process of its own: a run over many certificates, whose load balancers are the sandbox's without sockets. */
import { setTimeout as wait } from 'node:timers/promises'
import { withSharedLooks } from '../lib/balancers/shared-looks.ts'
import { findDue } from '../lib/observe/due.ts'
import { after, DAY, HOUR, systemClock } from '../lib/platform/clock.ts'
import { mapConcurrently } from '../lib/platform/concurrency.ts'
import { createLog, silent } from '../lib/platform/log.ts'
import { givingWay } from '../lib/platform/semaphore.ts'
import type { CertificateAuthority, Clock, LoadBalancer, Probe } from '../lib/ports.ts'
import { runIn } from '../lib/run.ts'
import { markerKey } from '../lib/state/schedule.ts'
import type { CertificateSpec, PublicCertificate } from '../lib/types.ts'
import { covers, publicCertificate } from '../lib/x509/certificate.ts'
import { createAuthority, serverCertificate } from '../sandbox/pki.ts'
import { addBackend, addCertificate, addLb, emptyScaleway, newFrontend } from '../sandbox/scaleway/objects.ts'
import { createMemoryAuthority } from '../test/support/memory-authority.ts'
import { createMemoryWorld } from '../test/support/memory-world.ts'
import { scalewayInMemory } from '../test/support/scaleway-in-memory.ts'

export interface Task {
  readonly certificates: number
  readonly due: number
  readonly balancers: number
  /** Of each request, there and back. */
  readonly rttMs: number
  /** What the authority takes to validate, and as long again to issue. */
  readonly authorityMs: number
  /** What a load balancer takes after a change, before it takes the next one. */
  readonly settleMs: number
}

export interface Measured {
  readonly renewed: number
  /** The first thing that went wrong. */
  readonly reason: string | undefined
  readonly wallMs: number
  readonly calls: Readonly<Record<'balancers' | 'authority' | 'state' | 'secrets', number>>
  readonly peakMiB: number
}

type Calls = { -readonly [Port in keyof Measured['calls']]: number }

/** Let's Encrypt takes 300 orders of an account in three hours. */
const ORDERS_EACH = 250

async function measure(task: Task): Promise<Measured> {
  const calls: Calls = { balancers: 0, authority: 0, state: 0, secrets: 0 }
  const clock = givingWay(systemClock)
  const sites = await Promise.all(Array.from({ length: task.balancers }, (_, at) => siteAt(at, task, clock, calls)))
  const memory = await createMemoryWorld()
  const count = Math.ceil(task.due / ORDERS_EACH)
  const authorities = await Promise.all(
    Array.from({ length: count }, (_, at) => authorityAt(at, memory.txt, task, clock, calls)),
  )
  const log = createLog(silent, clock)
  const outside = {
    ...{ ...memory, clock, log, emit: () => undefined, random: Math.random, timeLeft: () => DAY },
    authorities: named('ca', authorities),
    balancers: named(
      'lb',
      sites.map(({ balancer }) => balancer),
    ),
    probe: probing(new Map(sites.map((site) => [site.address, site.bound]))),
  }
  const certificates = Array.from({ length: task.certificates }, (_, at) => specAt(at, count, task))
  await furnish(certificates, task, outside)
  const world = {
    ...outside,
    state: counted(outside.state, 'state', calls),
    secrets: counted(outside.secrets, 'secrets', calls),
  }
  Object.assign(calls, { balancers: 0, authority: 0 })
  const started = performance.now()
  const report = await runIn({ certificates }, { force: false, dryRun: false, fullScan: false }, world)
  const wallMs = performance.now() - started
  const renewed = report.certificates.filter(({ result }) => result === 'renewed').length
  const reason = report.certificates.find(({ error }) => error !== undefined)?.error?.message
  return { renewed, reason, wallMs, calls, peakMiB: process.resourceUsage().maxRSS / 1_024 }
}

const named = <Port>(prefix: string, ports: readonly Port[]): Record<string, Port> =>
  Object.fromEntries(ports.map((port, at) => [`${prefix}${at}`, port]))

/** In the order of the configuration those of one load balancer stand together. */
function specAt(at: number, authorities: number, { certificates, balancers }: Task): CertificateSpec {
  const balancer = `lb${Math.floor((at * balancers) / certificates)}`
  const listener = { loadBalancer: 'edge', frontend: 'https' }
  return {
    ...{ id: `c${at}`, names: [`c${at}.example`], key: 'ecdsa-p256', configHash: `${at}` },
    authorities: [`ca${Math.floor((at * authorities) / certificates)}`],
    targets: [{ id: `${balancer}/edge`, name: `${balancer}/edge/https`, balancer, listener }],
  }
}

/** A frontend with a certificate that newleaf has not made, as it must have one. */
async function siteAt(at: number, { rttMs, settleMs }: Task, clock: Clock, calls: Calls) {
  const state = emptyScaleway()
  const address = `192.0.2.${at + 1}`
  const lb = addLb(state, { name: 'edge' }, [address])
  const { cert, key } = await serverCertificate(await createAuthority({ name: 'placeholder' }))
  const placeholder = addCertificate(state, lb, { name: 'placeholder', chainPem: cert, privateKeyPem: key })
  const frontend = newFrontend(lb, {
    ...{ name: 'https', inbound_port: 443, backend: addBackend(state, lb, 'apps').id, timeout_client: null },
    ...{ certificate_ids: [placeholder.id], connection_rate_limit: null },
    ...{ enable_access_logs: false, enable_http3: false },
  })
  state.frontends.push(frontend)
  const travel = async () => {
    calls.balancers += 1
    await wait(rttMs)
  }
  const api = await scalewayInMemory(state, { settleMs })
  const opened = await api.open({ travel, fate: () => 'well', acted: () => undefined }, clock)
  const balancer: LoadBalancer = withSharedLooks(opened, { clock, timeLeft: () => DAY })
  const parsed = new Map<string, PublicCertificate>()
  const bound = (): PublicCertificate[] =>
    frontend.certificate_ids.flatMap((id) => {
      const stored = state.certificates.find((each) => each.id === id)
      if (stored === undefined) return []
      const certificate = parsed.get(id) ?? publicCertificate(stored.chainPem)
      parsed.set(id, certificate)
      return [certificate]
    })
  return { address, balancer, bound }
}

/** Shows what is bound at an address and has the name. */
const probing = (bound: ReadonlyMap<string, () => readonly PublicCertificate[]>): Probe => ({
  async handshake({ address }, serverName) {
    const held = bound.get(address)?.() ?? []
    const certificate = held.find(({ names }) => covers(names, serverName)) ?? held[0]
    if (certificate === undefined) return { result: 'unreachable', reason: 'nobody is there' }
    return { result: 'presented', certificate }
  },
})

/** How many requests each call takes at the least, by RFC 8555. */
const REQUESTS = { newOrder: 1, challenges: 1, answer: 2, finalize: 2, download: 1 } as const

async function authorityAt(at: number, txt: ReadonlyMap<string, string[]>, task: Task, clock: Clock, calls: Calls) {
  const directory = `https://ca${at}.example/directory`
  const authority = await createMemoryAuthority(clock, (name) => txt.get(name) ?? [], directory)
  const far = { ...authority } as { -readonly [Method in keyof CertificateAuthority]: CertificateAuthority[Method] }
  for (const [method, requests] of Object.entries(REQUESTS) as [keyof typeof REQUESTS, number][]) {
    const near = authority[method].bind(authority) as (...given: unknown[]) => Promise<unknown>
    const slow = async (...given: unknown[]) => {
      calls.authority += requests
      await wait(requests * task.rttMs)
      if (method === 'answer' || method === 'finalize') await clock.sleep(task.authorityMs)
      return near(...given)
    }
    Object.assign(far, { [method]: slow })
  }
  return far
}

type Outside = Parameters<typeof runIn>[2]

/** As earlier runs leave it: those that are not due have a marker tomorrow, the others one from an hour ago. */
async function furnish(certificates: readonly CertificateSpec[], { due }: Task, outside: Outside): Promise<void> {
  const now = outside.clock.now()
  const marker = (at: number) => after(now, at % (certificates.length / due) < 1 ? -HOUR : DAY)
  await mapConcurrently([...certificates.entries()], 50, ([at, { id }]) =>
    outside.state.write(markerKey(marker(at), id), {}, undefined),
  )
  const scan = await findDue(certificates, { force: false, dryRun: false, fullScan: false }, outside)
  await scan.updateSchedule([])
}

function counted<Port extends object>(port: Port, as: keyof Calls, calls: Calls): Port {
  return new Proxy(port, {
    get(_, method) {
      const own: unknown = Reflect.get(port, method)
      if (typeof own !== 'function') return own
      return (...given: readonly unknown[]) => {
        calls[as] += 1
        return own.apply(port, given)
      }
    },
  })
}

process.once('message', async (task: Task) => {
  process.send?.(await measure(task))
  process.disconnect()
})
