import { sha256 } from '../../lib/platform/sha256.ts'

/**
 * A number in [0, 1) that depends on these words alone: a seed gives the same years again, whatever is done side by side and
 * whichever keys are made.
 */
export const draw = (...words: readonly (string | number)[]): number =>
  Number.parseInt(sha256(words.join(' ')).slice(0, 12), 16) / 2 ** 48

/** One of these, by a number in [0, 1). */
export const pick = <T>(list: readonly T[], at: number): T => inTurn(list, Math.floor(at * list.length))

/** One of these after the other. */
export function inTurn<T>(list: readonly T[], number: number): T {
  const chosen = list[number % list.length]
  if (chosen === undefined) throw new Error('nothing to choose from')
  return chosen
}
