import { type Failure, isFailure } from '../../lib/errors.ts'

/** What the work rejects with, if it is one of ours. */
export const failure = (work: Promise<unknown>): Promise<Failure | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => (isFailure(error) ? error : undefined),
  )
