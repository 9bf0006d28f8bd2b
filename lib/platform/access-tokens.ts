/** Access tokens that expire, whoever issues them. */
import * as v from 'valibot'
import type { Clock } from '../ports.ts'
import { after, MINUTE } from './clock.ts'
import { bearer, type Secret } from './secret.ts'

/** What the header `authorization` of many requests holds. */
export interface Authorization {
  /** Fetched by the first who needs it, for all; fetched again before it expires. A failure to fetch is not kept. */
  current(): Promise<Secret>
  /** The vendor takes this one no more: another is fetched, unless that has been done since. */
  discard(refused: Secret): void
}

export interface IssuedToken {
  readonly token: Secret
  /** In milliseconds, from before it was asked for. */
  readonly lifetime: number
}

/** Visible ASCII (RFC 6749 appendix A.12), as it goes into a header. */
export const accessToken = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,16384}$/))

/** A request is on its way for half of that at most. */
const BEFORE_EXPIRY = MINUTE

export function accessTokens(issue: () => Promise<IssuedToken>, clock: Pick<Clock, 'now'>): Authorization {
  let held: Held | undefined
  let fetching: Promise<Held> | undefined
  const isFresh = ({ expires }: Held) => after(clock.now(), BEFORE_EXPIRY) < expires

  async function fetch(): Promise<Held> {
    const asked = clock.now()
    try {
      const { token, lifetime } = await issue()
      held = { header: bearer(token), expires: after(asked, lifetime) }
      return held
    } finally {
      fetching = undefined
    }
  }
  return {
    async current() {
      if (held !== undefined && isFresh(held)) return held.header
      fetching ??= fetch()
      return (await fetching).header
    },
    discard(refused) {
      if (held?.header === refused) held = undefined
    },
  }
}

interface Held {
  readonly header: Secret
  readonly expires: Date
}
