import { DAY, HOUR } from '../../lib/platform/clock.ts'
import type { Scene } from './years.ts'

/** A week at the authority, three days at DNS and at the stores: what certificates of weeks must outlive. */
const LONG = {
  lifetimes: { '90 days': 90 * 24, '64 days': 64 * 24, '45 days': 45 * 24 },
  durations: { authority: 7 * DAY, dns: 3 * DAY, state: 3 * DAY, secrets: 3 * DAY, stores: 3 * DAY },
  quiet: 8 * DAY,
  spell: DAY,
} as const

/** Two days of anything: what certificates of days must outlive. */
const SHORT = {
  lifetimes: { '160 hours': 160, '144 hours': 144 },
  durations: { authority: 2 * DAY, dns: 2 * DAY, state: 2 * DAY, secrets: 2 * DAY, stores: 2 * DAY },
  quiet: 3 * DAY,
  spell: 3 * HOUR,
} as const

/** A certificate of days is renewed a dozen times as often as one of weeks: few of them are enough. */
const SHARE_OF_SHORT = 1 / 12

/** So many certificates of all lifetimes, and so many years. The one that takes longest comes first. */
export function scenesOf(seed: number, years: number, certificates: number): Scene[] {
  const short = Math.max(1, Math.round(certificates * SHARE_OF_SHORT))
  const half = Math.ceil((certificates - short) / 2)
  return [
    { ...SHORT, name: 'days', seed, years, certificates: short },
    { ...LONG, name: 'weeks', seed, years, certificates: half },
    { ...LONG, name: 'weeks again', seed: seed + 1, years, certificates: certificates - short - half },
  ]
}
