/** Opens at the first call and once; a failure to open is not kept, so that a later call tries again. */
export function lazy<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
}

/** A port that is opened at its first call. Only its methods can be used, and each of them is asynchronous. */
export function lazyPort<Port extends object>(open: () => Promise<Port>): Port {
  const opened = lazy(open)
  const call =
    (name: string | symbol) =>
    async (...args: readonly unknown[]) => {
      const port: object = await opened()
      return Reflect.get(port, name).apply(port, args)
    }
  // A port must not look like a promise: whoever returns one from an asynchronous function would call `then`.
  return new Proxy({} as Port, { get: (_, name) => (name === 'then' ? undefined : call(name)) })
}
