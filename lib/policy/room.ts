/** Whether a load balancer has room for another certificate. Pure. */
import { Failure } from '../errors.ts'
import { earliestRetry } from '../failures.ts'
import type { TargetView } from '../types.ts'

/** What keeps a target from taking a certificate that it does not hold yet; undefined: nothing that is known. */
export function refusalOf(view: TargetView): Failure | undefined {
  if ('error' in view) return view.error
  if (view.quota === undefined || view.quota.room > 0) return undefined
  const { held, limit } = view.quota
  return new Failure(
    'TARGET_FULL',
    `the load balancer holds ${held} certificates of at most ${limit}, and none of newleaf's can be spared`,
    { fields: { count: held, limit } },
  )
}

/** The same where no target is left that takes one: what is ordered then could be served nowhere. */
export function refusalEverywhere(targets: Readonly<Record<string, TargetView>>): Failure | undefined {
  const refusals = Object.entries(targets).map(([name, view]) => {
    const refusal = refusalOf(view)
    return refusal === undefined || 'error' in view ? refusal : refusal.with({ message: `${name}: ${refusal.message}` })
  })
  const known = refusals.filter((refusal) => refusal !== undefined)
  return known.length < refusals.length ? undefined : earliestRetry(known)
}
