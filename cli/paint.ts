import { stripVTControlCharacters, styleText } from 'node:util'
import type { CertificateFacts } from '../lib/types.ts'
import type { Io, Screen } from './call.ts'

type Format = 'green' | 'red' | 'yellow' | 'dim' | 'bold'
export type Paint = (format: Format, text: string) => string

/** Colour for a terminal that wants it (no-color.org); plain text for everything else. */
export const painter = (screen: Screen, { env }: Pick<Io, 'env'>): Paint => {
  const colour = screen.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
  return (format, text) => (colour ? styleText(format, text, { validateStream: false }) : text)
}

/** Columns as wide as their widest cell, two spaces apart. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? '')))) ?? []
  return rows
    .map(
      (row) =>
        indent +
        row
          .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
          .join('  ')
          .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** The same, and where a terminal is too narrow for it, the last cell of each row on a line of its own. */
export function fittingTable(rows: readonly (readonly string[])[], { isTTY, columns = 80 }: Screen): string {
  const whole = table(rows)
  if (isTTY !== true || whole.split('\n').every((line) => width(line) <= columns)) return whole
  const heads = table(rows.map((row) => row.slice(0, -1))).split('\n')
  return rows.map((row, at) => `${heads[at]}\n${row.at(-1) === '' ? '' : `    ${row.at(-1)}\n`}`).join('')
}

const width = (text: string) => stripVTControlCharacters(text).length

/** `in 59 days`, `in 40 minutes`, `3 hours ago`, `just now`, `now`. */
export function relative(moment: Date, now: Date): string {
  const minutes = Math.round((moment.getTime() - now.getTime()) / 60_000)
  if (minutes === 0) return moment < now ? 'just now' : 'now'
  const size = Math.abs(minutes)
  const [count, unit] =
    size < 60 ? [size, 'minute'] : size < 36 * 60 ? [Math.round(size / 60), 'hour'] : [Math.round(size / 1440), 'day']
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`
  return minutes < 0 ? `${words} ago` : `in ${words}`
}

/** `2026-11-22 06:00 UTC` */
export const stamp = (moment: Date): string => `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** Until when a certificate is valid; EXPIRED, first and red, when that is over. */
export const validity = ({ notAfter }: Pick<CertificateFacts, 'notAfter'>, now: Date, paint: Paint): string =>
  notAfter <= now ? paint('red', `EXPIRED on ${stamp(notAfter)}`) : `valid until ${stamp(notAfter)}`
