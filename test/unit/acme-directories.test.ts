import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  authorityOptions,
  directories,
  directoryUrl,
  knownCaaIdentities,
  knownOf,
  limitsOf,
} from '../../lib/acme/directories.ts'

const eab = { kid: 'kid-1', hmac: 'secret:zerossl#hmac' }
const problems = (input: unknown) => v.safeParse(authorityOptions, input).issues?.map(({ message }) => message) ?? []

describe('the options of an authority', () => {
  test.each(Object.keys(directories))('%s is a name for a directory', (directory) => {
    const parsed = v.parse(authorityOptions, { directory, agreeToTerms: true, eab })
    expect(parsed.directory).toMatch(/^https:\/\//)
    expect(parsed.eab?.hmac).toEqual({ from: 'secret', name: 'zerossl', field: 'hmac' })
  })

  test.each(['google', 'google-staging', 'zerossl', 'sslcom-rsa', 'sslcom-ecc'])(
    '%s gives no account without an external account binding',
    (directory) => {
      expect(problems({ directory, agreeToTerms: true })).toEqual([
        expect.stringContaining('needs an external account binding'),
      ])
    },
  )

  test.each(['letsencrypt', 'letsencrypt-staging'])('%s gives one to everybody', (directory) => {
    expect(problems({ directory, agreeToTerms: true })).toEqual([])
  })

  test('a directory may be any https URL, which stays as it is written', () => {
    const directory = 'https://ca.internal:9000/acme/directory/'
    expect(v.parse(authorityOptions, { directory, agreeToTerms: true }).directory).toBe(directory)
  })

  test.each([
    [{ directory: 'http://ca.test/directory', agreeToTerms: true }, /expected an https URL or one of: letsencrypt,/],
    [{ directory: 'letsencrpyt', agreeToTerms: true }, /expected an https URL or one of: letsencrypt,/],
    [{ directory: 'letsencrypt', agreeToTerms: false }, /must be true: accounts are only given/],
    [{ directory: 'letsencrypt', agreeToTerms: true, email: 'a@b.c?d' }, /one e-mail address/],
    [{ directory: 'letsencrypt', agreeToTerms: true, email: 'b c@d.e' }, /one e-mail address/],
    [{ directory: 'letsencrypt', agreeToTerms: true, eab: { kid: 'x', hmac: 'canary-token-x' } }, /never the value/],
    [{ directory: 'zerossl', agreeToTerms: true }, /needs an external account binding/],
    [{ directory: 'https://acme.zerossl.com/v2/DV90', agreeToTerms: true }, /needs an external account binding/],
  ])('%j is refused', (input, message) => {
    expect(problems(input).join(' ')).toMatch(message)
    expect(problems(input).join(' ')).not.toContain('canary')
  })
})

describe('what is known of an authority', () => {
  test.each(Object.keys(directories))('what %s is called in CAA records', (name) => {
    const names = knownCaaIdentities(directoryUrl(name))
    expect(names[0]).toMatch(/^(?:letsencrypt\.org|pki\.goog|sectigo\.com|ssl\.com)$/)
    expect(names.every((each) => each === each.toLowerCase())).toBe(true)
  })

  test('ZeroSSL is called by any of the five names of Sectigo in CAA records', () => {
    const names = ['sectigo.com', 'comodo.com', 'comodoca.com', 'usertrust.com', 'trust-provider.com']
    expect(knownCaaIdentities(directoryUrl('zerossl'))).toEqual(names)
  })

  test('what another is called in CAA records nobody knows', () => {
    expect(knownCaaIdentities('https://ca.internal/directory')).toEqual([])
  })

  const week = 7 * 24 * 3_600_000

  test('Let’s Encrypt issues five certificates for the same names in a week, however its directory is written', () => {
    const urls = [directoryUrl('letsencrypt'), 'https://ACME-v02.api.letsencrypt.org:443/directory']
    for (const url of urls) expect(limitsOf(url).issuance).toEqual({ certificates: 5, within: week })
  })

  test.each(Object.keys(directories).filter((name) => name !== 'letsencrypt'))(
    'no number of certificates is known for %s',
    (name) => {
      expect(limitsOf(directoryUrl(name))).not.toHaveProperty('issuance')
    },
  )

  test('nothing is known of a private authority', () => {
    expect(limitsOf('https://ca.internal:9000/acme/directory')).toEqual({})
    expect(limitsOf('https://acme-v02.api.letsencrypt.org/directory2')).toEqual({})
    expect(limitsOf('no URL')).toEqual({})
  })

  test('Let’s Encrypt puts 25 names into a certificate of two of its profiles', () => {
    const namesByProfile = { tlsserver: 25, shortlived: 25 }
    for (const name of ['letsencrypt', 'letsencrypt-staging'])
      expect(limitsOf(directoryUrl(name)).namesByProfile).toEqual(namesByProfile)
    expect(limitsOf(directoryUrl('zerossl'))).toStrictEqual({})
  })

  test('what is not known of it is not said: its limit, its validation, that clients do not trust it', () => {
    const directory = directoryUrl('letsencrypt')
    expect(knownOf({ directory })).toStrictEqual({ directory, issuanceLimit: { certificates: 5, within: week } })
    const own = 'https://ca.internal/directory'
    expect(knownOf({ directory: own, validation: 'dns-01' })).toStrictEqual({ directory: own, validation: 'dns-01' })
  })

  test('what a staging authority issues is not trusted, unless it may replace what is', () => {
    const directory = directoryUrl('letsencrypt-staging')
    expect(knownOf({ directory })).toStrictEqual({ directory, untrusted: true })
    expect(knownOf({ directory, replaceTrusted: false })).toStrictEqual({ directory, untrusted: true })
    expect(knownOf({ directory, replaceTrusted: true })).toStrictEqual({ directory })
  })
})
