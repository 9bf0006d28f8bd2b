import * as v from 'valibot'
import type { Mistake, Position } from './invalid.ts'
import { describe, errorsIn } from './issue.ts'
import { isMap, type Path, type RawConfig, shownPath } from './raw-config.ts'
import { checkShape } from './shape.ts'

/** All mistakes of a configuration, to be told at once. Of several at one place the first counts. */
export interface ValidationErrors {
  add(path: Path, message: string): void
  /** Notes what is wrong with the value; gives what the schema makes of it if nothing is. */
  check<Schema extends v.GenericSchema>(schema: Schema, value: unknown, path: Path): v.InferOutput<Schema> | undefined
  /** `path: message`, in the order of the document, each with its position. */
  list(): Mistake[]
}

/** Far more than are told: a hostile document could have one a letter. */
const MOST_NOTED = 1_000

const keyOf = (path: Path) => JSON.stringify(path)

/** The path itself and all above it. */
const upTo = (path: Path): Path[] => [[], ...path.map((_, index) => path.slice(0, index + 1))]

export function createValidationErrors(document: unknown, positionOf: (path: Path) => Position): ValidationErrors {
  const found = new Map<string, { path: Path; message: string }>()

  const add = (path: Path, message: string) => {
    if (found.size < MOST_NOTED && !found.has(keyOf(path))) found.set(keyOf(path), { path, message })
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
        if (!upTo(where).some((part) => settled.has(keyOf(part)))) add(where, errorsIn(issue))
      }
      return success ? output : undefined
    },
    list() {
      const rankOf = ranksIn(document)
      return [...found.values()]
        .map((each) => ({ ...each, rank: rankOf(each.path) }))
        .sort((a, b) => inOrder(a.rank, b.rank))
        .map(({ path, message }) => ({
          text: path.length === 0 ? message : `${shownPath(path)}: ${message}`,
          position: positionOf(path),
        }))
    },
  }
}

/** Says for a path the place of each of its parts in the part above; what is not there comes before all that is. */
function ranksIn(document: unknown): (path: Path) => number[] {
  const orders = new Map<object, ReadonlyMap<unknown, number>>()
  const orderOf = (map: RawConfig) => {
    const order = orders.get(map) ?? new Map(Object.keys(map).map((key, index) => [key, index]))
    orders.set(map, order)
    return order
  }
  return (path) => {
    let here = document
    return path.map((part) => {
      const rank = typeof part === 'number' ? part : isMap(here) ? (orderOf(here).get(part) ?? -1) : -1
      here = Array.isArray(here) ? here[Number(part)] : isMap(here) ? here[part] : undefined
      return rank
    })
  }
}

function inOrder(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((rank, index) => rank !== b[index])
  return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -Infinity)
}
