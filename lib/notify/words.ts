import type { Notice } from '../types.ts'
import { fingerprintText } from '../x509/facts.ts'

const MOST_NAMES = 5

/** One line of ASCII, for a subject: what, where, and which certificate or part of the configuration. */
export function titleOf({ event, environment, certificate, location, codes }: Notice): string {
  if (event === 'test') return `newleaf ${environment}: a test`
  const what = event === 'resolved' ? ': problems resolved' : ` needs attention (${codes.join(', ')})`
  return `newleaf ${environment}: ${certificate ?? location}${what}`
}

/** Lines of plain text for people, without the title. */
export function textOf(notice: Notice): string {
  const { event, codes, message, names, step, since, expires, next, advice } = notice
  const rows = [
    ['resolved', event === 'resolved' ? codes.join(', ') : undefined],
    ['names', shownNames(names)],
    ['step', step],
    ['since', stamp(since)],
    ['certificate', identifierOf(notice)],
    ['valid until', stamp(expires)],
    ['next look', stamp(next)],
    ['to do', advice],
  ] as const
  const lines = rows.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [`${label}: ${value}`]))
  return [message, '', ...lines].join('\n')
}

/** As every other place calls a certificate. */
const identifierOf = ({ fingerprint, serial }: Notice) =>
  fingerprint && `${fingerprintText({ fingerprint })}${serial === undefined ? '' : ` (serial ${serial})`}`

const shownNames = (names: readonly string[]) => {
  const left = names.length - MOST_NAMES
  return names.slice(0, MOST_NAMES).join(', ') + (left > 0 ? ` and ${left} more` : '')
}

/** `2026-11-22 06:00 UTC` */
const stamp = (moment: Date | undefined) => moment && `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`
