import type { Path, RawConfig } from './raw-config.ts'
import { IS_SOURCE, sourceOf, unheededBy } from './source.ts'

/**
 * A certificate with what it takes from the defaults: each field, as a whole, that it does not have itself. What only one of another
 * source can heed is left out, so that an imported certificate may stand among others whose `profile` is a default.
 */
export function withDefaults(written: RawConfig, defaults: RawConfig): RawConfig {
  const fields = Object.keys(defaults)
  if (fields.length === 0) return written
  const own = sourceOf(written)
  const source = own ?? sourceOf({ ...defaults, ...written })
  const isLeftOut = (field: string) =>
    field === 'names' || unheededBy(source).has(field) || (own !== undefined && IS_SOURCE.has(field))
  const taken = fields.filter((field) => !isLeftOut(field)).map((field) => [field, defaults[field]])
  return { ...Object.fromEntries(taken), ...written }
}

/** Where a field of a certificate stands: in it if it says so itself, or nobody does, and else in the defaults. */
export const pathOf = (id: string, field: string, written: RawConfig, defaults: RawConfig): Path =>
  field in written || !(field in defaults) ? ['certificates', id, field] : ['defaults', field]
