import type { Http } from '../../lib/platform/http.ts'

/** A row of numbers in [0, 1) that looks like chance and is the same for one seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Lets several actors loose on one server, one request at a time: whenever all of them want to send something, chance says
 * whose request goes through. Resolves when all are done.
 */
export async function takingTurns<T>(
  http: Http,
  random: () => number,
  actors: readonly ((http: Http) => Promise<T>)[],
): Promise<T[]> {
  const waiting: (() => void)[] = []
  let active = actors.length
  const next = () => {
    if (waiting.length === 0 || waiting.length < active) return
    const [go] = waiting.splice(Math.floor(random() * waiting.length), 1)
    go?.()
  }
  const gated: Http = {
    ...http,
    async send(request) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        next()
      })
      return http.send(request)
    },
  }
  return Promise.all(
    actors.map(async (actor) => {
      try {
        return await actor(gated)
      } finally {
        active--
        next()
      }
    }),
  )
}
