import { Failure } from '../errors.ts'

/** What a table holds under a name that the configuration was checked to know. */
export function lookup<T>(table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (found === undefined) throw new Failure('CONFIG_INVALID', `nothing named "${name}" is configured`)
  return found
}

export const mapValues = <T, R>(
  table: Readonly<Record<string, T>>,
  change: (value: T, name: string) => R,
): Record<string, R> => Object.fromEntries(Object.entries(table).map(([name, value]) => [name, change(value, name)]))
