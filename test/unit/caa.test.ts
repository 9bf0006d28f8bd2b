/** What CAA records say (RFC 8659, RFC 8657), and what is said of them. */
import { describe, expect, test } from 'vitest'
import { type CaaRequest, namesAccount, prohibitionIn, recordNaming } from '../../lib/policy/caa.ts'
import { accountNamed, caaRefusals } from '../../lib/policy/caa-refusal.ts'

const OURS = 'https://ca.example/account/1'
const request: CaaRequest = { isWildcard: false, identities: ['ca.example', 'other.ca.example'], accountUrl: OURS }
const why = (records: readonly string[], change: Partial<CaaRequest> = {}) =>
  prohibitionIn(records, { ...request, ...change })?.why

describe('CAA records let an authority issue', () => {
  test.each<[what: string, records: readonly string[], isWildcard?: boolean]>([
    ['that is named', ['0 issue "ca.example"']],
    ['by whichever of its names', ['0 issue "other.ca.example"']],
    ['beside others', ['0 issue "another.example"', '0 issue "ca.example"']],
    ['in whichever case', ['0 ISSUE "CA.Example"']],
    ['with blanks around', ['0 issue " \tca.example  "']],
    ['with an empty end', ['0 issue "ca.example;"']],
    ['with an empty end after blanks', ['0 issue "ca.example ; "']],
    ['with parameters of its own', ['0 issue "ca.example; policy=ev; a-b=1"']],
    ['with a parameter that has no value', ['0 issue "ca.example; policy="']],
    ['for our account', [`0 issue "ca.example; accounturi=${OURS}"`]],
    ['for our account, with blanks', [`0 issue "ca.example ;\taccounturi = ${OURS} "`]],
    [
      'for our account among others',
      ['0 issue "ca.example; accounturi=https://x"', `0 issue "ca.example; accounturi=${OURS}"`],
    ],
    ['by our method', ['0 issue "ca.example; validationmethods=dns-01"']],
    ['by our method among others', ['0 issue "ca.example; validationmethods=http-01,dns-01"']],
    ['for our account and by our method', [`0 issue "ca.example; validationmethods=dns-01; accounturi=${OURS}"`]],
    ['where nothing but wildcards is spoken of', ['0 issuewild "another.example"']],
    ['where nothing of issuing is said', ['0 iodef "mailto:a@b.example"', '0 issuemail ";"']],
    ['where a tag is unknown, and need not be known', ['0 tbs "Unknown"']],
    ...['issuewild', 'issuemail', 'issuevmc', 'iodef', 'contactemail', 'contactphone', 'ISSUEMAIL'].map(
      (tag): [string, string[]] => [`where the tag ${tag} is critical`, [`128 ${tag} "x"`, '128 issue "ca.example"']],
    ),
    ['where a bit is set that means nothing', ['1 tbs "Unknown"', '127 tbs "Unknown"']],
    ['a wildcard, as a name', ['0 issue "ca.example"'], true],
    ['a wildcard alone', ['0 issue ";"', '0 issuewild "ca.example"'], true],
    ['nobody of whom anything is said', []],
  ])('%s', (_what, records, isWildcard = false) => {
    expect(why(records, { isWildcard })).toBeUndefined()
  })
})

