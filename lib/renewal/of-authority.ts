import { type Failure, toFailure } from '../errors.ts'

/**
 * The same failure, which says that it is this authority's own: another one may be asked. A run without time left has none for
 * another either, and what fails in a store would fail there again.
 */
export function ofAuthority(name: string, error: unknown): Failure {
  const failure = toFailure(error)
  return failure.code === 'OUT_OF_TIME' || failure.fields.store !== undefined
    ? failure
    : failure.with({ fields: { authority: name } })
}
