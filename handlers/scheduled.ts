import { type Invocation, invoke } from './invocation.ts'

/** What the schedule calls: renews all that is due. Nothing in the event is read. */
export const handler = (_event: unknown, context: Invocation) =>
  invoke(() => ({ force: false, dryRun: false, sweep: false }), context)
