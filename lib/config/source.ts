import { IMPORTED, SELF_SIGNED } from '../types.ts'
import type { Path, RawConfig } from './raw-config.ts'
import type { ValidationErrors } from './validation-errors.ts'

/** Where a certificate comes from; undefined: it is ordered from an authority. */
type Source = typeof IMPORTED | typeof SELF_SIGNED | undefined

export const sourceOf = ({ imported, selfSigned }: RawConfig): Source =>
  imported === true ? IMPORTED : selfSigned === true ? SELF_SIGNED : undefined

/** The fields that say where it comes from. */
export const IS_SOURCE: ReadonlySet<string> = new Set(['imported', 'selfSigned'])

/** As long as most authorities give. */
const DAYS = 90
export const daysOf = ({ days }: RawConfig): number => (typeof days === 'number' ? days : DAYS)

/** What only another source of it could heed. */
export function refuseOthers(written: RawConfig, source: Source, path: Path, mistakes: ValidationErrors): void {
  for (const [field, why] of unheededBy(source))
    if (written[field] !== undefined) mistakes.add([...path, field], `${why}; leave this out`)
  if (source === IMPORTED && written.selfSigned === true)
    mistakes.add([...path, 'selfSigned'], 'it is either imported or self-signed; leave one of the two out')
}

const NOT_FROM_HERE = 'only a self-signed certificate takes it from here'
const IS_IMPORTED = 'an imported certificate is not ordered'
const IS_SELF_SIGNED = 'a self-signed certificate is not ordered'
const ORDERED = new Map([['days', NOT_FROM_HERE]])
const BROUGHT = new Map([
  ...['authorities', 'profile', 'key'].map((field) => [field, IS_IMPORTED] as const),
  ...ORDERED,
])
const MADE_HERE = new Map(['authorities', 'profile'].map((field) => [field, IS_SELF_SIGNED]))

/** The fields that only a certificate of another source can heed, and why. */
export const unheededBy = (source: Source): ReadonlyMap<string, string> =>
  source === IMPORTED ? BROUGHT : source === SELF_SIGNED ? MADE_HERE : ORDERED
