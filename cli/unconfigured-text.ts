import type { Unconfigured } from '../lib/observe/unconfigured.ts'
import { safeText } from '../lib/platform/log.ts'
import { type Paint, relative, stamp } from './paint.ts'

/** What is known of each certificate that has left the configuration, and a heading; nothing if there is none. */
export function unconfiguredText(left: readonly Unconfigured[], now: Date, paint: Paint): string {
  if (left.length === 0) return ''
  const lines = left.map((each) => `  ${paint('bold', safeText(each.id))}  ${knownText(each, now)}\n${namesText(each)}`)
  return `\nNot in the configuration, and not renewed any more:\n${lines.join('')}  newleaf forget ID ends one\n`
}

const namesText = ({ current }: Unconfigured): string =>
  current === undefined ? '' : `    ${current.names.map(safeText).join(', ')}\n`

function knownText({ current, targets, error }: Unconfigured, now: Date): string {
  if (error !== undefined) return `${error.code}: ${safeText(error.message)}`
  if (current === undefined) return 'it never had a certificate'
  const { fingerprint, notAfter } = current
  const where = targets.length === 0 ? 'at no target' : `at ${targets.map(safeText).join(', ')}`
  const ends = notAfter <= now ? 'ended' : 'ends'
  return `${fingerprint.slice(0, 16)} ${where}, ${ends} ${stamp(notAfter)} (${relative(notAfter, now)})`
}
