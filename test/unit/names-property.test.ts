import { domainToUnicode } from 'node:url'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../lib/config/load.ts'
import { certificateName } from '../../lib/config/names.ts'
import { canonical } from '../../lib/dns/names.ts'
import { chooseProviders } from '../../lib/dns/provider.ts'
import { sameSet } from '../../lib/policy/order-spec.ts'
import { sameNames } from '../../lib/x509/certificate.ts'
import { changed, place } from '../support/config-text.ts'

const seed = 20_261_122
const label = fc.constantFrom('shop', 'a-b', 'x1', 'bücher', 'straße', '例え', 'пример', '0')
/** Names below example.com, plain and wildcards. */
const name = fc.tuple(fc.boolean(), fc.array(label, { minLength: 1, maxLength: 3 })).map(([wildcard, labels]) => {
  const host = `${labels.join('.')}.example.com`
  return wildcard ? `*.${host}` : host
})
/** The same name as somebody else would write it: other cases (DNS 0x20), a final dot, another script. */
const written = fc
  .tuple(name, fc.infiniteStream(fc.boolean()), fc.boolean(), fc.boolean())
  .map(([text, upper, dot, decoded]) => {
    const ascii = v.parse(certificateName, text)
    const base = decoded ? domainToUnicode(ascii.replace('*.', '')) : ascii.replace('*.', '')
    const mixed = [...base].map((letter) =>
      upper.next().value && /[a-z]/.test(letter) ? letter.toUpperCase() : letter,
    )
    return { ascii, other: `${ascii.startsWith('*') ? '*.' : ''}${mixed.join('')}${dot ? '.' : ''}` }
  })

const provider = { addTxt: async () => {}, removeTxt: async () => {} }

describe('F-34: a name', () => {
  test('is the same A-label in lower case, in whatever case, script and form it was written', () => {
    fc.assert(
      fc.property(written, ({ ascii, other }) => {
        expect(v.parse(certificateName, other)).toBe(ascii)
        expect(ascii).toMatch(/^(\*\.)?[a-z0-9.-]+$/)
      }),
      { seed, numRuns: 500 },
    )
  })

  test('is the same to DNS, and belongs to the same provider, in whatever case a server gives it back', () => {
    const providers = { main: { provider, zones: ['Example.COM.'] }, other: { provider, zones: ['example.net'] } }
    const cased = fc.tuple(name, fc.infiniteStream(fc.boolean())).map(([text, upper]) => {
      const ascii = v.parse(certificateName, text).replace('*.', '')
      return { ascii, given: `${[...ascii].map((each) => (upper.next().value ? each.toUpperCase() : each)).join('')}.` }
    })
    fc.assert(
      fc.property(cased, ({ ascii, given }) => {
        expect(canonical(given)).toBe(ascii)
        expect(chooseProviders(`_acme-challenge.${ascii}`, 'example.com', providers)).toEqual(['main'])
      }),
      { seed, numRuns: 200 },
    )
  })
})

describe('F-34: names', () => {
  const several = fc.uniqueArray(written, { minLength: 1, maxLength: 6, selector: ({ ascii }) => ascii })
  const shuffled = several.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  )

  test('are the same set in whatever order they stand', () => {
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const [left, right] = [one, other].map((all) => all.map(({ ascii }) => ascii)) as [string[], string[]]
        expect([sameSet(left, right), sameNames(left, right)]).toEqual([true, true])
        expect(sameSet(left, [...right.slice(1), 'more.example.com'])).toBe(false)
      }),
      { seed, numRuns: 300 },
    )
  })

  test('give the same hash of the configuration, so that nothing is ordered for another spelling', async () => {
    const hashOf = async (names: readonly string[]) => {
      const text = changed({ 'certificates.shop.names': names })
      return (await parseConfig(text, place).catch(() => undefined))?.certificates[0]?.configHash
    }
    let compared = 0
    await fc.assert(
      fc.asyncProperty(shuffled, async ([one, other]) => {
        const hash = await hashOf(one.map(({ ascii }) => ascii))
        if (hash !== undefined) compared += 1 // not beside a wildcard that covers it
        expect(await hashOf(other.map(({ other: text }) => text))).toBe(hash)
      }),
      { seed, numRuns: 100 },
    )
    expect(compared).toBeGreaterThan(30)
  })
})
