/** What clients see of the balancers: every address, every name. */
import type { MemoryBalancer } from '../support/memory-balancer.ts'
import type { Outside } from './outside.ts'

export const TARGETS = ['fr', 'us'] as const
export type TargetName = (typeof TARGETS)[number]

/** One for each name of the certificate, and any for its wildcard. */
const NAMES = ['shop.example', 'anybody.shop.example'] as const

/** By address and name, as far as the address has ever answered: the fingerprint that is shown; undefined: no handshake came about. */
export type Shown = ReadonlyMap<string, string | undefined>

export interface Wire {
  /** Those of the targets that the configuration names. */
  readonly configured: readonly TargetName[]
  /** Takes note of what is shown now; whoever asks later is told of what was noted. */
  look(): void
  now(target: TargetName): Shown
  /** Whether every address that has ever answered shows this certificate for every name, and one does. */
  isWhole(target: TargetName, fingerprint: string | undefined): boolean
  /** Whether each of these addresses has shown it for every name, at some time. */
  everShown(target: TargetName, fingerprint: string): boolean
  /** Handshakes that a proof takes at least. */
  places(target: TargetName): number
}

export function createWire({ memory, spec }: Pick<Outside, 'memory' | 'spec'>): Wire {
  const answered = new Set<string>()
  const shown = new Set<string>()
  const fingerprintAt = (balancer: MemoryBalancer, address: string, name: string) => {
    const handshake = balancer.shows(address, name)
    return handshake.result === 'presented' ? handshake.certificate.fingerprint : undefined
  }
  const answering = (target: TargetName) => memory[target].addresses.filter((address) => answered.has(address))
  const wire: Wire = {
    configured: TARGETS.filter((target) => spec.targets.some(({ balancer }) => balancer === target)),
    look() {
      for (const target of TARGETS) {
        for (const address of memory[target].addresses) {
          const [first, ...others] = NAMES.map((name) => fingerprintAt(memory[target], address, name))
          if ([first, ...others].some((each) => each !== undefined)) answered.add(address)
          if (first !== undefined && others.every((each) => each === first)) shown.add(`${address} ${first}`)
        }
      }
    },
    now: (target) =>
      new Map(
        answering(target).flatMap((address) =>
          NAMES.map((name) => [`${address} ${name}`, fingerprintAt(memory[target], address, name)] as const),
        ),
      ),
    isWhole(target, fingerprint) {
      const seen = [...wire.now(target).values()]
      return fingerprint !== undefined && seen.length > 0 && seen.every((each) => each === fingerprint)
    },
    everShown: (target, fingerprint) => answering(target).every((address) => shown.has(`${address} ${fingerprint}`)),
    places: (target) => answering(target).length * NAMES.length,
  }
  return wire
}
