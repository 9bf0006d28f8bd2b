import { Failure } from '../errors.ts'
import { balancerCalled, type Cooldowns, cooldownIn, DNS, together } from '../policy/cooldowns.ts'
import type { LoadBalancer, World } from '../ports.ts'

/** A world in which nobody is asked again before the time that they named, whichever step or run they named it to. */
export interface Patient<W> {
  readonly world: W
  /** Everybody's patience, as far as somebody has heard of it by now. */
  heard(): Cooldowns
}

export function withCooldowns<W extends Pick<World, 'solver' | 'balancers' | 'clock'>>(
  world: W,
  cooldowns: Cooldowns,
): Patient<W> {
  const { solver, balancers, clock } = world
  let heard = cooldowns
  async function ask<T>(who: string, work: () => Promise<T>): Promise<T> {
    requirePatience(heard, who, clock.now())
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
      look: (listener, deployment) => ask(who, () => balancer.look(listener, deployment)),
      swap: (listener, deployment, keep) => ask(who, () => balancer.swap(listener, deployment, keep)),
      retire: (listener, names) => ask(who, () => balancer.retire(listener, names)),
      secure: (listener, deployment) => ask(who, () => balancer.secure(listener, deployment)),
      withdraw: (listener, name) => ask(who, () => balancer.withdraw(listener, name)),
      list: (listener) => ask(who, () => balancer.list(listener)),
    }
  }
  return {
    world: {
      ...world,
      balancers: Object.fromEntries(Object.entries(balancers).map(([name, each]) => [name, patient(name, each)])),
      solver: {
        assigned: (record) => solver.assigned(record),
        locate: (names) => solver.locate(names), // asks name servers, not who runs them
        present: (records) => ask(DNS, () => solver.present(records)),
        cleanUp: (records) => ask(DNS, () => solver.cleanUp(records)),
      },
    },
    heard: () => heard,
  }
}

function requirePatience(cooldowns: Cooldowns, who: string, now: Date): void {
  const until = cooldowns[who]
  if (until === undefined || until <= now) return
  throw new Failure('RATE_LIMITED', `${who} has asked to be left alone until ${until.toISOString()}`, {
    fields: { who },
    retryAfter: until,
  })
}
