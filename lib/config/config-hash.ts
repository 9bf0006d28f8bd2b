import { sha256 } from '../platform/sha256.ts'
import { isMap } from './raw-config.ts'

/**
 * Gives the hex SHA-256 of a value's JSON with the keys of every map in order, so that the same configuration always gives the
 * same text. What goes in holds references only, never a secret. Nothing of it may change afterwards: the text of a part is kept,
 * because ten thousand certificates depend on the same ones.
 */
export function createHasher(): (value: unknown) => string {
  const texts = new WeakMap<object, string>()

  const textOf = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
    const known = texts.get(value)
    if (known !== undefined) return known
    const text = isMap(value)
      ? `{${Object.keys(value)
          .filter((key) => value[key] !== undefined)
          .sort()
          .map((key) => `${JSON.stringify(key)}:${textOf(value[key])}`)
          .join(',')}}`
      : `[${(value as unknown[]).map(textOf).join(',')}]`
    texts.set(value, text)
    return text
  }

  return (value) => sha256(textOf(value))
}
