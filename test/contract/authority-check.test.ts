/** What is found out about an authority without an account or an order. */
import { afterEach, describe, expect, test } from 'vitest'
import { authorityAtPractice, failing } from '../support/acme-authority.ts'
import { practiceCa } from '../support/practice-ca.ts'

const practice = await practiceCa()
afterEach(practice.close)
const EAB = { kid: 'one', hmac: { from: 'env', name: 'HMAC' } } as const
const bound = { externalAccounts: { one: 'Y2FuYXJ5LWtleQ' } }

describe('an authority is checked', () => {
  test('by reading its directory, and nothing else', async () => {
    const { authority, asked } = await authorityAtPractice(practice)
    await authority.check({})
    await authority.check({ profile: 'classic' })
    expect(asked()).toEqual(['GET /directory 200'])
  })

  test('for a profile that it does not offer, which costs no account when it is ordered either', async () => {
    const { authority, asked } = await authorityAtPractice(practice)
    expect(await failing(authority.check({ profile: 'nosuch' }))).toMatchObject({ code: 'ACME_PROFILE' })
    const order = authority.newOrder({ names: ['shop.test'], profile: 'nosuch' })
    expect(await failing(order)).toMatchObject({ code: 'ACME_PROFILE' })
    expect(asked()).toEqual(['GET /directory 200'])
  })

  test('for an account that would have to be bound, as long as there is none', async () => {
    const { authority, another, asked } = await authorityAtPractice(practice, bound)
    expect(await failing(authority.check({}))).toMatchObject({ code: 'ACME_ACCOUNT_REFUSED' })
    await another({ options: { eab: EAB } }).check({})
    expect(asked().filter((line) => line.startsWith('POST'))).toEqual([])
  })
})
