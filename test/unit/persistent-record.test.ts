/** What TXT values say to who validates by persistent records (draft-ietf-acme-dns-persist-01 §4.1). */
import { describe, expect, test } from 'vitest'
import { type PersistentRequest, persistenceOf, recordFor } from '../../lib/policy/persistent-record.ts'

const OURS = 'https://ca.example/acct/123'
const now = new Date('2026-11-28T12:00:00Z')
const request: PersistentRequest = {
  ...{ domain: 'example.com', isWildcard: false, authority: 'google' },
  ...{ identities: ['authority.example', 'ca.example.net'], accountUrl: OURS },
}
const seconds = (date: string) => Date.parse(date) / 1_000
const LATER = seconds('2027-03-01T00:00:00Z')
const good = `authority.example; accounturi=${OURS}`
const persistence = (values: readonly string[], change: Partial<PersistentRequest> = {}) =>
  persistenceOf(values, { ...request, ...change }, now)
const message = (values: readonly string[], change: Partial<PersistentRequest> = {}) =>
  persistence(values, change).error?.message ?? ''

describe('a domain is validated by a record', () => {
  test.each<[what: string, values: readonly string[]]>([
    ['of the example of the draft', [good]],
    ['with any of the authority’s names', [`ca.example.net; accounturi=${OURS}`]],
    ['whatever blanks there are', [`  authority.example ;\taccounturi = ${OURS} `]],
    ['whose issuer is in any case', [`Authority.EXAMPLE; accounturi=${OURS}`]],
    ['whose tags are in any case', [`authority.example; AccountURI=${OURS}; PERSISTUNTIL=${LATER}`]],
    ['with parameters that nobody knows', [`authority.example; a-b=1; accounturi=${OURS}`]],
    ['with a policy that nobody knows', [`${good}; policy=strict`]],
    ['beside those of others', ['other.example; accounturi=https://other.example/1', good, 'v=spf1 -all']],
    ['beside flawed ones of its own', [`${good}; persistUntil=1`, `${good};`, good]],
  ])('%s', (_what, values) => {
    expect(persistence(values).error).toBeUndefined()
  })

  test('for wildcards too where its policy says so, in any case', () => {
    expect(persistence([`${good}; policy=WildCard`], { isWildcard: true }).error).toBeUndefined()
  })

  test('until the last of the good ones lapses, or for ever', () => {
    const until = (...values: string[]) => persistence(values).until?.toISOString()
    expect(until(`${good}; persistUntil=${LATER}`, `${good}; persistUntil=${LATER - 9}`)).toBe(
      '2027-03-01T00:00:00.000Z',
    )
    expect(until(`${good}; persistUntil=${LATER}`, good)).toBeUndefined()
    expect(until(`${good}; persistUntil=${LATER}`, `${good}; persistUntil=1`)).toBe('2027-03-01T00:00:00.000Z')
  })
})

