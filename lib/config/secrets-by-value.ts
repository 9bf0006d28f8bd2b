import { isMap, type Path } from './raw-config.ts'
import { looksSecretIn } from './secret-shapes.ts'
import type { ValidationErrors } from './validation-errors.ts'

/** Refuses every secret that stands in the configuration itself, in fields that are not known, too. */
export function refuseSecrets(value: unknown, path: Path, mistakes: ValidationErrors): void {
  for (const [where, text] of textsIn(value, path)) {
    const field = where.findLast((part) => typeof part === 'string') ?? ''
    if (looksSecretIn(field, text))
      mistakes.add(where, 'looks like a secret; keep it elsewhere and write secret:NAME#field or env:NAME here')
  }
}

/** A store cannot be opened with a secret that is kept in it. */
export function refuseStoredReferences(value: unknown, path: Path, mistakes: ValidationErrors): void {
  for (const [where, text] of textsIn(value, path))
    if (text.startsWith('secret:')) mistakes.add(where, 'stands for a secret in the store that it opens; use env:NAME')
}

function* textsIn(value: unknown, path: Path): Generator<[Path, string]> {
  if (typeof value === 'string') yield [path, value]
  const entries = Array.isArray(value) ? value.entries() : isMap(value) ? Object.entries(value) : []
  for (const [key, each] of entries) yield* textsIn(each, [...path, key])
}
