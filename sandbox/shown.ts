import { relative } from 'node:path'
import { styleText } from 'node:util'
import type { Presented } from './handshake.ts'
import { dnsNames, isSelfSigned } from './pem.ts'

/** Text for people: colour only on a terminal that wants it. */
export interface Paint {
  title(text: string): string
  good(text: string): string
  bad(text: string): string
  dim(text: string): string
}

export function paintFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Paint {
  const coloured = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint = (style: 'bold' | 'green' | 'red' | 'dim') => (text: string) =>
    coloured ? styleText(style, text, { validateStream: false }) : text
  return { title: paint('bold'), good: paint('green'), bad: paint('red'), dim: paint('dim') }
}

/** Columns as wide as their widest cell; the last one is left as it is. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map(
      (row) =>
        indent +
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

const COLUMNS = 80

/** The same in lines that fit a terminal: what is longer goes on below where its last cell begins. */
export const fitted = (text: string): string => text.split('\n').map(fittedLine).join('\n')

function fittedLine(line: string): string {
  const column = /^.*\S {2,}(?=\S)/.exec(line)?.[0].length ?? 2
  const lines: string[] = []
  for (const word of line.slice(column).split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || column + last.length + 1 + word.length > COLUMNS) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return line.slice(0, column) + lines.join(`\n${' '.repeat(column)}`)
}

export const shortFingerprint = (fingerprint256: string): string =>
  fingerprint256.replaceAll(':', '').toLowerCase().slice(0, 16)

/** A certificate in four cells: names, issuer, end, fingerprint. */
export const certificateCells = ({ leaf }: Presented): string[] => [
  dnsNames(leaf).join(' '),
  isSelfSigned(leaf) ? 'self-signed' : commonName(leaf.issuer),
  new Date(leaf.validTo).toISOString().slice(0, 10),
  shortFingerprint(leaf.fingerprint256),
]

const commonName = (subject: string) => /(?:^|\n)CN=([^\n]+)/.exec(subject)?.[1] ?? subject

/** For a shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The same, left as it is where a shell takes it so. */
export const typed = (text: string): string => (/^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text))

/** A path to type in: as seen from here while it is below. */
export function fromHere(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') ? path : short
}
