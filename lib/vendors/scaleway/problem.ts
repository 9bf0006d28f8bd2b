import * as v from 'valibot'

const text = v.fallback(v.string(), '')
const detail = v.object({ argument_name: text, field: text, resource: text, reason: text, help_message: text })
const problem = v.object({
  type: text,
  precondition: text,
  message: text,
  help_message: text,
  details: v.fallback(v.array(detail), []),
})

export interface ScalewayProblem {
  /** By it the vendor's own clients tell errors apart, not by the status. Empty in some recorded ones. */
  readonly type: string
  readonly precondition: string
  /** All that it says, in one line; empty if it says nothing. */
  readonly reason: string
}

/** An error body of any of Scaleway's APIs. `subject`: what a detail may be about where it names no argument. */
export function readProblem(body: unknown, subject: 'field' | 'resource'): ScalewayProblem | undefined {
  const read = v.safeParse(problem, body)
  if (!read.success) return undefined
  const { type, precondition, message, help_message, details } = read.output
  const parts = details.map((each) =>
    said(each.argument_name || each[subject], each.reason, each.help_message).join(' '),
  )
  return { type, precondition, reason: said(message, help_message, ...parts).join('; ') }
}

const said = (...parts: string[]) => parts.filter((part) => part !== '')
