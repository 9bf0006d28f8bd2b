import { Failure, type FailureCode } from '../../lib/errors.ts'
import { after, DAY, HOUR } from '../../lib/platform/clock.ts'
import type { Clock } from '../../lib/ports.ts'
import { draw, inTurn, pick } from './draw.ts'

/** What can be down. Both stores may be down together. */
export type Part = 'authority' | 'dns' | 'state' | 'secrets'
const OUTAGES = {
  authority: ['authority'],
  dns: ['dns'],
  state: ['state'],
  secrets: ['secrets'],
  stores: ['state', 'secrets'],
} as const satisfies Record<string, readonly Part[]>
export type OutageKind = keyof typeof OUTAGES
const KINDS = Object.keys(OUTAGES) as OutageKind[]

/** How it shows, from hour to hour another way. `unseen`: all calls succeed, and nobody sees the TXT values. */
type Style = FailureCode | 'unseen'
const STYLES: Readonly<Record<OutageKind, readonly Style[]>> = {
  authority: ['UNREACHABLE', 'UNAVAILABLE', 'ACME_SERVER', 'ANSWER_INVALID', 'ACME_RATE_LIMITED'],
  dns: ['UNREACHABLE', 'DENIED', 'DNS_LOOKUP_FAILED', 'DNS_NOT_PROPAGATED', 'unseen'],
  state: ['UNREACHABLE', 'UNAVAILABLE', 'STORE_FAILED', 'DENIED'],
  secrets: ['UNREACHABLE', 'UNAVAILABLE', 'STORE_FAILED', 'DENIED', 'STORE_UNREADABLE'],
  stores: ['UNREACHABLE', 'UNAVAILABLE', 'STORE_FAILED', 'DENIED'],
}

/** When it begins: as a renewal falls due; in the middle of that renewal, after one of these calls; at any time. */
const BEGINNINGS = ['when due', 'midway', 'at random'] as const
const MIDWAY: Readonly<Record<OutageKind, readonly string[]>> = {
  authority: ['newOrder', 'answer', 'finalize'],
  dns: ['present'],
  state: ['write'],
  secrets: ['stage'],
  stores: ['stage'],
}
/** The state is written more often than the others are called: the outage may begin after any of these writes. */
const WRITES = 5

/** By then everything has caught up: two outages are never one long one. */
const RECOVERY = 3 * DAY

export interface Outage {
  readonly kind: OutageKind
  readonly beginning: (typeof BEGINNINGS)[number]
  readonly from: Date
  readonly until: Date
}

interface Planned extends Pick<Outage, 'kind' | 'beginning'> {
  readonly earliest: Date
  /** Whose renewals it waits for: those of one lifetime. */
  readonly lifetime: string
}

export interface Weather {
  /** How long an outage of each kind lasts. */
  readonly durations: Readonly<Record<OutageKind, number>>
  /** The mean of the quiet time between a recovery and the next one. */
  readonly quiet: number
}

interface Surroundings extends Weather {
  readonly seed: number
  readonly clock: Clock
  readonly lifetimes: readonly string[]
  /** None begins before the first or after the second. */
  readonly between: readonly [Date, Date]
}

export interface Outages {
  readonly past: readonly Outage[]
  /** Undefined: all is up. */
  current(): Outage | undefined
  isDown(part: Part): boolean
  /** Lets an outage begin or end. `dueNow` tells who of a lifetime falls due at this moment. */
  tick(dueNow: (lifetime: string) => string | undefined): void
  /** The port as it is while this part of the world may be down. */
  gate<Port extends object>(part: Part, port: Port): Port
}

/** The outages of a world, one after the other, each kind in turn, at the worst moments and at random ones. */
export function createOutages({ seed, clock, durations, quiet, lifetimes, between }: Surroundings): Outages {
  const past: Outage[] = []
  let current: Outage | undefined
  let planned = next(between[0])
  let armed: { victim: string; method: string; calls: number } | undefined

  function next(notBefore: Date): Planned | undefined {
    const number = past.length
    const chance = (what: string) => draw(seed, 'outage', number, what)
    const earliest = after(notBefore, chance('pause') * 2 * quiet)
    if (earliest > between[1]) return undefined
    const kind = inTurn(KINDS, number)
    const beginning = inTurn(BEGINNINGS, Math.floor(number / KINDS.length))
    return {
      kind,
      beginning,
      earliest,
      lifetime: inTurn(lifetimes, number),
    }
  }

  function begin({ kind, beginning }: Planned): void {
    const from = clock.now()
    current = { kind, beginning, from, until: after(from, durations[kind]) }
    past.push(current)
    planned = undefined
    armed = undefined
  }

  const isDown = (part: Part) => current !== undefined && isPartOf(current, part)

  /** Rejects as this outage does at this hour; resolves to whether the call is lost without a word. */
  function isLost({ kind }: Outage, method: string): boolean {
    if (method === 'renewalWindow' || method === 'prepare') return true
    const now = clock.now()
    const style = pick(STYLES[kind], draw(seed, 'style', now.getTime()))
    if (style === 'unseen') return method === 'present'
    const retryAfter = after(now, (1 + 3 * draw(seed, 'patience', now.getTime())) * HOUR)
    throw new Failure(style, 'down', style === 'ACME_RATE_LIMITED' ? { retryAfter } : {})
  }

  return {
    past,
    current: () => current,
    isDown,
    tick(dueNow) {
      const now = clock.now()
      if (current !== undefined && current.until <= now) {
        planned = next(after(current.until, RECOVERY))
        current = undefined
      }
      if (now > between[1]) planned = undefined
      if (planned === undefined || planned.earliest > now || armed !== undefined) return
      if (planned.beginning === 'at random') return begin(planned)
      const victim = dueNow(planned.lifetime)
      if (victim === undefined) return
      if (planned.beginning === 'when due') return begin(planned)
      const chance = (what: string) => draw(seed, 'midway', past.length, what)
      const calls = planned.kind === 'state' ? Math.floor(chance('calls') * WRITES) : 0
      armed = { victim, method: pick(MIDWAY[planned.kind], chance('method')), calls }
    },
    gate: (part, port) =>
      new Proxy(port, {
        get(target, name) {
          const method = Reflect.get(target, name)
          if (typeof method !== 'function') return method
          return async (...args: unknown[]) => {
            if (current !== undefined && isPartOf(current, part) && isLost(current, String(name))) return undefined
            const answer = await method.apply(target, args)
            if (planned !== undefined && armed?.method === name && isPartOf(planned, part)) {
              if (JSON.stringify(args[0]).includes(armed.victim) && armed.calls-- === 0) begin(planned)
            }
            return answer
          }
        },
      }),
  }
}

const isPartOf = ({ kind }: Pick<Planned, 'kind'>, part: Part) => (OUTAGES[kind] as readonly Part[]).includes(part)
