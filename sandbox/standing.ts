import type { Break } from './breaks.ts'
import {
  beginLying,
  breaksHandshakes,
  type Effect,
  effectOf,
  isAbout,
  type Lie,
  type LieOptions,
  type Lying,
  patienceOf,
} from './lies.ts'
import type { ServedCertificate } from './listener.ts'

/** RFC 8446 §6.2. */
const HANDSHAKE_FAILURE = 40

/** What a listener was told to serve, and what it does instead. */
export interface Standing {
  tell(certificates: readonly ServedCertificate[]): void
  /** Another lie takes its place. Returns what ends it: whether it was still the one. */
  lie(lie: Lie, options: LieOptions): () => boolean
  /** For a handshake that comes about. */
  certificateFor(serverName: string, address: number): Effect
  /** Whether greetings must be read, because some of them may lead to no handshake. */
  readonly breaksHandshakes: boolean
  /** How this greeting is broken, and with which alert; undefined: it is not. */
  breakFor(serverName: string, address: number): { readonly how: Break; readonly alert: number } | undefined
  /** Whether an address refuses connections. */
  refuses(address: number): boolean
  /** Milliseconds until addresses begin to refuse by themselves; 0 or less: they do not. */
  untilRefusal(): number
}

export function createStanding(addresses: number, now: () => number): Standing {
  let told: readonly ServedCertificate[] = []
  let toldBefore = told
  let toldAt = 0
  let lying: Lying | undefined

  const facts = (serverName: string, address: number) => ({
    ...{ serverName, address, told, toldBefore },
    age: now() - toldAt,
  })
  const breaking = () => (lying !== undefined && breaksHandshakes(lying.lie) ? lying : undefined)
  const refusing = () => (lying?.lie === 'refuses' ? lying : undefined)

  return {
    tell(certificates) {
      toldBefore = told
      told = certificates
      toldAt = now()
    },
    lie(lie, options) {
      const mine = beginLying(lie, options, told, addresses)
      lying = mine
      return () => {
        if (lying !== mine) return false
        lying = undefined
        return true
      }
    },
    // A greeting is counted once: where handshakes break, it was when it came in.
    certificateFor: (serverName, address) => effectOf(breaking() ? undefined : lying, facts(serverName, address)),
    get breaksHandshakes() {
      return breaking() !== undefined
    },
    breakFor(serverName, address) {
      const lie = breaking()
      const effect = effectOf(lie, facts(serverName, address))
      if (typeof effect !== 'string' || effect === 'refuses') return undefined
      return { how: effect, alert: lie?.options.alert ?? HANDSHAKE_FAILURE }
    },
    refuses(address) {
      const lie = refusing()
      return lie !== undefined && isAbout(lie, facts('', address))
    },
    untilRefusal() {
      const lie = refusing()
      return lie === undefined ? 0 : patienceOf(lie) - (now() - toldAt)
    },
  }
}
