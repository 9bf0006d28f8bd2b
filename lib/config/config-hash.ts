import { sha256 } from '../platform/sha256.ts'
import { isMap } from './raw-config.ts'

/** JSON with the keys of every map in order, so that the same configuration always gives the same text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    isMap(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  )

/** Hex SHA-256. What goes in holds references only, never a secret. */
export const hashOf = (value: unknown): string => sha256(canonical(value))
