/** Takes note of what there is now, and gives the way back to it, as often as it is wanted. */
export interface Rewindable {
  save(): () => void
}

/** What is in the map is copied each time, where it may be changed in place. */
export function saveMap<K, V>(map: Map<K, V>, copy: (value: V) => V = (value) => value): () => void {
  const saved = [...map].map(([key, value]) => [key, copy(value)] as const)
  return () => {
    map.clear()
    for (const [key, value] of saved) map.set(key, copy(value))
  }
}

export function saveList<T>(list: T[]): () => void {
  const saved = [...list]
  return () => {
    list.splice(0, list.length, ...saved)
  }
}
