import { type Invocation, inFunction, renewing } from './invocation.ts'
import { wishOf } from './wish.ts'

/** What a person calls. */
export const handler = (payload: unknown, context: Invocation) =>
  inFunction(
    renewing(() => wishOf(payload)),
    context,
  )
