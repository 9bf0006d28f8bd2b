import { Failure } from '../errors.ts'
import { safeText } from '../platform/log.ts'

const MOST_SHOWN = 100

/** All mistakes at once: one a line in the message, and as a list in `fields.mistakes`. */
export function configInvalid(file: string, all: readonly string[], cause?: unknown): Failure {
  const left = all.length - MOST_SHOWN
  const mistakes = all.slice(0, MOST_SHOWN).map(safeText)
  if (left > 0) mistakes.push(`and ${left} more`)
  const name = safeText(file)
  const message =
    all.length === 1
      ? `${name}: ${mistakes[0]}`
      : `${name} has ${all.length} mistakes:\n${mistakes.map((line) => `  ${line}`).join('\n')}`
  return new Failure('CONFIG_INVALID', message, { fields: { file: name, mistakes }, cause })
}
