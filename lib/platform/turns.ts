/** Runs work as it comes, so many at a time; what has to wait gets its turn in the order in which it came. */
export function inTurns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = atOnce
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((turn) => waiting.push(turn))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

/** Runs one work after the other where they have the same key, and side by side where they have not. */
export function oneByOne(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const turns = new Map<string, ReturnType<typeof inTurns>>()
  return (key, work) => {
    const turn = turns.get(key) ?? inTurns(1)
    turns.set(key, turn)
    return turn(work)
  }
}
