/** What a listener lies about while a certificate is renewed, drawn from a seed. */
import { HOUR, MINUTE, SECOND } from '../../lib/platform/clock.ts'
import type { Lie, LieOptions } from '../../sandbox/lies.ts'
import { oneOf } from './faults.ts'
import type { Lane } from './lanes.ts'

export type Kind = Lane['balancers'][number]

export interface Drawn {
  readonly what: keyof typeof KINDS
  /** Whose listener. */
  readonly balancer: Kind
  readonly lie: Lie
  readonly options: LieOptions
  /** Milliseconds from the first swap under it until it ends by itself. */
  readonly lasts: number
  /** No call fails from a swap that it spoils to the end of that run: then nothing excuses whoever does not put back. */
  readonly fair: boolean
}

export type Where = Pick<Lane, 'names' | 'balancers'> & { readonly addresses: number }
type Random = () => number
type Draw = (where: Where, random: Random) => Pick<Drawn, 'lie' | 'options'>

/** Silence takes real time, and a port that refuses knows nothing of names. */
const BREAKS = ['alert', 'reset', 'closes', 'plain'] as const
const SPOILS = ['stale', 'half', 'dropsChain', 'wrongName'] as const
/** A balancer settles within two minutes, or it has not settled. */
const LATE = { least: 5 * SECOND, most: 90 * SECOND } as const

const at = ({ addresses }: Where, random: Random) => Math.floor(random() * addresses)
const between = (least: number, most: number, random: Random) => Math.round(least + (most - least) * random())

export const KINDS = {
  'breaks TLS': (_where, random) => ({ lie: oneOf([...BREAKS, 'refuses'], random), options: {} }),
  'breaks TLS at one address': (where, random) => ({
    lie: oneOf([...BREAKS, 'refuses'], random),
    options: { address: at(where, random) },
  }),
  'breaks TLS for one name': ({ names }, random) => ({
    lie: oneOf(BREAKS, random),
    options: { serverName: oneOf(names, random) },
  }),
  'breaks each nth handshake': (_where, random) => ({
    lie: oneOf(BREAKS, random),
    options: { every: oneOf([2, 3], random) },
  }),
  'breaks TLS later': (_where, random) => ({
    lie: oneOf(BREAKS, random),
    options: { afterMs: between(MINUTE, 6 * HOUR, random) },
  }),
  'shows something else': ({ addresses }, random) => ({
    lie: oneOf(addresses > 1 ? [...SPOILS, 'secondAddress'] : SPOILS, random),
    options: {},
  }),
  'comes late': (_where, random) => ({ lie: 'lag', options: { afterMs: between(LATE.least, LATE.most, random) } }),
  'goes back later': (_where, random) => ({
    lie: 'rolledBack',
    options: { afterMs: between(MINUTE, 6 * HOUR, random) },
  }),
} as const satisfies Record<string, Draw>

/**
 * One that spoils a swap ends within so short a time that the certificate is not given up: it is tried after 1, 10 and
 * 100 minutes. One that shows later is left for a few looks.
 */
export function drawLie(where: Where, random: Random): Drawn {
  const what = oneOf(Object.keys(KINDS) as Drawn['what'][], random)
  const draw: Draw = KINDS[what]
  const balancer = oneOf(where.balancers, random)
  const { lie, options } = draw(where, random)
  const { afterMs = 0 } = options
  const lasts = afterMs > 0 ? afterMs + between(HOUR, 12 * HOUR, random) : between(MINUTE, 90 * MINUTE, random)
  return { what, balancer, lie, options: { ...options, when: 'changed' }, lasts, fair: random() < 2 / 3 }
}
