/** For vendors that answer before a change is carried out. */
import { Failure } from '../errors.ts'
import { MINUTE, SECOND } from '../platform/clock.ts'
import { type Pending, type Time, whilePending } from '../platform/while-pending.ts'

interface Settling<State> extends Pick<Pending<State>, 'isPending' | 'read'> {
  /** Of whom a message says that it has not carried out the change. */
  readonly vendor: string
}

const PAUSES = { first: SECOND, growth: 1.5, longest: 5 * SECOND, together: MINUTE }

/** Reads with pauses until nothing is pending. `first`: what the vendor has answered to the change. */
export const settled = <State>(first: State, { vendor, ...settling }: Settling<State>, time: Time): Promise<State> => {
  const overdue = () => new Failure('UNAVAILABLE', `${vendor} has not carried out a change within a minute`)
  return whilePending(first, { ...settling, pauses: PAUSES, overdue }, time)
}
