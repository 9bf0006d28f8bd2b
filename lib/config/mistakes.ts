import * as v from 'valibot'
import { describe, told } from './issue.ts'
import { checkShape } from './shape.ts'
import { isMap, type Path, shownPath } from './written.ts'

/** All mistakes of a configuration, to be told at once. Of several at one place the first counts. */
export interface Mistakes {
  add(path: Path, message: string): void
  /** Notes what is wrong with the value; gives what the schema makes of it if nothing is. */
  check<Schema extends v.GenericSchema>(schema: Schema, value: unknown, path: Path): v.InferOutput<Schema> | undefined
  /** `path: message`, in the order of the document. */
  list(): string[]
}

const keyOf = (path: Path) => JSON.stringify(path)

/** The path itself and all above it. */
const upTo = (path: Path): Path[] => [[], ...path.map((_, index) => path.slice(0, index + 1))]

export function createMistakes(document: unknown): Mistakes {
  const found = new Map<string, { path: Path; message: string }>()

  const add = (path: Path, message: string) => {
    if (!found.has(keyOf(path))) found.set(keyOf(path), { path, message })
  }

  return {
    add,
    check(schema, value, path) {
      const settled = new Set<string>()
      checkShape(schema, value, path, (where, message, meant = where) => {
        add(where, message)
        settled.add(keyOf(where)).add(keyOf(meant))
      })
      const { success, output, issues = [] } = v.safeParse(schema, value, { message: describe })
      for (const issue of issues) {
        const where = [...path, ...(issue.path ?? []).map(({ key }) => key as string | number)]
        if (!upTo(where).some((part) => settled.has(keyOf(part)))) add(where, told(issue))
      }
      return success ? output : undefined
    },
    list() {
      const order = places(document)
      const placeOf = (path: Path): number =>
        order.get(keyOf(path)) ?? (path.length === 0 ? 0 : placeOf(path.slice(0, -1)) + 0.5)
      return [...found.values()]
        .sort((a, b) => placeOf(a.path) - placeOf(b.path))
        .map(({ path, message }) => (path.length === 0 ? message : `${shownPath(path)}: ${message}`))
    },
  }
}

/** The place of every value in the document, counted from the top. */
function places(value: unknown, path: Path = [], order = new Map<string, number>()): Map<string, number> {
  order.set(keyOf(path), order.size)
  const entries = Array.isArray(value) ? value.entries() : isMap(value) ? Object.entries(value) : []
  for (const [key, each] of entries) places(each, [...path, key], order)
  return order
}
