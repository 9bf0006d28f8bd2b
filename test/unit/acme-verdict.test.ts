import { describe, expect, test } from 'vitest'
import { failing } from '../support/acme-authority.ts'
import { CA, spoiledAuthority } from '../support/fuzz-authority.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'

const names = ['shop.test', '*.shop.test']

/** What an order comes to whose first authorization ends with this problem. */
async function refusedWith(type: string, detail: string) {
  const error = { type: `urn:ietf:params:acme:error:${type}`, detail, status: 400 }
  const challenge = { type: 'dns-01', url: `${CA}/challenge/1`, status: 'invalid', token: 'abc', error }
  const invalid = { status: 'invalid', identifier: { type: 'dns', value: 'shop.test' }, challenges: [challenge] }
  const { authority } = spoiledAuthority('', createMemorySecrets(), undefined, ({ url }) =>
    url === `${CA}/authz/1` ? { status: 200, body: invalid } : undefined,
  )
  return failing(authority.challenges(await authority.newOrder({ names })))
}

test('an order that tells no names has those that were asked for, and one for other names is refused', async () => {
  const answered = (identifiers: object[] | null) =>
    spoiledAuthority('', createMemorySecrets(), undefined, ({ url, method }) =>
      url === `${CA}/order` && method === 'POST'
        ? {
            ...{ status: 201, headers: { location: `${CA}/order/1` } },
            body: { status: 'pending', identifiers, authorizations: [`${CA}/authz/1`], finalize: `${CA}/finalize/1` },
          }
        : undefined,
    ).authority.newOrder({ names })
  expect(await answered(null)).toMatchObject({ url: `${CA}/order/1`, names })
  expect((await failing(answered([{ type: 'dns', value: 'shop.test' }]))).code).toBe('ANSWER_INVALID')
})

test('an account of which nothing more is said is one', async () => {
  const { authority } = spoiledAuthority('', createMemorySecrets(), undefined, ({ url }) =>
    url === `${CA}/account` ? { status: 201, headers: { location: `${CA}/account/1` }, body: {} } : undefined,
  )
  expect(await authority.register()).toBe(`${CA}/account/1`)
})

describe('F-32: DNS that the authority cannot make out', () => {
  test.each([
    ['dns', 'DNS problem: SERVFAIL looking up CAA for shop.test', 'ACME_VALIDATION_FAILED'],
    ['dns', 'DNS problem: SERVFAIL looking up TXT for _acme-challenge.shop.test', 'ACME_VALIDATION_FAILED'],
    ['dns', 'DNSSEC: DNSKEY Missing: validation failure <_acme-challenge.shop.test. TXT IN>', 'ACME_VALIDATION_FAILED'],
    ['caa', 'CAA record for shop.test prevents issuance', 'ACME_CAA'],
  ])('%s: %s', async (type, detail, code) => {
    const failure = await refusedWith(type, detail)
    expect(failure.code).toBe(code)
    expect(failure.message).toContain(`practice could not validate shop.test (${type}): ${detail}`)
    expect(failure.fields.names).toEqual(['shop.test'])
  })
})
