import { after, DAY } from './clock.ts'

/** Nobody is left alone for longer: a CA counts by weeks, a vendor's API by the hour. In milliseconds. */
export const LONGEST_WAIT = { authority: 7 * DAY, vendor: DAY } as const

/** `Retry-After` in both of its forms (RFC 9110 §10.2.3), as a moment, `longest` away at most; undefined when absent or senseless. */
export function retryAfter(
  headers: Readonly<Record<string, string>>,
  now: Date,
  longest: number = LONGEST_WAIT.authority,
): Date | undefined {
  const text = headers['retry-after']?.trim()
  if (text === undefined || text === '') return undefined
  const moment = /^\d{1,10}$/.test(text) ? now.getTime() + Number(text) * 1_000 : Date.parse(text)
  if (!Number.isFinite(moment) || !/^\d+$|^[A-Z][a-z]{2},? /.test(text)) return undefined
  return new Date(Math.min(Math.max(moment, now.getTime()), after(now, longest).getTime()))
}
