import { MINUTE } from '../platform/clock.ts'
import type { Clock } from '../ports.ts'

/** CAs forget nonces after a while; one that is refused costs a round trip, as a new one does. */
const MAX_AGE = 5 * MINUTE
const MAX_KEPT = 50

/** The nonces that came with answers and that no request has used yet (RFC 8555 §6.5). */
export interface NoncePool {
  keep(nonce: string): void
  take(): string | undefined
  clear(): void
}

export function createNoncePool(clock: Pick<Clock, 'now'>): NoncePool {
  let kept: { nonce: string; at: number }[] = []
  return {
    keep(nonce) {
      kept.push({ nonce, at: clock.now().getTime() })
      if (kept.length > MAX_KEPT) kept.shift()
    },
    take() {
      const newest = kept.pop()
      if (newest !== undefined && clock.now().getTime() - newest.at <= MAX_AGE) return newest.nonce
      kept = []
      return undefined
    },
    clear() {
      kept = []
    },
  }
}
