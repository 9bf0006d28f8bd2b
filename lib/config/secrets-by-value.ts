import { isMap, type Path } from './raw-config.ts'
import { looksSecretIn } from './secret-shapes.ts'
import type { ValidationErrors } from './validation-errors.ts'

/** Refuses every secret that stands in the configuration itself, in fields that are not known, too. */
export function refuseSecrets(value: unknown, path: Path, mistakes: ValidationErrors): void {
  visitTexts(value, [...path], (text, where) => {
    const field = where.findLast((part) => typeof part === 'string') ?? ''
    if (looksSecretIn(field, text))
      mistakes.add([...where], 'looks like a secret; keep it elsewhere and write secret:NAME#field or env:NAME here')
  })
}

/** A store cannot be opened with a secret that is kept in it. */
export function refuseStoredReferences(value: unknown, path: Path, mistakes: ValidationErrors): void {
  visitTexts(value, [...path], (text, where) => {
    if (text.startsWith('secret:'))
      mistakes.add([...where], 'stands for a secret in the store that it opens; use env:NAME')
  })
}

/** The path is one array for all texts, and of use while one is visited. */
function visitTexts(value: unknown, path: (string | number)[], visit: (text: string, where: Path) => void): void {
  if (typeof value === 'string') visit(value, path)
  const entries = Array.isArray(value) ? value.entries() : isMap(value) ? Object.entries(value) : []
  for (const [key, each] of entries) {
    path.push(key)
    visitTexts(each, path, visit)
    path.pop()
  }
}
