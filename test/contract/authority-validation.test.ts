/** The methods of validation, each at a CA that offers that one. */
import { afterEach, describe, expect, test } from 'vitest'
import type { AuthorityOptions } from '../../lib/acme/directories.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { generateKey } from '../../lib/x509/key.ts'
import { authorityAtPractice, failing, issueFrom } from '../support/acme-authority.ts'
import { practiceCa } from '../support/practice-ca.ts'

const practice = await practiceCa()
afterEach(practice.close)
const NAMES = ['shop.test', '*.shop.test']
const opened = (validation: AuthorityOptions['validation'], caOptions = {}) =>
  authorityAtPractice(practice, caOptions, { validation })

describe('dns-account-01', () => {
  const method = 'dns-account-01'

  test('shows its values below the label of the account, and nowhere else', async () => {
    const txt = new Map<string, string[]>()
    const resolveTxt = async (name: string) => txt.get(name) ?? []
    const { authority } = await opened(method, { method, resolveTxt })
    await authority.newOrder({ names: ['other.test'] })
    const label = await authority.challengeLabel?.()
    const { chainPem } = await issueFrom(authority, NAMES, (challenges) => {
      txt.set(
        `${label}.shop.test`,
        challenges.map(({ value = '' }) => value),
      )
    })
    expect(chainPem).toContain('BEGIN CERTIFICATE')
    expect(label).toMatch(/^_[a-z2-7]{16}\._acme-challenge$/)
  })

  test('knows the label of an account from an earlier run without asking the authority anything', async () => {
    const { authority, another, asked } = await opened(method, { method })
    expect(await authority.challengeLabel?.()).toBe('_acme-challenge')
    expect(asked()).toEqual([])
    await authority.newOrder({ names: NAMES })
    const label = await authority.challengeLabel?.()
    const before = asked().length
    expect(await another().challengeLabel?.()).toBe(label)
    expect(label).not.toBe('_acme-challenge')
    expect(asked()).toHaveLength(before)
  })

  test('is refused for good where the authority does not offer it, before anything is written to DNS', async () => {
    const { authority } = await opened(method)
    const order = await authority.newOrder({ names: NAMES })
    const failure = await failing(authority.challenges(order))
    expect(failure).toMatchObject({ code: 'ACME_NAME_REFUSED', retry: 'never' })
    expect(failure.message).toBe('practice offers no dns-account-01 challenge for shop.test')
  })

  test('is not taken for dns-01 by an authority that offers nothing else', async () => {
    const { authority } = await opened(undefined, { method })
    const order = await authority.newOrder({ names: NAMES })
    expect((await failing(authority.challenges(order))).message).toBe(
      'practice offers no dns-01 challenge for shop.test',
    )
  })
})

describe('dns-persist-01', () => {
  const method = 'dns-persist-01'
  const CALLED = 'ca.sandbox.test'

  async function persistent(record: (accountUrl: string) => string) {
    const txt = new Map<string, string[]>()
    const resolveTxt = async (name: string) => txt.get(name) ?? []
    const opened = await authorityAtPractice(practice, { method, resolveTxt }, { validation: method })
    const accountUrl = await opened.authority.register()
    txt.set('_validation-persist.shop.test', ['v=spf1 -all', record(accountUrl)])
    return { ...opened, accountUrl }
  }

  test('has a record answer every challenge, for which no value is to be written', async () => {
    const { authority } = await persistent((url) => `${CALLED}; accounturi=${url}; policy=wildcard`)
    const { challenges, chainPem } = await issueFrom(authority, NAMES, () => {})
    expect(challenges.map(({ domain, value }) => [domain, value])).toEqual(NAMES.map(() => ['shop.test', undefined]))
    expect(chainPem).toContain('BEGIN CERTIFICATE')
    expect(await authority.caaIdentities()).toEqual([CALLED])
  })

  test.each<[what: string, record: (url: string) => string]>([
    ['lets it issue for no wildcard', (url) => `${CALLED}; accounturi=${url}`],
    ['names another account', (url) => `${CALLED}; accounturi=${url}0; policy=wildcard`],
    ['names another issuer', (url) => `other.test; accounturi=${url}; policy=wildcard`],
    ['has lapsed', (url) => `${CALLED}; accounturi=${url}; policy=wildcard; persistUntil=1`],
  ])('fails where the record %s', async (_what, record) => {
    const { authority } = await persistent(record)
    const challenges = await authority.challenges(await authority.newOrder({ names: NAMES }))
    expect(await failing(authority.answer(challenges))).toMatchObject({ code: 'ACME_VALIDATION_FAILED' })
  })

  test('registers the account that records are to name, once and without an order', async () => {
    const { authority, another, asked } = await opened(method, { method })
    expect(await authority.accountUrl()).toBeUndefined()
    const accountUrl = await authority.register()
    expect(await authority.accountUrl()).toBe(accountUrl)
    expect(await another().register()).toBe(accountUrl)
    expect(asked().filter((line) => /POST.*(newAccount|new-account)/.test(line))).toHaveLength(1)
    expect(asked().filter((line) => /order/i.test(line))).toEqual([])
  })

  test('never registers another account in the place of one that records name', async () => {
    const { authority, another, secrets } = await opened(method, { method })
    const accountUrl = await authority.register()
    const { value } = (await secrets.read('account/practice', 'current')) ?? {}
    const gone = value?.reveal().replace(accountUrl, `${accountUrl}0815`) ?? ''
    const stored = JSON.parse(gone)
    stored.privateKeyPem = (await generateKey('ecdsa-p256')).reveal()
    const version = await secrets.stage('account/practice', new Secret(JSON.stringify(stored)))
    await secrets.activate('account/practice', version, (await secrets.read('account/practice', 'current'))?.version)
    const failure = await failing(another().newOrder({ names: NAMES }))
    expect(failure.code).toBe('ACME_ACCOUNT_MISSING')
    expect(failure.message).toContain(`knows no account ${accountUrl}0815 of the stored key`)
    expect(failure.message).toContain('delete the secret account/practice')
  })
})
