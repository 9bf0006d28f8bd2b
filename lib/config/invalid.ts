import { Failure } from '../errors.ts'
import { safeText } from '../platform/log.ts'

const MOST_SHOWN = 100

/** Where something stands, counted from 1, as editors do. */
export interface Position {
  /** Absent: the configuration's own. */
  readonly file?: string
  readonly line: number
  readonly column: number
}

/** What is wrong, and where; absent: with the file as a whole. */
export interface Mistake {
  readonly text: string
  readonly position?: Position | undefined
}

/**
 * All mistakes at once: one a line in the message, and as a list in `fields.mistakes`; `12:5` before one is its line and column,
 * `certificates/shop.yaml:12:5` in a file that is included.
 */
export function configInvalid(file: string, all: readonly Mistake[], cause?: unknown): Failure {
  const left = all.length - MOST_SHOWN
  const mistakes = all.slice(0, MOST_SHOWN).map(shown)
  if (left > 0) mistakes.push(`and ${left} more`)
  const name = safeText(file)
  const [first] = all
  const message =
    first !== undefined && all.length === 1
      ? `${first.position ? positionText({ file, ...first.position }) : name}: ${safeText(first.text)}`
      : `${name} has ${all.length} mistakes:\n${mistakes.map((line) => `  ${line}`).join('\n')}`
  return new Failure('CONFIG_INVALID', message, { fields: { file: name, mistakes }, cause })
}

const positionText = ({ file, line, column }: Position): string =>
  `${file === undefined ? '' : `${safeText(file)}:`}${line}:${column}`

const shown = ({ text, position }: Mistake): string =>
  position === undefined ? safeText(text) : `${positionText(position)} ${safeText(text)}`
