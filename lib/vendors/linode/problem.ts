import * as v from 'valibot'
import type { FailureCode } from '../../errors.ts'
import type { Explanation } from '../../platform/rest.ts'
import { safeParse } from '../../platform/safe-parse.ts'

const problem = v.object({
  errors: v.array(v.object({ field: v.fallback(v.nullish(v.string()), undefined), reason: v.string() })),
})

/**
 * What an error body of Linode says. `busy` is the code of "Linode busy.", a 400 that passes by itself (linodego, retries.go): who
 * asks knows whether to wait for it.
 */
export const explainWith =
  (busy: FailureCode) =>
  (status: number, body: unknown): Explanation | undefined => {
    const read = safeParse(problem, body)
    // A page from the servers in front of the API, which knows nothing of the request.
    if (!read.success) return status === 400 && body === undefined ? { code: 'UNAVAILABLE' } : undefined
    const { errors } = read.output
    const reason = errors.map((each) => (each.field ? `${each.field}: ${each.reason}` : each.reason)).join('; ')
    const isBusy = status === 400 && errors.some((each) => /^linode busy/i.test(each.reason))
    return isBusy ? { code: busy, reason } : { reason }
  }
