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

/** The same for each key. */
export function lazyEach<Key, T>(open: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const known = new Map<Key, () => Promise<T>>()
  return (key) => {
    const one = known.get(key) ?? lazy(() => open(key))
    known.set(key, one)
    return one()
  }
}
