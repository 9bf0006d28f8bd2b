import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../lib/config/load.ts'
import { parseOutline } from '../../lib/config/outline.ts'
import { changed, mistakesIn, place, soundTexts, withoutPositions } from '../support/config-text.ts'

const told = (text: string) => parseOutline(text, place).then(() => [], withoutPositions)

describe('the outline of a configuration', () => {
  test.each(soundTexts)('is what the whole says of it: %#', async (text) => {
    const { environment, folder, included, state, certificates } = await parseConfig(text, place)
    expect(certificates[0]?.targets).toMatchObject([{ name: 'fr/edge/https' }])
    expect(await parseOutline(text, place)).toEqual({ environment, folder, included, state, certificates })
  })

  test.each([
    ['a field that the document does not know', { notifi: {} }],
    ['a driver of the state that there is none of', { 'state.use': 'nothing' }],
    ['a balancer’s own option', { 'balancers.us.options.tokenn': 'env:X' }],
    [
      'a listener that its driver does not understand',
      { 'certificates.shop.deploy': [{ balancer: 'fr', frontent: 'x' }] },
    ],
    ['a name in no zone', { 'certificates.shop.names': ['shop.example.org'] }],
    ['a secret by its value', { 'dns.main.options.token': '-----BEGIN PRIVATE KEY-----' }],
  ])('has the mistakes that the whole has: %s', async (_what, changes) => {
    const mistakes = await mistakesIn(changed(changes))
    expect(mistakes).not.toEqual([])
    expect(mistakes).toEqual(expect.arrayContaining(await told(changed(changes))))
    expect(await told(changed(changes))).not.toEqual([])
  })

  test('leaves to the whole what the drivers of secrets, DNS and notifiers want to know', async () => {
    const text = changed({ 'dns.main.options.unknown': 1 })
    expect(await told(text)).toEqual([])
    expect(await mistakesIn(text)).toHaveLength(1)
  })
})
