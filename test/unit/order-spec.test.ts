import { describe, expect, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import {
  isFrom,
  isReady,
  isSameOrder,
  matches,
  orderKindOf,
  orderSpecOf,
  reduced,
  uncovered,
} from '../../lib/policy/order-spec.ts'
import type { OrderSpec, StoredCertificate } from '../../lib/secrets/codec.ts'
import type { CertificateSpec, Issuer } from '../../lib/types.ts'
import { shop } from '../support/memory-world.ts'

const now = new Date('2026-11-22T06:00:00Z')
const later = (days: number) => new Date(now.getTime() + days * 86_400_000)
const CA: Issuer = { authority: 'ca', directory: 'https://ca.example' }
const ordered = orderSpecOf(shop, CA, 'test')
const stored = (orderSpec: OrderSpec, notAfter = later(60)): StoredCertificate => ({
  ...{ kind: 'certificate', orderSpec },
  certificate: {
    ...{ names: orderSpec.names, serial: '01', fingerprint: 'ab', keyAlgorithm: 'ecdsa-p256', issuer: 'CN=CA' },
    ...{ notBefore: later(-30), notAfter, chainPem: '', privateKeyPem: new Secret('') },
  },
})

test('what is ordered is noted with its authority and directory, and with its profile where there is one', () => {
  expect(ordered).toStrictEqual({ ...CA, names: shop.names, key: 'ecdsa-p256', environment: 'test' })
  expect(orderSpecOf({ ...shop, profile: 'short' }, { authority: 'ca' }, 'test')).toStrictEqual({
    ...{ authority: 'ca', names: shop.names, key: 'ecdsa-p256', profile: 'short', environment: 'test' },
  })
})

describe('what was ordered is still what is asked for', () => {
  test.each<[situation: string, fits: boolean, was: Partial<OrderSpec>, spec: Partial<CertificateSpec>]>([
    ['when nothing has changed', true, {}, {}],
    ['when the names stand in another order', true, { names: [...shop.names].reverse() }, {}],
    ['not when a name is missing', false, { names: ['shop.example'] }, {}],
    ['not when there is one name more', false, { names: [...shop.names, 'more.example'] }, {}],
    ['not when there are other names, as many', false, { names: ['shop.example', 'more.example'] }, {}],
    ['not with another key', false, { key: 'rsa-2048' }, {}],
    ['with another key, when it was brought', true, { key: 'rsa-2048' }, { imported: true }],
    ['not with another profile', false, { profile: 'short' }, { profile: 'long' }],
    ['not without the profile', false, {}, { profile: 'short' }],
    ['not from another authority', false, { authority: 'old' }, {}],
    ['not from another authority of that name', false, { directory: 'https://old.example' }, {}],
  ])('%s', (_situation, fits, was, spec) => {
    const { directory: _none, ...unknown } = ordered
    expect(matches({ ...ordered, ...was }, { ...shop, ...spec }, [{ authority: 'other' }, CA])).toBe(fits)
    if (!('directory' in was)) expect(matches({ ...unknown, ...was }, { ...shop, ...spec }, [CA])).toBe(fits)
  })

  test('not when the configuration names no authority any more that has issued it', () => {
    expect(matches(ordered, shop, [{ authority: 'other' }])).toBe(false)
    expect(matches(ordered, shop, [])).toBe(false)
  })
})

test.each<[from: Partial<Issuer>, issuer: Issuer, same: boolean]>([
  [CA, CA, true],
  [CA, { ...CA, authority: 'renamed' }, false],
  [CA, { ...CA, directory: 'https://new.example' }, false],
  [CA, { authority: 'ca' }, true],
  [{ authority: 'ca' }, CA, true],
])('what is noted of %j is from %j: %s', (from, issuer, same) => {
  expect(isFrom({ authority: '', ...from }, issuer)).toBe(same)
})

test.each<[situation: string, isSame: boolean, other: Partial<OrderSpec>]>([
  ['is the same at another authority', true, { authority: 'other', directory: 'https://other.example' }],
  ['is the same with its names in another order', true, { names: [...shop.names].reverse() }],
  ['is another one for other names', false, { names: ['shop.example', 'more.example'] }],
  ['is another one for another key', false, { key: 'rsa-2048' }],
  ['is another one with a profile', false, { profile: 'short' }],
])('an order %s', (_situation, isSame, other) => {
  expect(isSameOrder(ordered, { ...ordered, ...other })).toBe(isSame)
})

test.each<[had: readonly string[] | undefined, left: readonly string[] | undefined, order: 'issue' | 'expand']>([
  [undefined, undefined, 'issue'],
  [['old.example'], undefined, 'issue'],
  [shop.names, undefined, 'issue'],
  [[...shop.names, 'old.example'], undefined, 'issue'],
  [['shop.example'], ['shop.example'], 'expand'],
  [['shop.example', 'old.example'], ['shop.example'], 'expand'],
])('of a certificate for %j there is left %j: the order is to %s', (had, left, order) => {
  const was = had && { ...ordered, names: had }
  expect(reduced(shop, was)?.names).toEqual(left)
  expect([orderKindOf(shop, was, false), orderKindOf(shop, was, true)]).toEqual([order, 'issue'])
})

describe('what is pending can be deployed', () => {
  const narrow = { ...ordered, names: ['shop.example'] }
  const ready = (pending: Parameters<typeof isReady>[0]['pending'], had = ordered) =>
    isReady({ current: stored(had), pending }, shop, [CA], now)
  test.each([
    ['when it is for all names', ready(stored(ordered)), true],
    ['when it is for those of them that the current one has', ready(stored(narrow), narrow), true],
    ['not when it is for fewer names than the current one has', ready(stored(narrow)), false],
    ['not when it is for other names', ready(stored({ ...ordered, names: ['new.example'] }), narrow), false],
    ['not when it ends now', ready(stored(ordered, now)), false],
    ['when it ends a moment later', ready(stored(ordered, new Date(now.getTime() + 1))), true],
    ['not when it is a key alone', ready({ kind: 'key', orderSpec: ordered, privateKeyPem: new Secret('') }), false],
    ['not when there is nothing', ready(undefined), false],
  ])('%s', (_situation, is, expected) => {
    expect(is).toBe(expected)
  })
})

test('a certificate does without those names that are asked for and that it does not name', () => {
  expect(uncovered(shop, { names: ['shop.example', 'old.example'] })).toEqual(['*.shop.example'])
  expect(uncovered(shop, shop)).toEqual([])
  expect(uncovered(shop, undefined)).toEqual([])
})
