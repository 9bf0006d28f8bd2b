import { stripVTControlCharacters } from 'node:util'
import type { Screen } from './call.ts'

/** Of a terminal, which is the narrowest that newleaf writes for. */
const COLUMNS = 80

const width = (text: string) => stripVTControlCharacters(text).length

/** Spaces, but for those of a command in backticks. */
const BETWEEN_WORDS = / (?=(?:[^`]*`[^`]*`)*[^`]*$)/

/**
 * Text broken between words into lines that begin at this column; the first one stands behind what is there already. A word that is
 * longer than a line stays whole, and so does a command in backticks: both can be copied.
 */
export function wrapped(text: string, column: number): string {
  const lines: string[] = []
  for (const word of text.split(BETWEEN_WORDS)) {
    const last = lines.at(-1)
    if (last === undefined || column + width(last) + 1 + width(word) > COLUMNS) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join(`\n${' '.repeat(column)}`)
}

/** At a terminal the same; through a pipe the text in one line, for whoever searches it. */
export const fitted = (text: string, column: number, { isTTY }: Pick<Screen, 'isTTY'>): string =>
  isTTY === true ? wrapped(text, column) : text
