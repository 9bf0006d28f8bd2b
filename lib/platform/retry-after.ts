const LONGEST_WAIT = 7 * 86_400_000

/** `Retry-After` in both of its forms (RFC 9110 §10.2.3), as a moment; undefined when absent or senseless, seven days at most. */
export function retryAfter(headers: Readonly<Record<string, string>>, now: Date): Date | undefined {
  const text = headers['retry-after']?.trim()
  if (text === undefined || text === '') return undefined
  const moment = /^\d{1,10}$/.test(text) ? now.getTime() + Number(text) * 1_000 : Date.parse(text)
  if (!Number.isFinite(moment) || !/^\d+$|^[A-Z][a-z]{2},? /.test(text)) return undefined
  return new Date(Math.min(Math.max(moment, now.getTime()), now.getTime() + LONGEST_WAIT))
}