describe('a domain is not validated', () => {
  const record = `_validation-persist.example.com. 3600 IN TXT "${good}; persistUntil=${seconds('2027-11-29T00:00:00Z')}"`

  test.each<[values: readonly string[], expected: string]>([
    [[], 'there is no TXT record at _validation-persist.example.com, by which google is to validate: add'],
    [
      ['other.example; accounturi=x', 'my.authority.example'],
      'the TXT records at _validation-persist.example.com are for others than google (authority.example, ca.example.net): add',
    ],
    [
      ['authority.example; accounturi=https://ca.example/acct/1234'],
      'the record "authority.example; accounturi=https://ca.example/acct/1234" at _validation-persist.example.com names another account at google than newleaf’s: add',
    ],
    [
      [`authority.example; accounturi=${OURS.toUpperCase()}`],
      `the record "authority.example; accounturi=${OURS.toUpperCase()}" at _validation-persist.example.com names another account at google than newleaf’s: add`,
    ],
    ...['', '; policy=wildcard', `; accounturi=`].map((rest): [string[], string] => [
      [`authority.example${rest}`],
      rest === '; accounturi='
        ? 'the record "authority.example; accounturi=" at _validation-persist.example.com names another account at google than newleaf’s: add'
        : `the record "authority.example${rest}" at _validation-persist.example.com is malformed: put`,
    ]),
    ...[
      ';',
      '; policy',
      `; accounturi=${OURS}`,
      '; persistUntil=soon',
      '; persistUntil=1x',
      '; persistUntil=x1',
      '; persistUntil=',
      '; ',
      '; a=b c',
    ].map((rest): [string[], string] => [
      [`${good}${rest}`],
      `the record "${good}${rest}" at _validation-persist.example.com is malformed: put`,
    ]),
    [
      [`${good}; persistUntil=${now.getTime() / 1_000}`],
      `the record "${good}; persistUntil=${now.getTime() / 1_000}" at _validation-persist.example.com lapsed on 2026-11-28T12:00:00.000Z: put`,
    ],
  ])('by %j', (values, expected) => {
    expect(message(values)).toBe(`${expected} \`${record}\`${expected.endsWith('put') ? ' in its place' : ''}`)
    expect(persistence(values).error).toMatchObject({
      ...{ code: 'DNS_NO_RECORD', retry: 'never' },
      fields: { authority: 'google', names: ['example.com'], record },
    })
  })

  test('by a record of which two hundred letters are shown', () => {
    const long = (length: number) => `authority.example; a=${'x'.repeat(length - 21)}`
    expect(message([long(200)])).toContain(`the record "${long(200)}" at`)
    expect(message([long(201)])).toContain(`the record "${long(201).slice(0, 200)}…" at`)
  })

  test('for wildcards by a record without their policy, and the one to place has it', () => {
    const said = message([good], { isWildcard: true })
    expect(said).toContain('lets google issue nothing for *.example.com, for want of policy=wildcard: put')
    expect(said).toContain(`accounturi=${OURS}; policy=wildcard; persistUntil=`)
    expect(message([`${good}; policy=wild`], { isWildcard: true })).toBe(said.replace(good, `${good}; policy=wild`))
  })

  test('for the flaw that is the least to mend', () => {
    const other = 'authority.example; accounturi=https://ca.example/acct/9'
    const lapsed = `${good}; persistUntil=1`
    expect(message(['x', other, lapsed])).toContain('lapsed on 1970-01-01T00:00:01.000Z')
    expect(message(['x', other, `${good};`])).toContain('another account')
    expect(message(['x', `${good};`])).toContain('malformed')
    expect(persistence(['x', `${good};`]).until).toBeUndefined()
    expect(persistence(['x', other, lapsed]).until).toEqual(new Date(1_000))
  })

  test('where the authority does not say what it is called, and no record can be shown', () => {
    const { error } = persistence([good], { identities: [] })
    expect(error).toMatchObject({ code: 'ACME_NAME_REFUSED', retry: 'never' })
  })
})

describe('the record to place', () => {
  test('always lapses, a year from now at the end of a day', () => {
    for (const isWildcard of [false, true]) {
      const until = /persistUntil=(\d+)"$/.exec(recordFor({ ...request, isWildcard }, now))?.[1]
      expect(new Date(Number(until) * 1_000).toISOString()).toBe('2027-11-29T00:00:00.000Z')
    }
  })

  test('is one that validates the domain', () => {
    for (const isWildcard of [false, true]) {
      const value = /"(.*)"/.exec(recordFor({ ...request, isWildcard }, now))?.[1] ?? ''
      expect(persistence([value], { isWildcard }).error).toBeUndefined()
    }
  })

  test('is written in strings of at most 255 octets', () => {
    const accountUrl = `https://ca.example/${'a'.repeat(300)}`
    const strings = [...recordFor({ ...request, accountUrl }, now).matchAll(/"([^"]*)"/g)].map(([, text = '']) => text)
    expect(strings.map(({ length }) => length <= 255)).toEqual([true, true])
    expect(persistence([strings.join('')], { accountUrl }).error).toBeUndefined()
  })
})
