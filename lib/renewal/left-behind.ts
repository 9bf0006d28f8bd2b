import { after, DAY } from '../platform/clock.ts'
import { type CertificateDocument, withEvent } from '../state/document.ts'

/** So long it is said what was left behind. */
const SAID_FOR = 7 * DAY

/** The document once newleaf does not try any more to remove something of its own: each is told once, and then forgotten. */
export function leftBehind(document: CertificateDocument, what: readonly string[], now: Date): CertificateDocument {
  const earlier = document.leftBehind?.what ?? []
  const all = [...new Set([...earlier, ...what])]
  const known = all.length > earlier.length ? unheard(document) : document
  return withEvent({ ...known, leftBehind: { what: all, since: now } }, now, 'left behind', what.join(', '))
}

/** The document without what was left behind long ago. */
export function withoutOldLeftBehind(document: CertificateDocument, now: Date): CertificateDocument {
  if (document.leftBehind === undefined || after(document.leftBehind.since, SAID_FOR) > now) return document
  const { leftBehind: _old, ...rest } = unheard(document)
  return rest
}

/** As if no notifier had been told of what was left behind. */
function unheard({ notified, ...document }: CertificateDocument): CertificateDocument {
  const others = Object.entries(notified ?? {}).flatMap(([name, heard]) => {
    const problems = heard.problems.filter((code) => code !== 'LEFT_BEHIND')
    return problems.length > 0 ? [[name, { ...heard, problems }] as const] : []
  })
  return others.length > 0 ? { ...document, notified: Object.fromEntries(others) } : document
}
