import { expect, test } from 'vitest'
import { parseConfig } from '../../lib/config/load.ts'
import { isFailure } from '../../lib/errors.ts'
import { PIECES, place, sound, soundTexts } from '../support/config-text.ts'
import { leaksIn } from '../support/leaks.ts'

/** Mulberry32: the same numbers for the same seed. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test('two thousand mutations of sound configurations are read or refused, and nothing else', async () => {
  const random = numbers(20_261_122)
  const below = (limit: number) => Math.floor(random() * limit)
  const pieces = [...PIECES, 'canary-token-mutation']
  let refused = 0

  for (let round = 0; round < 2_000; round++) {
    let text = soundTexts[below(soundTexts.length)] ?? sound
    for (let times = 1 + below(4); times > 0; times--) {
      const start = below(text.length)
      const end = Math.min(text.length, start + below(random() < 0.2 ? 200 : 6))
      const piece = random() < 0.2 ? text.slice(below(text.length)).slice(0, below(80)) : pieces[below(pieces.length)]
      text = text.slice(0, start) + piece + text.slice(end)
    }
    try {
      expect(Object.isFrozen(await parseConfig(text, place))).toBe(true)
    } catch (error) {
      refused++
      if (!isFailure(error, 'CONFIG_INVALID'))
        throw new Error(`round ${round} threw ${String(error)}`, { cause: error })
      expect(error.fields.mistakes).not.toHaveLength(0)
      const values = (error.fields.mistakes as string[]).filter((mistake) => !/unknown field|a name has/.test(mistake))
      expect(leaksIn(values.map((mistake) => mistake.split(': ').slice(1).join(': ')).join('\n'))).toEqual([])
    }
  }
  expect(refused).toBeGreaterThan(1_000)
}, 60_000)
