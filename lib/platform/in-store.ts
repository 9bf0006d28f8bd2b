import { toFailure } from '../errors.ts'

/** The same reading, whose failure says which of the stores could not be read. */
export const inStore = <T>(store: 'secrets' | 'state', reading: Promise<T>): Promise<T> =>
  reading.catch((error: unknown) => {
    throw toFailure(error).with({ fields: { store } })
  })
