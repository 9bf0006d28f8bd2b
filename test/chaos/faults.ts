/** What goes wrong with a call, drawn from a seed. */
import { DAY, HOUR } from '../../lib/platform/clock.ts'

export const FAULTS = [
  /** Nobody listens at the port. */
  'refused',
  /** The connection is reset before, or after, the API has acted. */
  'reset before',
  'reset after',
  /** An error of the API, or of something in front of it, which has not acted. */
  '4xx',
  '5xx',
  'HTML page',
  /** The API has acted, and half of its answer comes. */
  'truncated',
  /** Everything is right, and comes in pieces. */
  'slow',
  /** The API has acted, and the connection ends without a word. */
  'lost answer',
  /** Not now, says the API in one of many forms. */
  'retry-after',
] as const
export type Fault = (typeof FAULTS)[number]

/** Without those that tell a lie about what is there: 404, 410 and 412 are answers, no faults. */
export const REFUSALS = [400, 403, 408, 409, 422, 429] as const
export const BREAKDOWNS = [500, 502, 503, 504] as const

/** Numbers in [0, 1) that look like chance; the same text gives the same numbers. */
export function chance(text: string): () => number {
  let state = 0x811c9dc5
  for (const letter of text) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const oneOf = <T>(list: readonly [T, ...T[]] | readonly T[], random: () => number): T =>
  list[Math.floor(random() * list.length)] as T

/** `Retry-After` as it was handed out, and how it must be read. */
export interface Asked {
  readonly header: string
  /** Not to be asked again before; undefined: the words mean nothing, or that it may be now. */
  readonly until: Date | undefined
  /** Whether somebody who reads it rightly learns that it cannot be read. */
  readonly senseless: boolean
}

/** No wait that a CA asks for is longer. */
const LONGEST = 7 * DAY
const TEN_YEARS = 3_650 * DAY

const seconds = (now: Date, wait: number): Asked => {
  const whole = Math.ceil(wait / 1_000)
  return { header: String(whole), until: moment(now, whole * 1_000), senseless: false }
}
const date = (now: Date, wait: number): Asked => {
  const header = new Date(now.getTime() + wait).toUTCString()
  return { header, until: moment(now, Date.parse(header) - now.getTime()), senseless: false }
}
const moment = (now: Date, wait: number) => (wait <= 0 ? undefined : new Date(now.getTime() + Math.min(wait, LONGEST)))
const nonsense = (header: string): Asked => ({ header, until: undefined, senseless: true })

/** RFC 9110 §10.2.3 knows seconds and a date. */
const FORMS: readonly ((now: Date, random: () => number) => Asked)[] = [
  (now, random) => seconds(now, random() * HOUR),
  (now, random) => date(now, random() * HOUR),
  (now, random) => seconds(now, random() * DAY),
  (now, random) => date(now, random() * DAY),
  (now) => seconds(now, 0),
  (now) => date(now, -DAY),
  () => nonsense('-1'),
  () => nonsense('soon'),
]
const FAR: typeof FORMS = [(now) => seconds(now, TEN_YEARS), (now) => date(now, TEN_YEARS)]

/** A far future is rarer: each one costs a week. */
export const retryAfter = (now: Date, random: () => number): Asked =>
  oneOf(random() < 0.05 ? FAR : FORMS, random)(now, random)

export interface Call {
  readonly method: string
  /** Without the query. */
  readonly path: string
}

/** What becomes of the calls of one API, one after the other. */
export interface Weather {
  /** What the next call will meet, as far as that is known before it comes. */
  readonly next: Fault | undefined
  /** What this call meets; undefined: it came to nobody. */
  take(call: Call | undefined): Fault | undefined
  /** From now on nothing goes wrong any more. */
  calm(): void
}

export function createWeather(seed: string, share: number): Weather {
  const random = chance(seed)
  const draw = () => (random() < share ? oneOf(FAULTS, random) : undefined)
  let next = draw()
  let isCalm = false
  return {
    get next() {
      return isCalm ? undefined : next
    },
    take() {
      if (isCalm) return undefined
      const now = next
      next = draw()
      return now
    },
    calm() {
      isCalm = true
    },
  }
}
