import { lazy } from './lazy.ts'

/** Opens at the first call with a key and once for each; a failure to open is not kept. */
export function lazyByKey<T>(): (key: string, open: () => Promise<T>) => Promise<T> {
  const opened = new Map<string, () => Promise<T>>()
  return (key, open) => {
    const known = opened.get(key) ?? lazy(open)
    opened.set(key, known)
    return known()
  }
}
