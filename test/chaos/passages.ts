/** All the ways from newleaf to the outside: a proxy for each API, with a weather of its own. */
import { after, DAY, HOUR } from '../../lib/platform/clock.ts'
import type { Identity } from '../../sandbox/pki.ts'
import { type Sign, scopeOf } from './early.ts'
import { type Asked, chance, FAULTS, type Fault, type Weather } from './faults.ts'
import { APIS, type Api } from './lanes.ts'
import { startFaultProxy } from './proxy.ts'

export type Tally = Record<Api, { calls: number; faults: Record<Fault, number> }>

export const emptyTally = (): Tally =>
  Object.fromEntries(
    APIS.map((api) => [api, { calls: 0, faults: Object.fromEntries(FAULTS.map((fault) => [fault, 0])) }]),
  ) as Tally

export interface PassagesOptions {
  readonly seed: string
  /** What the calls of an API meet. */
  weather(api: Api): Weather
  readonly tls: Identity
  readonly root: string
  target(api: Api): number
  now(): Date
  /** Another moment in which the run may die. True: it is dead. */
  moment(): boolean
  see(sign: Sign): void
  /** A call has failed. */
  broke(): void
}

export async function openPassages(options: PassagesOptions) {
  const { seed, now, see } = options
  const tally = emptyTally()
  let isCalm = false
  const open = async (api: Api) => {
    const weather = options.weather(api)
    const proxy = await startFaultProxy({
      ...{ tls: options.tls, root: options.root, weather, now, random: chance(`${seed} ${api} more`) },
      target: () => options.target(api),
      came(call) {
        if (!isCalm) tally[api].calls += 1
        if (!isStore(api)) see({ sign: 'call', scope: scopeOf(api, call.path), at: now() })
        return options.moment()
      },
      acted: () => options.moment(),
      broke(fault) {
        tally[api].faults[fault] += 1
        options.broke()
        if (fault === 'refused') tally[api].calls += 1
      },
      asked(call, status, asked) {
        const scope = scopeOf(api, call.path)
        const until = untilWhen(asked, scope, status, now())
        if (!isStore(api) && until !== undefined) see({ sign: 'asked', scope, until })
      },
    })
    return [api, { proxy, weather }] as const
  }
  const passages = Object.fromEntries(await Promise.all(APIS.map(open))) as Record<
    Api,
    Awaited<ReturnType<typeof open>>[1]
  >
  return {
    tally,
    origins: Object.fromEntries(APIS.map((api) => [api, passages[api].proxy.origin])) as Record<Api, string>,
    /** Nothing fails any more. */
    calm(): void {
      isCalm = true
      for (const { weather } of Object.values(passages)) weather.calm()
    },
    close: async () => void (await Promise.all(Object.values(passages).map(({ proxy }) => proxy.close()))),
  }
}

/** Stores are asked by every run, whatever they say: nothing can be remembered where they fail. */
const isStore = (api: Api): boolean => api === 'secrets' || api === 'state'

/**
 * A vendor that asks for more than a day is asked again after one. An order that is refused as one too many, and no time is
 * said: an hour, by newleaf's own rule.
 */
function untilWhen({ until, senseless }: Asked, scope: string, status: number, now: Date): Date | undefined {
  if (scope === 'ca') return senseless && status === 429 ? after(now, HOUR) : until
  return until && new Date(Math.min(until.getTime(), after(now, DAY).getTime()))
}
