/** A run whose effects happen one at a time, and only when they are told to. */
import { setImmediate } from 'node:timers/promises'
import type { Dependencies } from '../../lib/ports.ts'
import { type Effect, type Gate, gated } from './effects.ts'

export interface Runner<T> {
  /** The effect that it wants to have next; undefined once it has ended. */
  next(): Promise<Effect | undefined>
  /** Lets that effect happen. `lost`: it happens, and nobody hears of it. */
  go(answer: 'heard' | 'lost'): Promise<void>
  /** How it ended; undefined as long as it has not. */
  ended(): { readonly value: T } | { readonly error: unknown } | undefined
}

interface Wanted {
  readonly effect: Effect
  /** Does the work; what it resolves to lets the answer through. */
  readonly perform: () => Promise<() => void>
}

/**
 * Starts the work, which lets what it opens itself through the same gate. A run is killed by letting none of its effects go any more: what it waits for never settles, so that
 * no `catch` and no `finally` of it runs. Effects that are wanted side by side go in the order in which they were asked for.
 */
export function start<T>(work: (world: Dependencies, pass: Gate) => Promise<T>, world: Dependencies): Runner<T> {
  const wanted: Wanted[] = []
  let end: ReturnType<Runner<T>['ended']>
  let stir = () => {}

  const pass: Gate = <R>(effect: Effect, call: () => Promise<R>) =>
    new Promise<R>((resolve, reject) => {
      const perform = () =>
        call().then(
          (value) => () => resolve(value),
          (error: unknown) => () => reject(error),
        )
      wanted.push({ effect, perform })
      stir()
    })
  work(gated(world, pass), pass).then(
    (value) => {
      end = { value }
      stir()
    },
    (error: unknown) => {
      end = { error }
      stir()
    },
  )

  return {
    async next() {
      for (;;) {
        await setImmediate() // whatever follows from the last answer has been asked for by then
        const [first] = wanted
        if (first !== undefined) return first.effect
        if (end !== undefined) return undefined
        await new Promise<void>((resolve) => {
          stir = resolve
        })
      }
    },
    async go(answer) {
      const answered = await wanted.shift()?.perform()
      if (answer === 'heard') answered?.()
    },
    ended: () => end,
  }
}
