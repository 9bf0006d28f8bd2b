import type { StateStore } from '../ports.ts'
import { MARKERS } from './schedule.ts'

export interface RemovingTogether extends StateStore {
  /** At the end of the run. */
  removeMarkers(): Promise<void>
}

/**
 * The same store for one run: the markers that it is done with are removed together, once it has ended. Until then each is one
 * too many, which costs whoever finds it one look.
 */
export function removingTogether(state: StateStore): RemovingTogether {
  const done = new Set<string>()
  return {
    read: (key) => state.read(key),
    list: (prefix, upTo) => state.list(prefix, upTo),
    async write(key, document, tag) {
      done.delete(key)
      return state.write(key, document, tag)
    },
    async remove(...keys) {
      for (const key of keys.filter((each) => each.startsWith(MARKERS))) done.add(key)
      const others = keys.filter((key) => !key.startsWith(MARKERS))
      if (others.length > 0) await state.remove(...others)
    },
    async removeMarkers() {
      if (done.size > 0) await state.remove(...done)
      done.clear()
    },
  }
}
