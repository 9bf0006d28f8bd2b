import { Failure } from '../errors.ts'
import { safeText } from '../platform/log.ts'

const MOST_SHOWN = 100

/** Where something stands in the file, counted from 1, as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** What is wrong, and where; absent: with the file as a whole. */
export interface Mistake {
  readonly text: string
  readonly position?: Position | undefined
}

/** All mistakes at once: one a line in the message, and as a list in `fields.mistakes`; `12:5` before one is its line and column. */
export function configInvalid(file: string, all: readonly Mistake[], cause?: unknown): Failure {
  const left = all.length - MOST_SHOWN
  const mistakes = all.slice(0, MOST_SHOWN).map(shown)
  if (left > 0) mistakes.push(`and ${left} more`)
  const name = safeText(file)
  const [first] = all
  const message =
    first !== undefined && all.length === 1
      ? `${name}:${first.position ? `${positionText(first.position)}:` : ''} ${safeText(first.text)}`
      : `${name} has ${all.length} mistakes:\n${mistakes.map((line) => `  ${line}`).join('\n')}`
  return new Failure('CONFIG_INVALID', message, { fields: { file: name, mistakes }, cause })
}

const positionText = ({ line, column }: Position): string => `${line}:${column}`

const shown = ({ text, position }: Mistake): string =>
  position === undefined ? safeText(text) : `${positionText(position)} ${safeText(text)}`
