/** Every call to the outside, numbered and named by whoever drives the run. */
import type { Dependencies } from '../../lib/ports.ts'

/** One call of a port, before it is made. */
export interface Effect {
  /** `state`, `balancers.fr`, `authorities.ca`, …: what it is about. */
  readonly place: string
  /** `state.write certificate/shop`, `balancers.fr.swap`, `authorities.ca.finalize`. */
  readonly name: string
  /** Whether the outside may be another one afterwards. */
  readonly changes: boolean
}

/** Whoever holds it decides when the work is done and whether its answer is heard. */
export type Gate = <T>(effect: Effect, work: () => Promise<T>) => Promise<T>

/** What only looks; all else changes something. A method that is new to a port counts as a change. */
const LOOKS = new Set<string | symbol>([
  'read',
  'list',
  'inspect',
  'assigned',
  'locate',
  'handshake',
  'readOrder',
  'challenges',
  'download',
  'renewalWindow',
])

/** The same world, in which nothing reaches the outside but through the gate. Reading the clock is no effect, sleeping is one. */
export const gated = (world: Dependencies, pass: Gate): Dependencies => ({
  ...world,
  authorities: each(world.authorities, 'authorities', pass),
  solver: port(world.solver, 'solver', pass),
  secrets: port(world.secrets, 'secrets', pass),
  state: port(world.state, 'state', pass),
  balancers: each(world.balancers, 'balancers', pass),
  probe: port(world.probe, 'probe', pass),
  notifiers: each(world.notifiers, 'notifiers', pass),
  clock: {
    now: () => world.clock.now(),
    sleep: (milliseconds) =>
      pass({ place: 'clock', name: 'clock.sleep', changes: true }, () => world.clock.sleep(milliseconds)),
  },
})

const each = <Port extends object>(
  table: Readonly<Record<string, Port>>,
  place: string,
  pass: Gate,
): Record<string, Port> =>
  Object.fromEntries(Object.entries(table).map(([name, one]) => [name, port(one, `${place}.${name}`, pass)]))

/** Nobody waits for it, and nothing depends on it: whoever is killed or frozen is so in what it waits for. */
const HINT = 'prepare'

const port = <Port extends object>(inner: Port, place: string, pass: Gate): Port =>
  new Proxy(inner, {
    get(_, method) {
      const own: unknown = Reflect.get(inner, method)
      if (typeof own !== 'function' || method === HINT) return own
      return (...args: readonly unknown[]) => {
        const effect = {
          place,
          name: [`${place}.${String(method)}`, ...args.filter(isKey).map(shortened)].join(' '),
          changes: !LOOKS.has(method),
        }
        return pass(effect, async () => own.apply(inner, args))
      }
    },
  })

/** Names in the stores and their stages say what an effect is about; tags, addresses and versions are noise. */
const isKey = (arg: unknown): arg is string =>
  typeof arg === 'string' && /^(certificate|account|wake)\/|^(current|pending|previous)$/.test(arg)

/** A marker's time differs from case to case. */
const shortened = (key: string): string =>
  key.replace(/^wake\/\d{4}-swept\/.+/, 'wake/swept').replace(/^wake\/\d.*Z/, 'wake/…')
