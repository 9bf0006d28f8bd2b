import { Failure } from '../errors.ts'
import { MINUTE } from '../platform/clock.ts'
import type { Clock } from '../ports.ts'
import type { Transport } from './transport.ts'

/** CAs forget nonces after a while; one that is refused costs a round trip, as a new one does. */
const MAX_AGE = 5 * MINUTE
const MAX_KEPT = 50

/** The nonces that came with answers and that no request has used yet (RFC 8555 §6.5); where there is none, the CA is asked for one. */
export interface NoncePool {
  keep(nonce: string): void
  take(): Promise<string>
  /** Has one ready before it is needed; calls at the same time share the request. `known`: where the CA gave them before. */
  prepare(known?: string): Promise<void>
  clear(): void
}

export function createNoncePool(transport: Transport, clock: Pick<Clock, 'now'>): NoncePool {
  let kept: { nonce: string; at: number }[] = []
  const keep = (nonce: string) => {
    kept.push({ nonce, at: clock.now().getTime() })
    if (kept.length > MAX_KEPT) kept.shift()
  }
  let fetching: Promise<void> | undefined
  const fetched = (known: string | undefined) => {
    fetching ??= newNonce(transport, known)
      .then(keep)
      .finally(() => {
        fetching = undefined
      })
    return fetching
  }
  return {
    keep,
    async take() {
      const newest = kept.pop()
      if (newest !== undefined && clock.now().getTime() - newest.at <= MAX_AGE) return newest.nonce
      kept = []
      return newNonce(transport)
    },
    async prepare(known) {
      if (kept.length === 0) await fetched(known)
    },
    clear() {
      kept = []
    },
  }
}

/** By GET, which RFC 8555 §7.2 allows: answers to HEAD without a length cost the connection. */
async function newNonce(transport: Transport, known?: string): Promise<string> {
  // The directory may name another place by now.
  const early = known === undefined ? undefined : await nonceAt(known, transport).catch(() => undefined)
  return early ?? nonceAt((await transport.directory()).newNonce, transport)
}

async function nonceAt(url: string, transport: Transport): Promise<string> {
  const { headers } = await transport.get(url, 'give a nonce')
  const nonce = headers['replay-nonce']
  if (nonce !== undefined) return nonce
  throw new Failure('ANSWER_INVALID', `${transport.authority} gave no nonce`, {
    fields: { authority: transport.authority },
  })
}
