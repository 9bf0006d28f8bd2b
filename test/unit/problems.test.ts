import { describe, expect, test } from 'vitest'
import { problemsOf, unheard } from '../../lib/policy/problems.ts'
import type { AuthorityFailures } from '../../lib/state/failures.ts'
import type { CertificateFacts } from '../../lib/types.ts'

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
const spec = { names: ['shop.example', 'new.example'] }
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
      { code: 'ACME_CAA', message: 'missing names: new.example: forbidden' },
    ])
  })

  test('is told once, however many attempts it stopped', () => {
    expect(
      problemsOf({ failures: { ...ordering({ issue: failure }), deploy: failure } }, spec, undefined, now),
    ).toHaveLength(1)
  })

  test('is news as long as it was not told', () => {
    const problems = problemsOf({ failures: ordering({ issue: failure }) }, spec, living(14), now)
    expect(unheard(problems, undefined)).toEqual(problems)
    expect(unheard(problems, { problems: ['EXPIRES_SOON'], since: now })).toEqual(problems.slice(0, 1))
    expect(unheard(problems, { problems: ['EXPIRES_SOON', 'UNREACHABLE', 'DENIED'], since: now })).toEqual([])
  })
})
