import { describe, expect, test } from 'vitest'
import { healthOf } from '../../lib/policy/health.ts'
import { problemsOf, unheard } from '../../lib/policy/problems.ts'
import type { AuthorityFailures } from '../../lib/state/failures.ts'
import type { CertificateFacts } from '../../lib/types.ts'
import { shop } from '../support/memory-world.ts'

const DAY = 86_400_000
const now = new Date('2026-11-22T06:00:00Z')
const later = (days: number) => new Date(now.getTime() + days * DAY)
const living = (daysLeft: number, life = 90): CertificateFacts => ({
  names: ['shop.example'],
  serial: '01',
  fingerprint: 'ab',
  keyAlgorithm: 'ecdsa-p256',
  notBefore: later(daysLeft - life),
  notAfter: later(daysLeft),
  issuer: 'CN=CA',
})
const spec = { ...shop, names: ['shop.example', 'new.example'] }
const failure = { count: 1, code: 'UNREACHABLE', message: 'gone', at: now, notBefore: now, configHash: 'one' }
const ordering = (orders: AuthorityFailures) => ({ authorities: { ca: orders } })

describe('what is wrong with a certificate', () => {
  test.each([
    ['nothing with a sixth of its life left', living(15), []],
    ['that it ends soon with less than that', living(14.9), ['EXPIRES_SOON']],
    ['that it ends very soon with less than a twelfth', living(7.4), ['EXPIRES_VERY_SOON']],
    ['that it has ended', living(-0.1), ['EXPIRED']],
    ['nothing of a short one with a sixth of its life left', living(1, 6), []],
    ['nothing about its life where there is none', undefined, []],
  ] as const)('is %s', (_title, current, codes) => {
    expect(problemsOf({}, spec, current, now).map(({ code }) => code)).toEqual(codes)
    expect(problemsOf({ failures: ordering({ issue: failure }) }, spec, current, now).map(({ code }) => code)).toEqual([
      'UNREACHABLE',
      ...codes,
    ])
  })

  test('began when the first of its failures in a row did, and a short life when it became short', () => {
    expect(
      problemsOf({ failures: ordering({ issue: { ...failure, since: later(-3) } }) }, spec, undefined, now),
    ).toMatchObject([{ since: later(-3) }])
    expect(problemsOf({ failures: ordering({ issue: failure }) }, spec, undefined, now)).toMatchObject([{ since: now }])
    expect(problemsOf({}, spec, living(14), now)).toMatchObject([{ since: later(-1) }])
  })

  test('F-83: is what keeps new names from being had, and which ones the certificate does without', () => {
    const expand = { ...failure, code: 'ACME_CAA', message: 'forbidden' }
    expect(problemsOf({ failures: ordering({ expand, issue: failure }) }, spec, living(60), now)).toMatchObject([
      { code: 'UNREACHABLE', message: 'gone' },
      { code: 'ACME_CAA', message: 'the certificate does without new.example: forbidden' },
    ])
  })

  test('is told once, however many attempts it stopped', () => {
    expect(
      problemsOf({ failures: { ...ordering({ issue: failure }), deploy: failure } }, spec, undefined, now),
    ).toHaveLength(1)
  })

  test.each([
    ['EXPIRED', living(-1), {}],
    ['EXPIRES_SOON', living(14), {}],
    ['GIVEN_UP', living(60), { rejected: { fingerprint: 'cd', tries: 5, since: now, givenUp: 'tries' } }],
    ['GIVEN_UP', undefined, { rejected: { fingerprint: 'cd', tries: 5, since: now, givenUp: 'tries' } }],
    ['LEFT_BEHIND', living(60), { leftBehind: { what: ['a TXT value'], since: now } }],
  ] as const)('%s is said, and what to do about it, as `newleaf status` says it', (code, current, document) => {
    const { conditions } = healthOf({ spec, current, authority: undefined, document, targets: {} }, now)
    const said = conditions.find((each) => each.code === code)
    expect(problemsOf(document, spec, current, now)).toMatchObject([
      { code, message: said?.message, advice: expect.stringMatching(/./) },
    ])
    expect(problemsOf(document, spec, current, now)[0]?.advice).toBe(said?.advice)
  })

  test('is that a current certificate stays only where there is one', () => {
    const rejected = { fingerprint: 'cd', tries: 5, since: now, givenUp: 'tries' } as const
    const messages = [living(60), undefined].map((current) => problemsOf({ rejected }, spec, current, now)[0]?.message)
    const message = 'a new certificate was not taken in 5 tries, and is not tried again'
    expect(messages).toEqual([`${message}; the current one stays`, message])
  })

  test('is news as long as it was not told', () => {
    const problems = problemsOf({ failures: ordering({ issue: failure }) }, spec, living(14), now)
    expect(unheard(problems, undefined)).toEqual(problems)
    expect(unheard(problems, { problems: ['EXPIRES_SOON'], since: now })).toEqual(problems.slice(0, 1))
    expect(unheard(problems, { problems: ['EXPIRES_SOON', 'UNREACHABLE', 'DENIED'], since: now })).toEqual([])
  })
})
