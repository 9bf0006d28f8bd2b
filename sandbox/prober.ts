import { X509Certificate } from 'node:crypto'
import { type Address, fault, handshake } from './handshake.ts'

export interface ProbedSite {
  readonly endpoints: readonly Address[]
  /** A wildcard is asked for by a label that is made up each time. */
  readonly names: readonly string[]
}

export interface ProberOptions {
  readonly sites: readonly ProbedSite[]
  /** PEM of the root that clients trust. */
  readonly root: string
  /** Handshakes a second over all of them; default 60. */
  readonly rate?: number
  /** Under way at most, so that a busy machine greets less often and does not keep itself from being answered; default 50. */
  readonly atOnce?: number
  /** Milliseconds without an answer; default 5,000. */
  readonly patience?: number
  /** By which certificates must be valid. */
  readonly clock?: { now(): Date }
  /** Asked as a greeting begins; what it gives is asked once that has failed: whether it was to be expected. */
  readonly expects?: (endpoint: Address) => () => boolean
  /** While it does, nobody greets: what goes wrong each nth time must hit somebody else. */
  readonly rests?: () => boolean
}

export interface ProbeCount {
  readonly made: number
  readonly failed: number
  /** That failed as was to be expected: they are not among the failed. */
  readonly expected: number
  /** How often each failure came. */
  readonly failures: Readonly<Record<string, number>>
  readonly seconds: number
}

export interface Prober {
  /** Waits for the handshakes under way. */
  stop(): Promise<ProbeCount>
}

const TICK = 10

/** Greets every name at every address, round and round, as clients do all the time. */
export function startProber(options: ProberOptions): Prober {
  const { sites, root: rootPem, rate = 60, atOnce = 50, patience, clock, expects, rests } = options
  const root = new X509Certificate(rootPem)
  const visits = sites.flatMap(({ endpoints, names }) =>
    endpoints.flatMap((endpoint) => names.map((name) => ({ endpoint, name }))),
  )
  const underWay = new Set<Promise<void>>()
  const failures = new Map<string, number>()
  const begun = performance.now()
  let made = 0
  let expected = 0
  let missed = 0

  async function visit(endpoint: Address, pattern: string, count: number) {
    const name = concrete(pattern, count)
    const isExpected = expects?.(endpoint)
    const why = await handshake(endpoint, name, patience).then(
      (presented) => fault(presented, name, root, clock?.now()),
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    )
    if (why === undefined) return
    if (isExpected?.() === true) {
      expected += 1
      return
    }
    const failure = `${name} at ${shownAddress(endpoint)}: ${why}`
    failures.set(failure, (failures.get(failure) ?? 0) + 1)
  }

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) / 1_000) * rate)
    if (rests?.() === true) missed = due - made
    while (made + missed < due && underWay.size < atOnce && visits.length > 0) {
      const next = visits[made % visits.length]
      if (next === undefined) return
      const handshaking: Promise<void> = visit(next.endpoint, next.name, made++).finally(() =>
        underWay.delete(handshaking),
      )
      underWay.add(handshaking)
    }
  }, TICK)

  return {
    async stop() {
      clearInterval(timer)
      const seconds = (performance.now() - begun) / 1_000
      await Promise.all(underWay)
      const failed = [...failures.values()].reduce((sum, each) => sum + each, 0)
      return { made, failed, expected, failures: Object.fromEntries(failures), seconds }
    },
  }
}

/** A name that the pattern stands for. */
export const concrete = (pattern: string, count = 0): string => pattern.replace(/^\*/, `visitor-${count % 1_000}`)

export const shownAddress = ({ address, port }: Address): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
