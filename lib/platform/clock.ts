import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../ports.ts'

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds) => {
    await wait(milliseconds)
  },
}

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const after = (from: Date, milliseconds: number): Date => new Date(from.getTime() + milliseconds)

/**
 * Whether what is looked at once a day was looked at for today; no run waits for the full day, which the next one may just miss. What lies
 * in the future was noted by a clock that was wrong.
 */
export const isForToday = (seen: Date | undefined, now: Date): boolean =>
  seen !== undefined && seen <= now && now < after(seen, 22 * HOUR)
