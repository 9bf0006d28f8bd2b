import { Failure } from '../errors.ts'

const MAX_ATTEMPTS = 100

/** Runs the work again as long as it gives undefined, because others were at it. */
export async function retryOnConflict<T>(what: string, work: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const result = await work()
    if (result !== undefined) return result
  }
  throw new Failure('STORE_FAILED', `${what} is changed by others faster than it can be read`)
}