describe('CAA records forbid an authority to issue', () => {
  test.each<[what: string, records: readonly string[], expected: string, isWildcard?: boolean]>([
    ['that is not named', ['0 issue "another.example"'], 'authority'],
    ['that has the end of a name', ['0 issue "my.ca.example"', '0 issue "example"'], 'authority'],
    ['where nobody is named', ['0 issue ";"'], 'authority'],
    ['where nobody is named, in whichever case', ['0 Issue ";"'], 'authority'],
    ['where nothing is named', ['0 issue ""'], 'authority'],
    ['where nobody is named, with parameters', ['0 issue "; policy=ev"'], 'authority'],
    ['where what is named is no name', ['0 issue "%%%%%"'], 'authority'],
    ['whose name ends with a dot', ['0 issue "ca.example."'], 'authority'],
    ['where a critical tag is unknown', ['128 tbs "Unknown"', '0 issue "ca.example"'], 'critical'],
    ['where more bits than that are set', ['129 tbs "Unknown"'], 'critical'],
    ['where a parameter has no value at all', ['0 issue "ca.example; policy"'], 'malformed'],
    [
      'that is named in whichever case, where a parameter has no value',
      ['0 issue " CA.Example ; policy"'],
      'malformed',
    ],
    ['where a parameter has two words', ['0 issue "ca.example; policy=e v"'], 'malformed'],
    ['where a tag has two words', ['0 issue "ca.example; e v=1"'], 'malformed'],
    ['where nothing stands between two parameters', ['0 issue "ca.example;; policy=ev"'], 'malformed'],
    ['where a parameter has no tag', ['0 issue "ca.example; =ev"'], 'malformed'],
    ['where a tag ends with a dash', ['0 issue "ca.example; policy-=ev"'], 'malformed'],
    ['where an end follows parameters', ['0 issue "ca.example; policy=ev;"'], 'malformed'],
    ['for another account', ['0 issue "ca.example; accounturi=https://ca.example/account/2"'], 'account'],
    ['for an account that begins as ours', [`0 issue "ca.example; accounturi=${OURS}2"`], 'account'],
    ['for something that is no account', ['0 issue "ca.example; accounturi="'], 'account'],
    ['for two accounts at once', [`0 issue "ca.example; accounturi=${OURS}; accounturi=${OURS}"`], 'account'],
    ['by another method', ['0 issue "ca.example; validationmethods=http-01"'], 'method'],
    ['by a method that is called like ours', ['0 issue "ca.example; validationmethods=dns-01x,xdns-01"'], 'method'],
    ['by no method', ['0 issue "ca.example; validationmethods="'], 'method'],
    ['by methods with a hole', ['0 issue "ca.example; validationmethods=dns-01,,http-01"'], 'method'],
    ['by our method twice', ['0 issue "ca.example; validationmethods=dns-01; validationmethods=dns-01"'], 'method'],
    ['a wildcard, where others may', ['0 issue "ca.example"', '0 issuewild "another.example"'], 'authority', true],
    ['a wildcard, where nobody may', ['0 issue "ca.example"', '0 issuewild ";"'], 'authority', true],
    ['a wildcard, as a name', ['0 issue "another.example"'], 'authority', true],
    ['a name, where only wildcards may', ['0 issue ";"', '0 issuewild "ca.example"'], 'authority'],
  ])('%s', (_what, records, expected, isWildcard = false) => {
    expect(why(records, { isWildcard })).toBe(expected)
  })

  test('an account that is not registered yet is none that a record names', () => {
    expect(why([`0 issue "ca.example; accounturi=${OURS}"`], { accountUrl: undefined })).toBe('account')
    expect(why(['0 issue "ca.example; accounturi=undefined"'], { accountUrl: undefined })).toBe('account')
  })

  test('of several the one that comes nearest is named', () => {
    const other = '0 issue "another.example"'
    const account = '0 issue "ca.example; accounturi=https://ca.example/account/2"'
    const method = '0 issue "ca.example; validationmethods=http-01"'
    const nearest = (...records: string[]) => prohibitionIn(records, request)?.records
    expect(nearest(other, '0 issue ";"')).toEqual([other, '0 issue ";"'])
    expect(nearest(other, account)).toEqual([account])
    expect(nearest(other, account, method)).toEqual([method])
  })
})

test.each<[records: string, allowing: string, change?: Partial<CaaRequest>]>([
  ['0 issue ";"', '0 issue "ca.example"'],
  ['0 issue "ca.example; accounturi=https://x"', `0 issue "ca.example; accounturi=${OURS}"`],
  ['0 issue "ca.example; accounturi=https://x"', '0 issue "ca.example"', { accountUrl: undefined }],
  ['0 issue "ca.example; validationmethods=http-01"', '0 issue "ca.example; validationmethods=dns-01"'],
  [
    '0 issue "ca.example; accounturi=https://x; validationmethods=http-01"',
    `0 issue "ca.example; accounturi=${OURS}; validationmethods=dns-01"`,
  ],
  ['0 issuewild ";"', '0 issuewild "ca.example"', { isWildcard: true }],
  ['0 issue ";"', '0 issue "ca.example"', { isWildcard: true }],
])('where %s stands, %s is the record that would allow it', (record, allowing, change = {}) => {
  expect(prohibitionIn([record], { ...request, ...change })?.allowing).toBe(allowing)
  expect(why([record, allowing], change)).toBeUndefined()
})

