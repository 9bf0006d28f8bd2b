import { createHash } from 'node:crypto'
import { isMap } from './written.ts'

/** JSON with the keys of every map in order, so that the same configuration always gives the same text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    isMap(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  )

/** Hex SHA-256. What goes in holds references only, never a secret. */
export const hashOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex')
