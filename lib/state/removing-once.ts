import type { StateStore } from '../ports.ts'

/** The same store for one run: what this has removed is not removed again, unless it has been written since. */
export function removingOnce(state: StateStore): StateStore {
  const gone = new Set<string>()
  return {
    read: (key) => state.read(key),
    list: (prefix, upTo) => state.list(prefix, upTo),
    async write(key, document, tag) {
      gone.delete(key)
      return state.write(key, document, tag)
    },
    async remove(key) {
      if (gone.has(key)) return
      await state.remove(key)
      gone.add(key)
    },
  }
}
