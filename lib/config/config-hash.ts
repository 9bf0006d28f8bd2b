import { sha256 } from '../platform/sha256.ts'
import { isMap } from './raw-config.ts'

/**
 * Gives the hex SHA-256 of a value's JSON with the keys of every map in order, so that the same configuration always gives the
 * same text. What goes in holds references only, never a secret. The text of each of `parts` is made once, wherever it stands in a
 * value: ten thousand certificates depend on the same ones.
 */
export function createHasher(parts: readonly unknown[]): (value: unknown) => string {
  const texts = new Map<unknown, string>()

  const textOf = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
    return texts.get(value) ?? (isMap(value) ? mapText(value) : `[${(value as unknown[]).map(textOf).join(',')}]`)
  }

  const mapText = (map: Readonly<Record<string, unknown>>): string => {
    const keys = Object.keys(map).filter((key) => map[key] !== undefined)
    return `{${keys
      .sort()
      .map((key) => `${JSON.stringify(key)}:${textOf(map[key])}`)
      .join(',')}}`
  }

  for (const part of parts) texts.set(part, textOf(part))
  return (value) => sha256(textOf(value))
}
