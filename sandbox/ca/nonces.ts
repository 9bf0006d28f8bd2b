import { randomBytes } from 'node:crypto'

const MOST = 10_000

export interface Nonces {
  issue(): string
  /** Whether it was ours and unused; it is used now. */
  use(nonce: string): boolean
}

/** They carry a mark by which a leaked one is found. The oldest are forgotten, as at a real CA. */
export function createNonces(): Nonces {
  const unused = new Set<string>()
  return {
    issue() {
      const nonce = `canary-nonce-${randomBytes(16).toString('base64url')}`
      unused.add(nonce)
      for (const oldest of unused) {
        if (unused.size <= MOST) break
        unused.delete(oldest)
      }
      return nonce
    },
    use: (nonce) => unused.delete(nonce),
  }
}
