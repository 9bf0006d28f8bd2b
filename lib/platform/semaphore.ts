/**
 * Work side by side, as much at once as there are permits. A permit is held by work, and not by waiting: whoever sleeps, or waits
 * for a turn that others have, gives it back meanwhile, and goes on before what has not begun.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../ports.ts'

export interface Semaphore {
  /** Runs work with a permit, once there is one. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** The permit of a piece of work, and of all that it has begun. */
interface Permit {
  giveBack(): void
  takeAgain(): Promise<void>
}

const ownPermit = new AsyncLocalStorage<Permit>()

export function createSemaphore(count: number): Semaphore {
  let free = count
  const resuming: (() => void)[] = []
  const beginning: (() => void)[] = []

  async function take(queue: (() => void)[]): Promise<void> {
    if (free > 0) free -= 1
    else await new Promise<void>((turn) => queue.push(turn))
  }
  function give(): void {
    const next = resuming.shift() ?? beginning.shift()
    if (next === undefined) free += 1
    else next()
  }

  /** Several parts of one work may wait at the same time: the first gives the permit back, and the first takes one again. */
  function permitOf(): Permit {
    let isHeld = true
    let entering: Promise<void> | undefined
    return {
      giveBack() {
        if (!isHeld) return
        isHeld = false
        give()
      },
      async takeAgain() {
        if (isHeld) return
        entering ??= take(resuming).then(() => {
          isHeld = true
          entering = undefined
        })
        await entering
      },
    }
  }

  return {
    async run(work) {
      await take(beginning)
      const permit = permitOf()
      try {
        return await ownPermit.run(permit, work)
      } finally {
        permit.giveBack()
      }
    },
  }
}

/** Others may have the permit of the caller, if it has one, until this is over. */
export async function whileWaiting<T>(wait: () => Promise<T>): Promise<T> {
  const permit = ownPermit.getStore()
  if (permit === undefined) return wait()
  permit.giveBack()
  try {
    return await wait()
  } finally {
    await permit.takeAgain()
  }
}

/** A clock by which whoever sleeps holds no permit. */
export const givingWay = (clock: Clock): Clock => ({
  now: () => clock.now(),
  sleep: (milliseconds) => whileWaiting(() => clock.sleep(milliseconds)),
})
