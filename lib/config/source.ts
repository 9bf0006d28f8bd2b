import { IMPORTED, SELF_SIGNED } from '../types.ts'
import type { Path, RawConfig } from './raw-config.ts'
import type { ValidationErrors } from './validation-errors.ts'

/** Where a certificate comes from; undefined: it is ordered from an authority. */
type Source = typeof IMPORTED | typeof SELF_SIGNED | undefined

export const sourceOf = ({ imported, selfSigned }: RawConfig): Source =>
  imported === true ? IMPORTED : selfSigned === true ? SELF_SIGNED : undefined

/** As long as most authorities give. */
const DAYS = 90
export const daysOf = ({ days }: RawConfig): number => (typeof days === 'number' ? days : DAYS)

/** What only another source of it could heed. */
export function refuseOthers(written: RawConfig, source: Source, path: Path, mistakes: ValidationErrors): void {
  const refuse = (why: string, ...fields: string[]) => {
    for (const field of fields)
      if (written[field] !== undefined) mistakes.add([...path, field], `${why}; leave this out`)
  }
  if (source === IMPORTED) refuse('an imported certificate is not ordered', 'authorities', 'profile', 'key')
  if (source === SELF_SIGNED) refuse('a self-signed certificate is not ordered', 'authorities', 'profile')
  else refuse('only a self-signed certificate takes it from here', 'days')
  if (source === IMPORTED && written.selfSigned === true)
    mistakes.add([...path, 'selfSigned'], 'it is either imported or self-signed; leave one of the two out')
}
