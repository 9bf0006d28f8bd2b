import { stripVTControlCharacters } from 'node:util'

/** Of a terminal, which is the narrowest that newleaf writes for. */
const COLUMNS = 80

const width = (text: string) => stripVTControlCharacters(text).length

/**
 * Text broken between words into lines that begin at this column; the first one stands behind what is there already. A word that is
 * longer than a line stays whole, so that it can be copied.
 */
export function wrapped(text: string, column: number): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || column + width(last) + 1 + width(word) > COLUMNS) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join(`\n${' '.repeat(column)}`)
}
