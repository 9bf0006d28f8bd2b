/** What is found out about an authority without an account or an order. */
import { afterEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { authorityAtPractice, failing } from '../support/acme-authority.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'
import { practiceCa } from '../support/practice-ca.ts'

const practice = await practiceCa()
afterEach(practice.close)
const EAB = { kid: 'one', hmac: { from: 'env', name: 'HMAC' } } as const
const bound = { externalAccounts: { one: 'canary-token-hmac' } }

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
    // A key that is stored is no account yet.
    expect(await failing(authority.newOrder({ names: ['shop.test'] }))).toMatchObject({ code: 'ACME_ACCOUNT_REFUSED' })
    expect(await failing(another().check({}))).toMatchObject({ code: 'ACME_ACCOUNT_REFUSED' })
    await another({ options: { eab: EAB } }).register()
    await another().check({})
  })

  test('for the label of a challenge without a look at its account, unless the label is the account’s own', async () => {
    const { another } = await authorityAtPractice(practice)
    const secrets = { ...createMemorySecrets(), read: () => Promise.reject(new Failure('DENIED', 'no')) }
    expect(await another({ secrets }).challengeLabel?.()).toBe('_acme-challenge')
    const own = another({ secrets, options: { validation: 'dns-account-01' } })
    expect(await failing(Promise.resolve(own.challengeLabel?.()))).toMatchObject({ code: 'DENIED' })
  })
})
