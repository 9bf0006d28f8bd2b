import { type Invocation, inFunction, renewing } from './invocation.ts'
import { requestOf } from './request.ts'

/** What a person calls. */
export const handler = (payload: unknown, context: Invocation) =>
  inFunction(
    renewing(() => requestOf(payload)),
    context,
  )
