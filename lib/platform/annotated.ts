import { type Failure, toFailure } from '../errors.ts'

/** The same port, with failures that say more. */
export function annotated<Port extends object>(port: Port, annotate: (failure: Failure) => Failure): Port {
  const entries = Object.entries(port).map(([name, value]) => [
    name,
    typeof value === 'function' ? calling(value) : value,
  ])
  return Object.fromEntries(entries)

  function calling(method: (...given: never[]) => Promise<unknown>) {
    return (...given: never[]) =>
      method(...given).catch((error: unknown) => {
        throw annotate(toFailure(error))
      })
  }
}
