/** The health of what could not be looked at. Pure. */
import type { Failure } from '../errors.ts'
import type { Health } from '../types.ts'
import { condition } from './conditions.ts'
import { failureText, type HealthInput, ofLife, worstFirst } from './health.ts'

/** Of what could not even be looked at nothing else is known. */
export const unhealthy = (id: string, failure: Failure | undefined): Health => ({
  healthy: false,
  conditions: [
    condition(
      failure?.code === 'LOCKED' ? 'LOCKED' : 'NOT_DONE',
      id,
      failure ? failureText(failure) : 'nothing is known',
      failure?.code,
    ),
  ],
})

/** The same, with what is remembered of its life: that it has expired is true whatever cannot be read. */
export function unhealthyThough(
  { current, ...known }: Pick<HealthInput, 'spec' | 'current' | 'authority'>,
  failure: Failure | undefined,
  now: Date,
): Health {
  const { healthy, conditions } = unhealthy(known.spec.id, failure)
  const life = current === undefined ? [] : ofLife({ ...known, current }, now)
  return { healthy, conditions: worstFirst([...life, ...conditions]) }
}
