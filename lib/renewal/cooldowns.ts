import { Failure, isFailure } from '../errors.ts'
import type { World } from '../ports.ts'
import type { Target, TargetView } from '../types.ts'
import type { CertificateDocument } from './document.ts'

/** Who asked for patience, and until when: a balancer by its name in the configuration, or DNS. It grows as a run hears of more. */
export type Waits = Map<string, Date>

const DNS = 'dns'
const balancerCalled = (name: string): string => `balancers/${name}`

/** What earlier runs were told, and what a look at the targets has heard. */
export function waitsIn(
  { waits = {} }: Pick<CertificateDocument, 'waits'>,
  targets: readonly Target[] = [],
  views: Readonly<Record<string, TargetView>> = {},
): Waits {
  const all: Waits = new Map(Object.entries(waits))
  for (const { name, balancer } of targets) {
    const view = views[name]
    if (view !== undefined && 'error' in view) hear(all, balancerCalled(balancer), view.error)
  }
  return all
}

/** The document with those that still last, and without the field when there are none. */
export function withWaits(
  { waits: _earlier, ...document }: CertificateDocument,
  waits: Waits,
  now: Date,
): CertificateDocument {
  const left = [...waits].filter(([, until]) => until > now)
  return left.length === 0 ? document : { ...document, waits: Object.fromEntries(left) }
}

/** The same world, in which nobody is asked again before the time that they named, whichever step or run they named it to. */
export function patient<W extends Pick<World, 'solver' | 'balancers' | 'clock'>>(world: W, waits: Waits): W {
  const { solver, balancers, clock } = world
  async function ask<T>(who: string, work: () => Promise<T>): Promise<T> {
    requirePatience(waits, who, clock.now())
    try {
      return await work()
    } catch (error) {
      hear(waits, who, error)
      throw error
    }
  }
  const asked = <Port extends object>(port: Port, who: string): Port =>
    new Proxy(port, {
      get(_, method) {
        const own: unknown = Reflect.get(port, method)
        if (typeof own !== 'function') return own
        return (...args: readonly unknown[]) => ask(who, async () => own.apply(port, args))
      },
    })
  return {
    ...world,
    balancers: Object.fromEntries(
      Object.entries(balancers).map(([name, balancer]) => [name, asked(balancer, balancerCalled(name))]),
    ),
    solver: {
      locate: (names) => solver.locate(names), // asks name servers, not who runs them
      present: (records) => ask(DNS, () => solver.present(records)),
      cleanUp: (records) => ask(DNS, () => solver.cleanUp(records)),
    },
  }
}

function requirePatience(waits: Waits, who: string, now: Date): void {
  const until = waits.get(who)
  if (until === undefined || until <= now) return
  throw new Failure('RATE_LIMITED', `${who} has asked to be left alone until ${until.toISOString()}`, {
    fields: { who },
    retryAfter: until,
  })
}

function hear(waits: Waits, who: string, error: unknown): void {
  if (!isFailure(error) || error.retry !== 'after' || error.retryAfter === undefined) return
  const known = waits.get(who)
  if (known === undefined || known < error.retryAfter) waits.set(who, error.retryAfter)
}
