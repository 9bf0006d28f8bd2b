/**
 * Reads that many have in common: what one has asked for a moment ago is not asked again for the next. Whoever reads by a key
 * need not know whether anybody shares; outside of `during` each read is made.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../ports.ts'

export interface SharedReads {
  /** Within `work`, what was read by the same key is given again, unless it is too old or forgotten. */
  during<T>(work: () => Promise<T>): Promise<T>
  /** What was read may be otherwise now. */
  forget(): void
}

interface Read {
  readonly at: number
  readonly answer: Promise<unknown>
}

type Share = (key: string, read: () => Promise<unknown>) => Promise<unknown>

const sharing = new AsyncLocalStorage<Share>()

/** `freshFor`: in milliseconds. A failure is shared by those who wait for it, and kept for nobody. */
export function createSharedReads(clock: Pick<Clock, 'now'>, freshFor: number): SharedReads {
  let reads = new Map<string, Read>()
  const share: Share = (key, read) => {
    const now = clock.now().getTime()
    const known = reads.get(key)
    if (known !== undefined && Math.abs(now - known.at) < freshFor) return known.answer
    const mine = reads
    const answer = read()
    mine.set(key, { at: now, answer })
    answer.catch(() => mine.get(key)?.answer === answer && mine.delete(key))
    return answer
  }
  return {
    during: (work) => sharing.run(share, work),
    forget: () => {
      reads = new Map()
    },
  }
}

/** The key MUST stand for all that the answer depends on, within what shares it. */
export const readOnce = <T>(key: string, read: () => Promise<T>): Promise<T> =>
  (sharing.getStore()?.(key, read) as Promise<T> | undefined) ?? read()
