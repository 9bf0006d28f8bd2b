import { after, DAY, HOUR } from '../../lib/platform/clock.ts'
import type { Clock } from '../../lib/ports.ts'
import type { PublicCertificate } from '../../lib/types.ts'
import type { Breaking, MemoryBalancer } from '../support/memory-balancer.ts'
import { draw, inTurn, pick } from './draw.ts'

/** What balancers do of themselves, one after the other, and what people do to them. */
const KINDS = [
  'goes dark',
  'breaks TLS on a swap',
  'breaks TLS',
  'is bound by somebody else',
  'breaks TLS on a swap at one address',
  'goes dark at one address',
  'is renewed by force',
  'breaks TLS on a swap',
  'breaks TLS at one address',
] as const
export type SpellKind = (typeof KINDS)[number]

export interface Spell {
  readonly kind: SpellKind
  readonly id: string
}

interface Underway extends Spell {
  /** Made before it began. */
  readonly swaps: number
  /** Undefined: it waits for the swap that it breaks. */
  readonly until: Date | undefined
}

/** Hours in a row in which somebody forces a renewal: more often than there are certificates to be had. */
const FORCED = 6
/** A certificate that is neither fresh nor due soon: what is forced away leaves enough time for the week without an order. */
const AGE = { least: 4 * DAY, most: 12 * DAY } as const

export interface SpellsOptions {
  readonly seed: number
  readonly clock: Clock
  readonly balancers: Readonly<Record<string, MemoryBalancer>>
  /** Milliseconds that one lasts at most: so short that a certificate which is due can bear it. */
  readonly longest: number
  /** Whether people may force renewals now: certificates of days need each one that they can get. */
  mayForce(): boolean
}

export interface Spells {
  /** Every one that came to show. */
  readonly past: readonly SpellKind[]
  of(id: string): Spell | undefined
  /** Whether any is under way. */
  readonly isOn: boolean
  /** Whether clients are turned away at any address. */
  isBroken(id: string): boolean
  /** Who is to be renewed by force at this hour. */
  readonly forced: string | undefined
  /** Lets one end, or begin if it is calm. `soonest`: who falls due next. */
  tick(isCalm: boolean, soonest: string | undefined): void
  /** All is well from now on. */
  end(): void
}

/** A certificate that somebody else has put there. It ends when ours does: it is the wire that matters here. */
export const FOREIGN = 'f'.repeat(64)

export function createSpells({ seed, clock, balancers, longest, mayForce }: SpellsOptions): Spells {
  const past: SpellKind[] = []
  const ids = Object.keys(balancers)
  let number = 0
  let current: Underway | undefined
  let left = 0

  const isBroken = (id: string): boolean => {
    const { served, breaking } = balancers[id] ?? {}
    return served !== undefined && breaking !== undefined && breaking.unless !== served.fingerprint
  }

  function end(): void {
    const balancer = current && balancers[current.id]
    if (balancer !== undefined) balancer.breaking = undefined
    current = undefined
    left = 0
  }

  function begin(soonest: string | undefined): void {
    const chance = (what: string) => draw(seed, 'spell', number, what)
    const kind = inTurn(KINDS, number)
    const able = kind === 'is renewed by force' ? ids.filter(isMiddleAged) : ids
    const some = able.length > 0 ? pick(able, chance('id')) : undefined
    const id = kind.includes('on a swap') ? (soonest ?? some) : some
    number += 1
    const balancer = id === undefined ? undefined : balancers[id]
    if (id === undefined || balancer?.served === undefined || balancer.served.fingerprint === FOREIGN) return
    if (kind === 'is renewed by force' && !mayForce()) return
    if (kind === 'is bound by somebody else') {
      past.push(kind)
      bind(balancer, balancer.served)
      return
    }
    const isArmed = kind.includes('on a swap')
    if (kind === 'is renewed by force') left = FORCED
    else balancer.breaking = breakingOf(kind, balancer.served, chance('how'))
    if (!isArmed) past.push(kind)
    current = {
      kind,
      id,
      swaps: swapsOf(balancer),
      until: isArmed ? undefined : ends(left > 0 ? FORCED * HOUR : longest),
    }
  }

  const ends = (most: number) =>
    after(clock.now(), Math.ceil((most * (1 + draw(seed, 'spell', number))) / 2 / HOUR) * HOUR)

  function isMiddleAged(id: string): boolean {
    const { served } = balancers[id] ?? {}
    const age = served && clock.now().getTime() - served.notBefore.getTime()
    return age !== undefined && age > AGE.least && age < AGE.most
  }

  function hasSwapped({ id, swaps }: Underway): boolean {
    const balancer = balancers[id]
    return balancer !== undefined && swapsOf(balancer) > swaps
  }

  return {
    past,
    isBroken,
    end,
    of: (id) => (current?.id === id ? current : undefined),
    get isOn() {
      return current !== undefined
    },
    get forced() {
      return left > 0 ? current?.id : undefined
    },
    tick(isCalm, soonest) {
      if (current !== undefined && current.until === undefined && hasSwapped(current)) {
        current = { ...current, until: ends(longest) }
        past.push(current.kind)
      }
      if (left > 0) left -= 1
      if (current?.until !== undefined && current.until <= clock.now()) end()
      if (current === undefined && isCalm) begin(soonest)
    },
  }
}

const swapsOf = ({ changes }: MemoryBalancer) => changes.filter((change) => change.startsWith('swap')).length

function breakingOf(kind: SpellKind, { fingerprint }: PublicCertificate, chance: number): Breaking {
  const how = kind.startsWith('goes dark') ? pick(['refused', 'unreachable'] as const, chance) : 'broken'
  return {
    how,
    ...(kind.includes('on a swap') ? { unless: fingerprint } : {}),
    ...(kind.includes('at one address') ? { address: 1 } : {}),
  }
}

/** The API tells of it, and so does the wire. */
function bind(balancer: MemoryBalancer, served: PublicCertificate): void {
  balancer.bound = 'somebody-else'
  balancer.served = { ...served, fingerprint: FOREIGN }
}
