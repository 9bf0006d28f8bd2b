import { expect, test } from 'vitest'
import { assigned, chooseProviders, type Providers } from '../../lib/dns/provider.ts'

const provider = { addTxt: async () => {}, removeTxt: async () => {} }

const configured = (zones: Record<string, string[] | undefined>): Providers =>
  Object.fromEntries(
    Object.entries(zones).map(([name, list]) => [name, list === undefined ? { provider } : { provider, zones: list }]),
  )

test.each([
  ['the only one that takes any', { any: undefined }, 'example.com', 'any'],
  ['the one that lists the zone', { any: undefined, listed: ['example.com'] }, 'example.com', 'listed'],
  ['the one with the longest zone', { a: ['example.com'], b: ['shop.example.com'] }, 'example.com', 'b'],
  ['whatever the case and the final dot', { a: ['Example.COM.'] }, 'example.com', 'a'],
  [
    'the one that takes any, for a zone cut off from a listed one',
    { any: undefined, a: ['example.com'] },
    'shop.example.com',
    'any',
  ],
])('F-30: the provider of a record is %s', (_title, zones: Record<string, string[] | undefined>, zone, wanted) => {
  expect(chooseProviders('_acme-challenge.shop.example.com', zone, configured(zones))).toEqual([wanted])
})

test.each([
  [
    'two that fit alike are named',
    { a: ['example.com'], b: ['example.com'] },
    'example.com',
    /a and b.*together: true/,
  ],
  ['two that take any are named', { a: undefined, b: undefined }, 'example.com', /a and b/],
  [
    'one that fits less is not named',
    { a: ['example.com'], b: ['example.com'], c: undefined },
    'example.com',
    /a and b alike/,
  ],
  ['none fits', { a: ['example.net'] }, 'example.com', /zone example\.com, for which no DNS provider/],
  ['a listed zone does not end inside a label', { a: ['p.example.com'] }, 'example.com', /no DNS provider/],
  [
    'a delegated zone below a listed one is told',
    { a: ['example.com'] },
    'shop.example.com',
    /zone shop\.example\.com, a delegated zone below example\.com of the DNS provider a/,
  ],
  [
    'a top-level domain is nobody’s',
    { a: undefined },
    'com',
    /zone com, and in no zone below it: see whether .* registered/,
  ],
  [
    'a zone that this network alone may know is to be looked up elsewhere',
    { a: ['example.com'] },
    'shop.example.com',
    /add it to the zones .*, or, if the world does not know that zone .*`dns\.resolvers`/,
  ],
  [
    'so is one that nobody lists',
    { a: ['example.net'] },
    'example.com',
    /`dns\.resolvers` to resolvers outside of it$/,
  ],
])('F-30: no provider: %s', (_title, zones: Record<string, string[] | undefined>, zone, message) => {
  const choose = () => chooseProviders('_acme-challenge.shop.example.com', zone, configured(zones))
  expect(choose).toThrow(expect.objectContaining({ code: 'DNS_NO_PROVIDER', message: expect.stringMatching(message) }))
})

test.each<[string, zones: Record<string, string[]>, together: string[], wanted: string[] | undefined]>([
  ['all of them have it', { a: ['example.com'], b: ['example.com'] }, ['a', 'b'], ['a', 'b']],
  ['one of them does not say so', { a: ['example.com'], b: ['example.com'] }, ['a'], undefined],
  ['one lists a longer zone', { a: ['example.com'], b: ['shop.example.com'] }, ['a', 'b'], ['b']],
  ['three serve it', { a: ['example.com'], b: ['Example.com.'], c: ['example.com'] }, ['a', 'b', 'c'], ['a', 'b', 'c']],
])('providers that serve a zone together: %s', (_, zones, together, wanted) => {
  const providers = Object.fromEntries(
    Object.entries(zones).map(([name, list]) => [name, { provider, zones: list, together: together.includes(name) }]),
  )
  const choose = () => chooseProviders('_acme-challenge.shop.example.com', 'example.com', providers)
  if (wanted === undefined) expect(choose).toThrow(expect.objectContaining({ code: 'DNS_NO_PROVIDER' }))
  else expect(choose()).toEqual(wanted)
})

test('providers that list no zone are none that serve one together', () => {
  const providers = { a: { provider, together: true }, b: { provider, together: true } }
  expect(() => chooseProviders('_acme-challenge.example.com', 'example.com', providers)).toThrow('a and b')
})

test.each([
  ['stays under its provider while that is configured', { old: ['example.net'], new: undefined }, 'old'],
  ['is under the provider of its zone once its own is gone', { new: ['example.com'], any: undefined }, 'new'],
  ['is under nobody where no other fits', { new: ['example.net'] }, undefined],
  ['is under nobody where two fit alike', { a: ['example.com'], b: ['example.com'] }, undefined],
])('a TXT record that was added %s', (_title, zones: Record<string, string[] | undefined>, wanted) => {
  const record = { name: '_acme-challenge.example.com', value: 'x', zone: 'example.com', provider: 'old' }
  expect(assigned(record, configured(zones))).toEqual(wanted && { ...record, provider: wanted })
})
