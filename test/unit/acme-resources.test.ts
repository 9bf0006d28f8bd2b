import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { authorizationResource, orderResource, parseAnswer, renewalInfoResource } from '../../lib/acme/resources.ts'

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

  test.each(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked'])(
    'may be an authorization that is %s',
    (status) => {
      expect(v.is(authorizationResource, { ...authorization, status })).toBe(true)
    },
  )

  test.each(['pending', 'processing', 'valid', 'invalid'])('may have a challenge that is %s', (status) => {
    expect(v.is(authorizationResource, { ...authorization, challenges: [{ ...challenge, status }] })).toBe(true)
  })

  test.each(['done', '', 'Pending'])('has no status %j', (status) => {
    expect(v.is(orderResource, { ...order, status })).toBe(false)
    expect(v.is(authorizationResource, { ...authorization, status })).toBe(false)
  })

  test.each(['shop.test', '*.shop.test', '192.0.2.1', '2001:db8::1', 'SHOP.test'])('may be about %s', (value) => {
    expect(v.is(authorizationResource, { ...authorization, identifier: { type: 'dns', value } })).toBe(true)
  })

  test.each(['', ' shop.test', 'shop.test\n', 'shop/test', 'a'.repeat(256)])('is never about %j', (value) => {
    expect(v.is(authorizationResource, { ...authorization, identifier: { type: 'dns', value } })).toBe(false)
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
