import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { challengeLabel } from '../../lib/acme/challenge-label.ts'

const ACCOUNT = 'https://example.com/acme/acct/ExampleAccount'

describe('what stands before a name where its TXT value belongs', () => {
  test('is with dns-account-01 the label of the account, as in the example of the draft', () => {
    expect(challengeLabel('dns-account-01', ACCOUNT)).toBe('_ujmmovf2vn55tgye._acme-challenge')
  })

  test('is another one for each account, in sixteen letters and digits', () => {
    const accounts = Array.from({ length: 500 }, (_, at) => `https://ca.test/account/${at}`)
    const labels = accounts.map((account) => challengeLabel('dns-account-01', account))
    expect(new Set(labels).size).toBe(500)
    for (const [at, label] of labels.entries()) {
      const written = /^_([a-z2-7]{16})\._acme-challenge$/.exec(label)?.[1] ?? ''
      const bits = [...written].map((digit) => BigInt('abcdefghijklmnopqrstuvwxyz234567'.indexOf(digit)))
      const number = bits.reduce((sum, bit) => sum * 32n + bit, 0n)
      const digest = createHash('sha256')
        .update(accounts[at] ?? '')
        .digest('hex')
      expect(number.toString(16).padStart(20, '0')).toBe(digest.slice(0, 20))
    }
  })

  test('is _acme-challenge with dns-01, and as long as there is no account', () => {
    expect(challengeLabel('dns-01', ACCOUNT)).toBe('_acme-challenge')
    expect(challengeLabel('dns-account-01', undefined)).toBe('_acme-challenge')
  })
})
