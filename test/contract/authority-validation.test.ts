/** The methods of validation, each at a CA that offers that one. */
import { afterEach, describe, expect, test } from 'vitest'
import type { AuthorityOptions } from '../../lib/acme/directories.ts'
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
        challenges.map(({ value }) => value),
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
