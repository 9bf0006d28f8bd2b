/** What a terminal or a log reader can be fooled with, and JSON may hold as it is: control characters, invisible ones, lines of Unicode. */
const DECEIVING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const escaped = (character: string): string =>
  character === '\n' ? character : [...character].flatMap(codeUnits).join('')

const codeUnits = (character: string): string[] =>
  Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)

/** The same value as JSON in which each of those is escaped: a name stays what it is, and shows nothing that it is not. */
export const jsonText = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(DECEIVING, escaped) // a line end in a text is escaped by now
