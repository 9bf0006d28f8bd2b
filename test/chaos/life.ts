/** The life of one run: it may end at any moment, and then nothing of it goes on. */
import type { Gate } from '../kill/effects.ts'

export interface Life {
  readonly isOver: boolean
  /** Moments in which it could have ended so far. */
  readonly moments: number
  /** Another moment has come. True: the run is dead. */
  moment(): boolean
  /** Never rejects, and resolves only with death. */
  readonly death: Promise<'killed'>
  /** What is asked of the outside gets no answer any more: no `catch` and no `finally` of a dead run does anything. */
  readonly gate: Gate
}

export const never = (): Promise<never> => new Promise(() => {})

/** Ends after so many moments; undefined: by itself. */
export function createLife(moments: number | undefined): Life {
  let count = 0
  let isOver = false
  let die = (_: 'killed') => {}
  const death = new Promise<'killed'>((resolve) => {
    die = resolve
  })
  const moment = () => {
    count += 1
    if (count === moments) {
      isOver = true
      die('killed')
    }
    return isOver
  }
  return {
    get isOver() {
      return isOver
    },
    get moments() {
      return count
    },
    moment,
    death,
    async gate(_effect, work) {
      if (moment()) return never()
      try {
        const answer = await work()
        return moment() ? await never() : answer
      } catch (error) {
        if (moment()) return never()
        throw error
      }
    },
  }
}
