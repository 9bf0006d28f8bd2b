/** What an authority does that others do not, drawn from a seed: a renewal must succeed all the same. */
import type { CaFault } from '../../sandbox/ca/faults.ts'
import { oneOf } from './faults.ts'

/** Each so long that it is met more than once. */
export const HABITS: readonly CaFault[] = [
  { how: 'looksInVain', times: 3 },
  { how: 'readyLate', times: 7 },
  { how: 'readyLate', on: 'finalize', times: 2 },
  { how: 'stillProcessing', on: 'order', times: 3, retryAfter: '86400' },
  { how: 'stillProcessing', on: 'authorization', times: 8, retryAfter: '604800' },
  { how: 'nulls', times: 12 },
  { how: 'mislabelsJson', times: 12 },
  { how: 'wantsAccept', times: 12 },
  { how: 'movesDirectory', times: 2 },
  { how: 'textInChain', times: 2 },
  { how: 'alternateIsWhole' },
]

/** What is peculiar about the next renewal, in so many of all; undefined: nothing. */
export const drawHabit = (share: number, random: () => number): CaFault | undefined =>
  random() < share ? oneOf(HABITS, random) : undefined
