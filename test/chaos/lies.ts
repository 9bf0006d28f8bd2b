/** The listeners of a place, and what they lie about: one lie at a time, which shows whenever a swap has been made under it. */
import type { Clock } from '../../lib/ports.ts'
import type { Address } from '../../sandbox/handshake.ts'
import type { Listener } from '../../sandbox/listener.ts'
import type { Listeners } from '../../sandbox/listeners.ts'
import type { Drawn, Kind } from './drawn-lies.ts'

/** A lie that is told. */
export interface Told extends Drawn {
  /** What the listener was told to serve before, by its chains. */
  readonly before: readonly string[]
  /** By the clock of the place: when the listener was last told what it lies about; undefined: all is as it was before. */
  readonly since: number | undefined
  /** How often it was told so. */
  readonly swaps: number
  /** Calls that had failed by then. */
  readonly faults: number
}

interface Telling {
  readonly drawn: Drawn
  readonly before: readonly string[]
  stop: () => void
  first: number | undefined
  since: number | undefined
  swaps: number
  faults: number
}

export interface LiesOptions {
  readonly clock: Clock
  /** Calls that have failed so far. */
  faults(): number
}

/** Whether it spoils the very swap that is made under it. */
export const isAtOnce = ({ options }: Pick<Drawn, 'options'>): boolean => (options.afterMs ?? 0) === 0

/** Milliseconds of real time that a port takes to open again. */
const OPENING = 50

export type Lies = ReturnType<typeof createLies>

export function createLies({ clock, faults }: LiesOptions) {
  const now = () => clock.now().getTime()
  const open = new Map<Kind, { listener: Listener; chains: readonly string[] }>()
  const counts = { begun: 0, shown: 0 }
  let telling: Telling | undefined
  /** Each time that a lie comes to show, or does not show any more. */
  let changes = 0
  let healedAt = Number.NEGATIVE_INFINITY
  let quiet = false

  function told(balancer: Kind, listener: Listener, chains: readonly string[]): void {
    open.set(balancer, { listener, chains })
    if (telling?.drawn.balancer !== balancer) return
    const { before } = telling
    const isSame = chains.length === before.length && chains.every((chain) => before.includes(chain))
    if (isSame) {
      hide()
      return
    }
    if (telling.since === undefined) changes += 1
    if (telling.first === undefined) counts.shown += 1
    telling.first ??= now()
    Object.assign(telling, { since: now(), swaps: telling.swaps + 1, faults: faults() })
    if (isAtOnce(telling.drawn) && telling.drawn.fair) quiet = true
  }

  function hide(): void {
    if (telling?.since === undefined) return
    telling.since = undefined
    changes += 1
    healedAt = performance.now()
  }

  const onset = ({ since, drawn: { options } }: Telling) =>
    since === undefined ? Number.POSITIVE_INFINITY : since + (options.afterMs ?? 0)

  /** Whether handshakes at this port may fail by it now. */
  const showsAt = ({ port }: Address): boolean =>
    telling !== undefined && open.get(telling.drawn.balancer)?.listener.port === port && onset(telling) <= now()

  return {
    counts: counts as Readonly<typeof counts>,
    /** The listeners of a kind of balancer, of which it is told what they serve. */
    hears: (balancer: Kind, listeners: Listeners): Listeners => ({
      ...listeners,
      async serve(id, port, certificates, greeting) {
        const listener = await listeners.serve(id, port, certificates, greeting)
        const chains = certificates.map(({ chainPem }) => chainPem)
        told(balancer, listener, chains)
        return listener
      },
    }),
    begin(drawn: Drawn): void {
      const { listener, chains } = open.get(drawn.balancer) ?? {}
      if (listener === undefined || chains === undefined) throw new Error(`nothing listens at ${drawn.balancer}`)
      const stop = listener.misbehave(drawn.lie, drawn.options)
      telling = { drawn, before: chains, stop, first: undefined, since: undefined, swaps: 0, faults: 0 }
      counts.begun += 1
    },
    get told(): Told | undefined {
      if (telling === undefined) return undefined
      const { drawn, before, since, swaps, faults: sofar } = telling
      return { ...drawn, before, since, swaps, faults: sofar }
    },
    /** Ends it, if its time is over. */
    tick(): void {
      if (telling?.first === undefined || now() < telling.first + telling.drawn.lasts) return
      telling.stop()
      hide()
      telling = undefined
    },
    /** For a prober: whether a greeting that begins now may fail by the lie that is told. */
    expects(endpoint: Address): () => boolean {
      const [before, changed] = [showsAt(endpoint), changes]
      const justNow = performance.now() - healedAt < OPENING
      return () => before || justNow || showsAt(endpoint) || changes !== changed
    },
    /** Whether no call is to fail: what newleaf does about a swap that was spoiled is to be seen. */
    get isQuiet(): boolean {
      return quiet
    },
    /** The run is over, or dead. */
    runEnded(): void {
      quiet = false
    },
  }
}
