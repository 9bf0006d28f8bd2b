import { Failure } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { after, MINUTE } from './clock.ts'

/** So many time-outs in a row, with no answer in between, and nobody else waits for that API. */
const MOST_TIME_OUTS = 3
/** After which one request finds out whether it answers again. */
const PAUSE = MINUTE

interface Silence {
  readonly timeOuts: number
  readonly askedAgain: Date
}

/** Keeps an API that takes connections and never answers from using up the time of all that a run does elsewhere. */
export interface Breaker {
  /** Before a request. Rejects with UNREACHABLE, at once, while the API is not to be waited for. */
  check(api: string): void
  answered(api: string): void
  timedOut(api: string): void
}

export function createBreaker({ now }: Pick<Clock, 'now'>): Breaker {
  const silent = new Map<string, Silence>()
  return {
    check(api) {
      const known = silent.get(api)
      if (known === undefined || known.timeOuts < MOST_TIME_OUTS) return
      if (known.askedAgain > now()) {
        const why = `did not answer in time, ${known.timeOuts} times in a row, and is left alone for a minute`
        throw new Failure('UNREACHABLE', `${api} ${why}`, { fields: { host: api } })
      }
      silent.set(api, { ...known, askedAgain: after(now(), PAUSE) })
    },
    answered(api) {
      silent.delete(api)
    },
    timedOut(api) {
      const timeOuts = (silent.get(api)?.timeOuts ?? 0) + 1
      silent.set(api, { timeOuts, askedAgain: after(now(), PAUSE) })
    },
  }
}
