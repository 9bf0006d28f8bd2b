import { whileWaiting } from './semaphore.ts'

/** Runs work as it comes, so many at a time; what has to wait gets its turn in the order in which it came. */
export function inTurns(
  atOnce: number,
  waits: (turn: () => Promise<void>) => Promise<void> = (turn) => turn(),
): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = atOnce
  return async (work) => {
    if (free > 0) free -= 1
    else await waits(() => new Promise<void>((turn) => waiting.push(turn)))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

/**
 * Runs one work after the other where they have the same key, and side by side where they have not. Who waits for a turn holds no
 * permit.
 */
export function oneByOne(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const turns = new Map<string, ReturnType<typeof inTurns>>()
  return (key, work) => {
    const turn = turns.get(key) ?? inTurns(1, whileWaiting)
    turns.set(key, turn)
    return turn(work)
  }
}

/** Does one thing, of which others that wait for the same may be done in the same go. */
export type Gathered<Item> = (key: string, item: Item) => Promise<void>

/**
 * What waits for the same turn is done together, by one call of `work`, which resolves to what went wrong with each item, in
 * their order; undefined: nothing. What comes while that is at work waits for the next turn.
 */
export function gathered<Item>(
  inTurn: ReturnType<typeof oneByOne>,
  work: (items: readonly Item[]) => Promise<readonly unknown[]>,
): Gathered<Item> {
  const waiting = new Map<string, { readonly items: Item[]; readonly done: Promise<readonly unknown[]> }>()
  return async (key, item) => {
    const booked = waiting.get(key)
    if (booked !== undefined) {
      const position = booked.items.push(item) - 1
      return throwAt(await whileWaiting(() => booked.done), position)
    }
    const items = [item]
    const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>()
    waiting.set(key, { items, done: promise })
    await inTurn(key, () => {
      waiting.delete(key)
      return work(items)
    }).then(resolve, reject)
    return throwAt(await promise, 0)
  }
}

function throwAt(errors: readonly unknown[], position: number): void {
  const error = errors[position]
  if (error !== undefined) throw error
}
