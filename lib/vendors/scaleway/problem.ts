import * as v from 'valibot'
import type { FailureCode } from '../../errors.ts'
import type { Explanation } from '../../platform/rest.ts'
import { safeParse } from '../../platform/safe-parse.ts'

const text = v.fallback(v.string(), '')
const detail = v.object({ argument_name: text, field: text, resource: text, reason: text, help_message: text })
const problem = v.object({
  type: text,
  precondition: text,
  message: text,
  help_message: text,
  details: v.fallback(v.array(detail), []),
})

type Codes = Readonly<Record<string, FailureCode>>

/** By `type`, not by status: the vendor's own clients do so. Some recorded errors have no type at all. */
const CODES: Codes = {
  denied_authentication: 'DENIED',
  permissions_denied: 'DENIED',
  not_found: 'NOT_FOUND',
  unknown_resource: 'NOT_FOUND',
  already_exists: 'CONFLICT',
  precondition_failed: 'CONFLICT',
  transient_state: 'UNAVAILABLE',
  locked: 'UNAVAILABLE',
  too_many_requests: 'RATE_LIMITED',
  invalid_arguments: 'REJECTED',
  invalid_field: 'REJECTED',
}

/**
 * What an error body of any of Scaleway's APIs says. `own` are the rows in which one API differs from the others: by type, or
 * by the precondition that did not hold.
 */
export const explainWith =
  (own: Codes = {}) =>
  (_status: number, body: unknown): Explanation | undefined => {
    const read = safeParse(problem, body)
    if (!read.success) return undefined
    const { type, precondition, message, help_message, details } = read.output
    const codes = { ...CODES, ...own }
    const known = [precondition, type].find((word) => Object.hasOwn(codes, word))
    const code = known === undefined ? undefined : codes[known]
    const parts = details.map((each) =>
      said(each.argument_name || each.field || each.resource, each.reason, each.help_message).join(' '),
    )
    const reason = said(message, help_message, ...parts).join('; ')
    return { ...(code && { code }), ...(reason && { reason }) }
  }

const said = (...parts: string[]) => parts.filter((part) => part !== '')
