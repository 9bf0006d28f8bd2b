import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  accountResource,
  authorizationResource,
  directoryResource,
  orderResource,
  parseAnswer,
  problemDocument,
  renewalInfoResource,
  toOrder,
} from '../../lib/acme/resources.ts'

const CA = 'https://ca.test'
const order = {
  status: 'pending',
  identifiers: [{ type: 'dns', value: 'shop.test' }],
  authorizations: [`${CA}/authz/1`],
  finalize: `${CA}/finalize/1`,
}
const challenge = { type: 'dns-01', url: `${CA}/challenge/1`, status: 'pending', token: 'abc' }
const authorization = { status: 'pending', identifier: { type: 'dns', value: 'shop.test' }, challenges: [challenge] }
const url = (length: number) => `${CA}/`.padEnd(length, 'a')
const moment = (start: string) => v.is(renewalInfoResource, { suggestedWindow: { start, end: '2026-11-23T06:00:00Z' } })

describe('an answer of a certificate authority', () => {
  test('may have URLs of 2048 characters, 200 names and 200 authorizations', () => {
    expect(v.is(orderResource, { ...order, finalize: url(2_048) })).toBe(true)
    expect(v.is(orderResource, { ...order, finalize: url(2_049) })).toBe(false)
    for (const [field, entry] of [
      ['identifiers', order.identifiers[0]],
      ['authorizations', `${CA}/authz/1`],
    ] as const) {
      expect(v.is(orderResource, { ...order, [field]: Array(200).fill(entry) })).toBe(true)
      expect(v.is(orderResource, { ...order, [field]: Array(201).fill(entry) })).toBe(false)
    }
  })

  test.each(['pending', 'ready', 'processing', 'valid', 'invalid'])('may be an order that is %s', (status) => {
    expect(v.is(orderResource, { ...order, status })).toBe(true)
  })

  test.each([
    ['pending', 'authorizations'],
    ['ready', 'finalize'],
  ])('that is an order that is %s must have its %s', (status, field) => {
    for (const nothing of [null, '', undefined]) {
      expect(v.is(orderResource, { ...order, status, [field]: nothing })).toBe(false)
    }
  })

  test.each([
    ['pending', ['authorizations']],
    ['ready', ['finalize']],
    ['processing', []],
    ['valid', []],
    ['invalid', []],
  ])('may be an order that is %s and has nothing that is not used then', (status, used) => {
    const unused = ['identifiers', 'authorizations', 'finalize', 'certificate', 'error', 'expires', 'notBefore']
    for (const nothing of [null, '', undefined]) {
      const empty = Object.fromEntries(
        unused.flatMap((field) => (used.includes(field as never) ? [] : [[field, nothing]])),
      )
      const read = toOrder(
        '',
        parseAnswer(orderResource, { ...order, status, ...empty }, { authority: '', operation: '' }),
      )
      expect(read).toMatchObject({ status, names: [], certificate: undefined, expires: undefined })
    }
  })

  test('that is a valid order has its certificate at https, or nowhere yet', () => {
    const valid = { status: 'valid' }
    expect(v.parse(orderResource, { ...valid, certificate: `${CA}/c` })).toMatchObject({ certificate: `${CA}/c` })
    expect(v.is(orderResource, { ...valid, certificate: 'http://ca.test/c' })).toBe(false)
    expect(v.is(orderResource, { ...order, status: 'ready', certificate: 'none' })).toBe(true)
  })

  test.each([null, '', undefined, {}, 'none', 7, ['x']])(
    'may have %j in a directory in the place of what may be absent',
    (odd) => {
      const urls = { newNonce: `${CA}/n`, newAccount: `${CA}/a`, newOrder: `${CA}/o` }
      const unused = { revokeCert: odd, renewalInfo: odd, keyChange: odd, newAuthz: odd }
      const meta = {
        termsOfService: odd === 'none' ? null : odd,
        externalAccountRequired: odd,
        profiles: odd === 'none' ? null : odd,
      }
      for (const read of [
        v.parse(directoryResource, { ...urls, ...unused, meta: odd }),
        v.parse(directoryResource, { ...urls, ...unused, meta }),
      ]) {
        expect(read).toMatchObject({ ...urls, meta: { externalAccountRequired: false } })
        expect([read.revokeCert, read.renewalInfo, read.meta.termsOfService]).toEqual([undefined, undefined, undefined])
      }
      expect(v.is(directoryResource, { ...urls, newOrder: odd })).toBe(false)
    },
  )

  test.each([null, '', undefined])('may say %j of an account, but no status that is unknown', (nothing) => {
    expect(v.parse(accountResource, { status: nothing, contact: nothing, orders: nothing }).status).toBeUndefined()
    expect(v.is(accountResource, { status: 'suspended' })).toBe(false)
  })

  test('may have subproblems and details that are none', () => {
    const empty = { type: undefined, detail: undefined, instance: undefined, subproblems: undefined }
    for (const nothing of [null, 7])
      expect(
        v.parse(problemDocument, { type: nothing, detail: nothing, instance: nothing, subproblems: nothing }),
      ).toEqual(empty)
  })

  test.each(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked'])(
    'may be an authorization that is %s',
    (status) => {
      expect(v.is(authorizationResource('dns-01'), { ...authorization, status })).toBe(true)
    },
  )

  test.each([
    { type: 'dns-account-01', url: null, status: 'idle', token: 7 },
    { type: 'email-reply-00', url: 'mailto:ca@ca.test', from: null },
    { type: 'tls-alpn-01', status: '', error: 'none' },
    { type: null },
    { url: `${CA}/challenge/9` },
    'http-01',
    null,
    [],
  ])('may have %j beside the challenge that is used', (other) => {
    for (const challenges of [
      [other, challenge],
      [challenge, other],
    ])
      expect(v.parse(authorizationResource('dns-01'), { ...authorization, challenges }).challenges).toMatchObject([
        challenge,
      ])
  })

  test('must say of the challenge that is used where it is answered, and of whom it is', () => {
    for (const nothing of [null, '', undefined]) {
      expect(
        v.is(authorizationResource('dns-01'), { ...authorization, challenges: [{ ...challenge, url: nothing }] }),
      ).toBe(false)
      expect(v.is(authorizationResource('dns-01'), { ...authorization, challenges: nothing })).toBe(false)
      expect(v.is(authorizationResource('dns-01'), { ...authorization, identifier: nothing })).toBe(false)
      const odd = { ...challenge, error: nothing, validated: nothing, status: nothing }
      expect(v.is(authorizationResource('dns-01'), { ...authorization, expires: nothing, challenges: [odd] })).toBe(
        true,
      )
    }
  })

  test.each(['valid', 'invalid', 'deactivated', 'expired', 'revoked'])(
    'may be an authorization that is %s and nothing else',
    (status) => {
      for (const nothing of [null, '', undefined]) {
        const read = v.parse(authorizationResource('dns-01'), { status, identifier: nothing, challenges: nothing })
        expect(read).toMatchObject({ status, challenges: [] })
      }
    },
  )

  test.each(['pending', 'processing', 'valid', 'invalid'])('may have a challenge that is %s', (status) => {
    const read = v.parse(authorizationResource('dns-01'), { ...authorization, challenges: [{ ...challenge, status }] })
    expect(read.challenges).toMatchObject([{ status }])
  })

  test.each(['done', '', 'Pending'])('has no status %j', (status) => {
    expect(v.is(orderResource, { ...order, status })).toBe(false)
    expect(v.is(authorizationResource('dns-01'), { ...authorization, status })).toBe(false)
  })

  test.each(['shop.test', '*.shop.test', '192.0.2.1', '2001:db8::1', 'SHOP.test'])('may be about %s', (value) => {
    expect(v.is(authorizationResource('dns-01'), { ...authorization, identifier: { type: 'dns', value } })).toBe(true)
  })

  test.each(['shop.test.', 'SHOP.Test.', '*.shop.test.'])(
    'means the same name by %s as without dot or capitals',
    (value) => {
      const read = v.parse(authorizationResource('dns-01'), { ...authorization, identifier: { type: 'dns', value } })
      expect(read.identifier?.value).toBe(value.toLowerCase().replace(/\.$/, ''))
    },
  )

  test.each(['', ' shop.test', 'shop.test\n', 'shop/test', 'a'.repeat(256)])('is never about %j', (value) => {
    expect(v.is(authorizationResource('dns-01'), { ...authorization, identifier: { type: 'dns', value } })).toBe(false)
  })

  test.each(['2026-11-22T06:00:00Z', '2026-11-22t06:00:00.123456789z', '2026-11-22T06:00:00+05:30'])(
    'may name the time %s',
    (text) => {
      expect(moment(text)).toBe(true)
    },
  )

  test.each([
    '12026-11-22T06:00:00Z',
    '2026-11-22T06:00:00',
    '2026-11-22T06:00:00Z later',
    '9999-12-31T23:59:59-01:00',
  ])('never names the time %s', (text) => {
    expect(moment(text)).toBe(false)
  })

  test('that is none of this is refused with the place where it differs', () => {
    const operation = { authority: 'ca', operation: 'take an order' }
    expect(() => parseAnswer(orderResource, { ...order, identifiers: [{ type: 'dns' }] }, operation)).toThrow(
      'ca answered with something else than expected at identifiers.0.value when asked to take an order',
    )
    expect(() => parseAnswer(orderResource, 'html', operation)).toThrow(
      'ca answered with something else than expected when asked to take an order',
    )
  })
})
