import { describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import { annotated } from '../../lib/platform/annotated.ts'
import { isUsedBy, locationIn, withLocation } from '../../lib/policy/location.ts'

const reference = (location: string, text: string) => ({ location, text, check: async () => {} })
const token = reference('balancers.us.options.token', 'env:LINODE')
const [kid, secret] = [
  reference('state.options.accessKeyId', 'env:ID'),
  reference('state.options.secretAccessKey', 'env:KEY'),
]
const eab = reference('acme.authorities.ca.eab.hmac', 'env:EAB')
const both = ['token', 'password'].map((name) => reference(`dns.main.options.${name}`, `env:${name}`))
const references = [
  ...[token, kid, secret, eab, ...both],
  ...[reference('balancers.usa.options.token', 'env:OTHER'), reference('state.options.more', 'env:KEY')],
]
const failed = (code: FailureCode, fields = {}) => new Failure(code, 'no', { fields })

describe('where in the configuration to look first', () => {
  test.each([
    ['balancers.us', failed('DENIED'), 'balancers.us.options.token', 'env:LINODE'],
    ['balancers.us', failed('UNREACHABLE'), 'balancers.us', undefined],
    ['state', failed('REFERENCE_UNRESOLVED', { reference: 'env:KEY' }), 'state.options.secretAccessKey', 'env:KEY'],
    ['state', failed('REFERENCE_UNRESOLVED', { reference: 'env:GONE' }), 'state', undefined],
    ['state', failed('DENIED'), 'state', undefined],
    ['balancers.us.options.token', failed('DENIED'), 'balancers.us.options.token', 'env:LINODE'],
    ['acme.authorities.ca', failed('DENIED'), 'acme.authorities.ca', undefined],
    ['dns.main', failed('DENIED'), 'dns.main', undefined],
    ['state', failed('STORE_UNREADABLE'), 'state', undefined],
    ['acme.authorities.ca', failed('STORE_UNREADABLE'), 'secrets', undefined],
  ])('%s, when it fails with %s, is %s', (part, error, location, text) => {
    expect(locationIn(part, error, references)).toMatchObject({ location, ...(text === undefined ? {} : { text }) })
    expect(locationIn(part, error, references).text).toBe(text)
  })

  test('stands with the failure, with the reference, and never twice', () => {
    const denied = withLocation(failed('DENIED'), 'balancers.us', references)
    expect(denied.fields).toEqual({ location: 'balancers.us.options.token', reference: 'env:LINODE' })
    expect(withLocation(denied, 'secrets', references)).toBe(denied)
    const unresolved = withLocation(failed('REFERENCE_UNRESOLVED', { reference: 'env:KEY' }), 'state', references)
    expect(unresolved.fields).toEqual({ location: 'state.options.secretAccessKey', reference: 'env:KEY' })
    const unreachable = withLocation(failed('UNREACHABLE'), 'balancers.us', references)
    expect(unreachable.fields).toStrictEqual({ location: 'balancers.us' })
    for (const code of ['OUT_OF_TIME', 'TARGET_MISSING', 'LOCKED', 'CHAIN_INVALID'] as const)
      expect(withLocation(failed(code), 'balancers.us', references).fields).toEqual({})
  })
})

test.each([
  ['acme.authorities.ca', true],
  ['acme.authorities.other.eab', true],
  ['acme.authorities.third', false],
  ['balancers.us.options.token', true],
  ['balancers.usa.options.token', false],
  ['dns.main.options.token', true],
  ['secrets.options.masterKey', true],
  ['state.options.accessKeyId', false],
  ['notify.ops.url', false],
])('a certificate depends on what stands at %s: %s', (location, isUsed) => {
  const target = { id: 'us/edge', name: 'us/edge', balancer: 'us', listener: {} }
  const spec = { authorities: ['ca', 'other'], targets: [{ ...target, balancer: 'fr' }, target] } as const
  expect(isUsedBy(location, spec)).toBe(isUsed)
})

test('a port whose failures are told otherwise is the same in everything else', async () => {
  const port = {
    name: 'x',
    async read(one: number, other: number) {
      if (other === 0) throw new Failure('DENIED', 'no')
      return one / other
    },
  }
  const told = annotated(port, (failure) => failure.with({ message: `${failure.message}, never` }))
  expect([told.name, await told.read(6, 3)]).toEqual(['x', 2])
  await expect(told.read(1, 0)).rejects.toMatchObject({ code: 'DENIED', message: 'no, never' })
})
