import { asked } from './by-hand.ts'
import { type Invocation, inFunction } from './invocation.ts'
import { commandOf } from './request.ts'

/** What a person calls. */
export const handler = (payload: unknown, context: Invocation) =>
  inFunction(
    asked(() => commandOf(payload)),
    context,
  )
