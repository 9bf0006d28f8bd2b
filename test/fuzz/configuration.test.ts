import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { parseConfig } from '../../lib/config/load.ts'
import { isFailure } from '../../lib/errors.ts'
import { changed, PIECES, place, soundTexts } from '../support/config-text.ts'
import { cut, cuts, mutated, mutations } from '../support/damage.ts'
import { accepted, fuzz } from '../support/fuzz.ts'
import { hostileText } from '../support/hostile.ts'

const document = JSON.parse(changed({ notify: { ops: { use: 'slack', options: { url: 'secret:slack' } } } })) as object

/** It is read, frozen through and through, or refused with at least one mistake; and nothing of it stays behind. */
async function check(text: string): Promise<void> {
  const config = await accepted(() =>
    parseConfig(text, place).catch((error: unknown) => {
      if (isFailure(error, 'CONFIG_INVALID')) expect(error.fields.mistakes).not.toHaveLength(0)
      throw error
    }),
  )
  if (config === undefined) return
  expect(isFrozen(config)).toBe(true)
  expect(config.certificates.every(({ names, targets }) => names.length > 0 && targets.length > 0)).toBe(true)
  expect(Object.keys(Object.prototype)).toEqual([])
}

const isFrozen = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen))

describe('F-80: a configuration', () => {
  fuzz(
    'of damaged YAML or JSON is read or refused',
    fc.tuple(
      fc.constantFrom(...soundTexts),
      cuts(5, fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PIECES) }, hostileText)),
    ),
    ([text, changes]) => check(cut(text, changes)),
    { share: 1 / 2 },
  )

  fuzz(
    'with parts that are something else, or called something else, is read or refused',
    mutations(5),
    (changes) => check(JSON.stringify(mutated(document, changes)) ?? ''),
    { share: 1 / 2 },
  )
})
