import { after, DAY, SECOND } from './clock.ts'
import { httpDate } from './http-date.ts'

/** Nobody is left alone for longer: a CA counts by weeks, a vendor's API by the hour. In milliseconds. */
export const LONGEST_WAIT = { authority: 7 * DAY, vendor: DAY } as const

/** A date has a comma of its own. */
const VALUES = /\s*[A-Z][a-z]{2,8},[^,]*|[^,]+/g
const SECONDS = /^\d{1,10}(\.\d{1,10})?$/

/**
 * `Retry-After` in both of its forms (RFC 9110 §10.2.3), as a moment, `longest` away at most; undefined when absent or senseless.
 * Of several, which a proxy may have put together from repeated headers, the latest.
 */
export function retryAfter(
  headers: Readonly<Record<string, string>>,
  now: Date,
  longest: number = LONGEST_WAIT.authority,
): Date | undefined {
  const text = headers['retry-after']?.trim()
  const moments = (text?.match(VALUES) ?? []).flatMap((value) => momentOf(value.trim(), now) ?? [])
  if (moments.length === 0) return undefined
  const latest = Math.max(...moments)
  return new Date(Math.min(Math.max(latest, now.getTime()), after(now, longest).getTime()))
}

const momentOf = (value: string, now: Date): number | undefined =>
  SECONDS.test(value) ? now.getTime() + Number(value) * 1_000 : httpDate(value, now)?.getTime()

/** When a limit that was reached ends, where the vendor names that in a header of its own, in seconds of Unix time; undefined when it does not. */
export function limitEnd(status: number, headers: Readonly<Record<string, string>>, name: string): Date | undefined {
  const seconds = headers[name]
  if (status !== 429 || seconds === undefined || !/^\d{1,10}$/.test(seconds)) return undefined
  return new Date(Number(seconds) * SECOND)
}