test('a record names an account where it binds issuing to it', () => {
  const bound = `0 issuewild "whoever.example; accounturi=${OURS}"`
  expect(recordNaming(['0 issue ";"', bound], OURS)).toBe(bound)
  expect(recordNaming([bound], `${OURS}2`)).toBeUndefined()
  for (const named of ['ca', 'ca.example', '']) {
    const record = `0 issue "${named}; accounturi=${OURS}"`
    expect(recordNaming([record], OURS)).toBe(record)
  }
  for (const none of ['-ca.example', 'ca.example.', '%'])
    expect(recordNaming([`0 issue "${none}; accounturi=${OURS}"`], OURS)).toBeUndefined()
  expect(recordNaming([bound, `0 issue "other.example; accounturi=${OURS}"`], OURS)).toBe(bound)
  expect(recordNaming([`0 iodef "ca.example; accounturi=${OURS}"`], OURS)).toBeUndefined()
  expect(recordNaming([`0 iodef "${OURS}"`, `0 issue "ca.example; uri=${OURS}"`], OURS)).toBeUndefined()
  expect([namesAccount(['0 issue "ca.example"', bound]), namesAccount(['0 issue "ca.example"'])]).toEqual([true, false])
})

describe('what is said of CAA records that forbid an order', () => {
  const issuer = { authority: 'letsencrypt', identities: ['ca.example'], accountUrl: OURS as string | undefined }
  const at = (owner: string, records: readonly string[], name = owner) => ({ name, owner, records })
  const said = (records: readonly string[], change: Partial<typeof issuer> = {}) =>
    caaRefusals([{ name: 'www.shop.example', caa: at('shop.example', records) }], { ...issuer, ...change }).map(
      ({ error }) => error.message,
    )[0]

  test.each<[records: readonly string[], message: string, change?: Partial<typeof issuer>]>([
    [
      ['0 issue "another.example"'],
      'the CAA record 0 issue "another.example" at shop.example forbids letsencrypt to issue for www.shop.example: add shop.example. CAA 0 issue "ca.example"',
    ],
    [
      ['0 issue "one.example"', '0 issue "two.example"'],
      'the CAA records 0 issue "one.example" and 0 issue "two.example" at shop.example forbid letsencrypt to issue for www.shop.example: add shop.example. CAA 0 issue "ca.example"',
    ],
    [
      ['0 issue "ca.example; accounturi=https://x"'],
      `the CAA record 0 issue "ca.example; accounturi=https://x" at shop.example binds www.shop.example to another account at letsencrypt than newleaf’s, which is ${OURS}: add shop.example. CAA 0 issue "ca.example; accounturi=${OURS}"`,
    ],
    [
      ['0 issue "ca.example; accounturi=https://x"'],
      'the CAA record 0 issue "ca.example; accounturi=https://x" at shop.example binds www.shop.example to another account at letsencrypt than newleaf’s, which is not registered yet: add shop.example. CAA 0 issue "ca.example"',
      { accountUrl: undefined },
    ],
    [
      ['0 issue "ca.example; validationmethods=http-01"'],
      'the CAA record 0 issue "ca.example; validationmethods=http-01" at shop.example allows letsencrypt other methods than dns-01 for www.shop.example, and no order of newleaf’s: add shop.example. CAA 0 issue "ca.example; validationmethods=dns-01"',
    ],
    [
      ['0 issue "ca.example; policy"'],
      'the CAA record 0 issue "ca.example; policy" at shop.example is malformed, and so forbids letsencrypt to issue for www.shop.example: put shop.example. CAA 0 issue "ca.example" in its place',
    ],
    [
      ['128 tbs "Unknown"'],
      'the CAA record 128 tbs "Unknown" at shop.example is critical, of a kind that nobody knows, and forbids every authority to issue for www.shop.example: take it away',
    ],
    [
      ['128 tbs "Unknown"', '128 tbt "Unknown"'],
      'the CAA records 128 tbs "Unknown" and 128 tbt "Unknown" at shop.example are critical, of a kind that nobody knows, and forbid every authority to issue for www.shop.example: take them away',
    ],
    [
      ['0 issue "ca.example; validationmethods=a"', '0 issue "ca.example; validationmethods=b"'],
      'the CAA records 0 issue "ca.example; validationmethods=a" and 0 issue "ca.example; validationmethods=b" at shop.example allow letsencrypt other methods than dns-01 for www.shop.example, and no order of newleaf’s: add shop.example. CAA 0 issue "ca.example; validationmethods=dns-01"',
    ],
    [
      ['0 issue "ca.example; accounturi=https://x"', '0 issue "ca.example; accounturi=https://y"'],
      `the CAA records 0 issue "ca.example; accounturi=https://x" and 0 issue "ca.example; accounturi=https://y" at shop.example bind www.shop.example to another account at letsencrypt than newleaf’s, which is ${OURS}: add shop.example. CAA 0 issue "ca.example; accounturi=${OURS}"`,
    ],
    [
      ['0 issue "ca.example; a"', '0 issue "ca.example; b"'],
      'the CAA records 0 issue "ca.example; a" and 0 issue "ca.example; b" at shop.example are malformed, and so forbid letsencrypt to issue for www.shop.example: put shop.example. CAA 0 issue "ca.example" in their place',
    ],
  ])('%j', (records, message, change) => {
    expect(said(records, change)).toBe(message)
  })

  test('what is said of wildcards alone forbids no other name', () => {
    const caa = at('shop.example', ['0 issue "ca.example"', '0 issuewild ";"'])
    expect(caaRefusals([{ name: 'shop.example', caa }], issuer)).toEqual([])
    expect(caaRefusals([{ name: '*.shop.example', caa }], issuer)).toHaveLength(1)
  })

  test('three names are said, and of a record two hundred letters', () => {
    const caa = at('shop.example', ['0 issue "another.example"'])
    const found = ['a.example', 'b.example', 'c.example'].map((name) => ({ name, caa }))
    expect(caaRefusals(found, issuer)[0]?.error.message).toContain('for a.example, b.example, c.example: add')
    const long = (length: number) => `0 issue "${'x'.repeat(length - 10)}"`
    expect(said([long(200)])).toContain(`the CAA record ${long(200)} at`)
    expect(said([long(201)])).toContain(`the CAA record ${long(201).slice(0, 200)}… at`)
  })

  test('a CNAME that leads to them is named, and the record belongs where they stand', () => {
    const caa = at('edge.cdn.example', ['0 issue ";"'], 'www.shop.example')
    const [{ error } = {}] = caaRefusals([{ name: 'www.shop.example', caa }], issuer)
    expect(error?.message).toBe(
      'the CAA record 0 issue ";" at edge.cdn.example, where a CNAME leads from www.shop.example, forbids letsencrypt to issue for www.shop.example: add edge.cdn.example. CAA 0 issue "ca.example"',
    )
  })

  test('what is the same for many names is said once, and is the authority’s own failure', () => {
    const caa = at('shop.example', ['0 issue "another.example"'])
    const names = ['shop.example', '*.shop.example', 'a.shop.example', 'b.shop.example', 'c.shop.example']
    const found = [...names.map((name) => ({ name, caa })), { name: 'x.example', caa: at('x.example', caa.records) }]
    const [first, second, ...more] = caaRefusals(found, issuer)
    expect([first?.names, second?.names, more]).toEqual([names, ['x.example'], []])
    expect(first?.error.message).toContain('for shop.example, *.shop.example, a.shop.example and 2 more: add')
    expect(first?.error).toMatchObject({
      code: 'ACME_CAA',
      retry: 'never',
      fields: { authority: 'letsencrypt', names },
    })
  })

  test('an account that is gone is told with the record that names it, whole for a program', () => {
    const record = `0 issue "ca.example; accounturi=${OURS}${'1'.repeat(200)}"`
    const { code, message, fields } = accountNamed('letsencrypt', OURS, at('shop.example', [record]), record)
    expect([code, fields]).toEqual(['ACME_ACCOUNT_MISSING', { authority: 'letsencrypt', records: [record] }])
    expect(message).toBe(
      `letsencrypt knows no account ${OURS} of the stored key, and the CAA record ${record.slice(0, 200)}… at shop.example names it, so that no other is registered in its place: if it is gone for good, take accounturi out of that record`,
    )
  })

  test('records that are long do not hide what to do about them', () => {
    const records = Array.from({ length: 50 }, (_, at) => `0 issue "${`a${at}`.repeat(10_000)}"`)
    expect(said(records)).toMatch(
      / and 47 more at shop\.example forbid .*: add shop\.example\. CAA 0 issue "ca\.example"$/,
    )
  })
})
