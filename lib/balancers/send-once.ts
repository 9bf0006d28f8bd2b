import { type Failure, isFailure } from '../errors.ts'

/**
 * Makes a change that must not be sent twice. Resolves to its failure when the outcome is unknown, because its answer was lost or
 * cannot be read: what is read afterwards decides. Any other failure is a refusal and is passed on.
 */
export async function sendOnce(change: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await change
    return undefined
  } catch (error) {
    if (isFailure(error, 'UNREACHABLE', 'UNAVAILABLE', 'ANSWER_INVALID')) return error
    throw error
  }
}
