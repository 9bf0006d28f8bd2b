import { after, DAY } from '../platform/clock.ts'
import { type CertificateDocument, withEvent } from '../state/document.ts'

/** So long it is said what was left behind. */
const SAID_FOR = 7 * DAY

/** The document once newleaf does not try any more to remove something of its own: it is told once, and then forgotten. */
export function leftBehind(document: CertificateDocument, what: readonly string[], now: Date): CertificateDocument {
  const earlier = document.leftBehind?.what ?? []
  const all = [...new Set([...earlier, ...what])]
  return withEvent({ ...document, leftBehind: { what: all, since: now } }, now, 'left behind', what.join(', '))
}

/** The document without what was left behind long ago. */
export function withoutOldLeftBehind(document: CertificateDocument, now: Date): CertificateDocument {
  const { leftBehind: known, ...rest } = document
  return known === undefined || after(known.since, SAID_FOR) > now ? document : rest
}
