import { Failure } from '../errors.ts'
import { balancerCalled, type Cooldowns, cooldownIn, DNS, together } from '../policy/cooldowns.ts'
import type { Dependencies, LoadBalancer } from '../ports.ts'

/** Dependencies of which nobody is asked again before the time that they named, whichever step or run they named it to. */
export interface CoolingDown<W> {
  readonly deps: W
  /** Everybody's patience, as far as somebody has heard of it by now. */
  heard(): Cooldowns
}

export function withCooldowns<W extends Pick<Dependencies, 'solver' | 'balancers' | 'clock'>>(
  deps: W,
  cooldowns: Cooldowns,
): CoolingDown<W> {
  const { solver, balancers, clock } = deps
  let heard = cooldowns
  async function ask<T>(who: string, work: () => Promise<T>): Promise<T> {
    requireNoCooldown(heard, who, clock.now())
    try {
      return await work()
    } catch (error) {
      heard = together(heard, cooldownIn(who, error))
      throw error
    }
  }
  const patient = (name: string, balancer: LoadBalancer): LoadBalancer => {
    const who = balancerCalled(name)
    return {
      inspect: (listener, deployment, keep) => ask(who, () => balancer.inspect(listener, deployment, keep)),
      swap: (listener, deployment, keep) => ask(who, () => balancer.swap(listener, deployment, keep)),
      deleteUnused: (listener, names) => ask(who, () => balancer.deleteUnused(listener, names)),
      deleteById: (listener, id) => ask(who, () => balancer.deleteById(listener, id)),
      attachFirst: (listener, deployment, cutOffTls) =>
        ask(who, () => balancer.attachFirst(listener, deployment, cutOffTls)),
      detach: (listener, name) => ask(who, () => balancer.detach(listener, name)),
      list: (listener) => ask(who, () => balancer.list(listener)),
    }
  }
  return {
    deps: {
      ...deps,
      balancers: Object.fromEntries(Object.entries(balancers).map(([name, each]) => [name, patient(name, each)])),
      solver: {
        assigned: (record) => solver.assigned(record),
        locate: (...asked) => solver.locate(...asked), // asks name servers, not who runs them
        caa: (domain) => solver.caa(domain),
        capacity: (record) => solver.capacity(record),
        persistentRecords: (domain) => solver.persistentRecords(domain),
        check: (location) => ask(DNS, () => solver.check(location)),
        present: (records, ...hearers) => ask(DNS, () => solver.present(records, ...hearers)),
        cleanUp: (records) => ask(DNS, () => solver.cleanUp(records)),
      },
    },
    heard: () => heard,
  }
}

function requireNoCooldown(cooldowns: Cooldowns, who: string, now: Date): void {
  const until = cooldowns[who]
  if (until === undefined || until <= now) return
  throw new Failure('RATE_LIMITED', `${who} asked newleaf to wait until ${until.toISOString()}`, {
    fields: { who },
    retryAfter: until,
  })
}
