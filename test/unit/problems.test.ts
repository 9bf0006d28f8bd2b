import { describe, expect, test } from 'vitest'
import { healthOf } from '../../lib/policy/health.ts'
import { problemsOf, unconfiguredProblems, unheard } from '../../lib/policy/problems.ts'
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
      { code: 'ACME_CAA', message: 'missing names: new.example: forbidden' },
    ])
  })

  test('is told once, however many attempts it stopped', () => {
    expect(
      problemsOf({ failures: { ...ordering({ issue: failure }), deploy: failure } }, spec, undefined, now),
    ).toHaveLength(1)
  })

  test('is with the step that failed and with advice, where there are any', () => {
    const [denied] = problemsOf(
      { failures: { deploy: { ...failure, code: 'DENIED', step: 'deploy' } } },
      spec,
      undefined,
      now,
    )
    expect(denied).toMatchObject({ step: 'deploy', advice: expect.stringContaining('docs/permissions.md') })
    const [gone] = problemsOf({ failures: { deploy: failure } }, spec, undefined, now)
    expect(gone).toEqual({ code: 'UNREACHABLE', message: 'gone', since: now })
  })

  test('is said without names where none is missing', () => {
    const failures = ordering({ expand: failure })
    expect(problemsOf({ failures }, { id: 'shop', names: ['shop.example'] }, living(60), now)).toMatchObject([
      { message: 'gone' },
    ])
    expect(problemsOf({ failures }, spec, undefined, now)).toMatchObject([{ message: 'gone' }])
  })

  test('is a new certificate that was given up by itself, and not one that a person has dropped', () => {
    const rejected = { fingerprint: 'cd', tries: 5, since: later(-2) }
    expect(problemsOf({ rejected: { ...rejected, givenUp: 'tries' } }, spec, undefined, now)).toEqual([
      {
        ...{ code: 'GIVEN_UP', since: later(-2) },
        message: 'a new certificate was not taken in 5 tries, and is not tried again',
        advice: expect.stringContaining('newleaf discard'),
      },
    ])
    expect(problemsOf({ rejected: { ...rejected, givenUp: 'by hand' } }, spec, undefined, now)).toEqual([])
    expect(problemsOf({ rejected }, spec, undefined, now)).toEqual([])
  })

  test('is what newleaf has left behind, with what to do about it', () => {
    const leftBehind = { what: ['a at us/old', 'b at us/old'], since: later(-1) }
    expect(problemsOf({ leftBehind }, spec, undefined, now)).toEqual([
      {
        ...{ code: 'LEFT_BEHIND', since: later(-1) },
        message: 'newleaf has left behind, and does not try any more to remove: a at us/old, b at us/old',
        advice: 'see whether it is still there, and remove it by hand',
      },
    ])
  })

  test('is the third run in a row that had too little time', () => {
    const unfinished = (count: number) => problemsOf({ unfinished: { count, since: later(-1) } }, spec, undefined, now)
    expect([0, 1, 2].flatMap(unfinished)).toEqual([])
    expect(unfinished(3)).toMatchObject([
      { code: 'OUT_OF_TIME', message: '3 runs in a row had not enough time to come to an end', since: later(-1) },
    ])
    expect(unfinished(4)).toHaveLength(1)
  })

  test('is that a life is short from the moment on at which it became so', () => {
    const since = (left: number) => problemsOf({}, spec, living(left), now).map((each) => each.since)
    expect([since(14), since(7), since(-2)]).toEqual([[later(-1)], [later(-0.5)], [later(-2)]])
    expect(problemsOf({}, spec, living(14), now)[0]?.advice).toContain('newleaf renew')
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

describe('what is wrong with a certificate that has left the configuration', () => {
  const at = (daysLeft: number, targets = ['fr/edge', 'us/apps']) =>
    unconfiguredProblems({ id: 'shop', current: living(daysLeft), targets }, now)
  const text = (daysLeft: number, tense: string) =>
    `it has left the configuration and is not renewed: what was brought to fr/edge, us/apps ${tense} on ${later(daysLeft).toISOString()}`

  test.each<[daysLeft: number, code: string | undefined, tense: string, since: number]>([
    [30, undefined, '', 0],
    [29.9, 'UNCONFIGURED_EXPIRES_SOON', 'ends', -0.1],
    [7.5, 'UNCONFIGURED_EXPIRES_SOON', 'ends', -22.5],
    [7.4, 'UNCONFIGURED_EXPIRES_VERY_SOON', 'ends', -0.1],
    [0, 'UNCONFIGURED_EXPIRES_VERY_SOON', 'ends', -7.5],
    [-1, 'UNCONFIGURED_EXPIRED', 'has ended', -1],
  ])('with %d of ninety days left is %s', (daysLeft, code, tense, since) => {
    const [problem, ...others] = at(daysLeft)
    expect(others).toEqual([])
    expect(problem?.code).toBe(code)
    if (problem === undefined) return
    expect(problem.message).toBe(text(daysLeft, tense))
    expect((problem.since.getTime() - now.getTime()) / DAY).toBeCloseTo(since)
    expect(problem.advice).toContain('newleaf forget shop')
  })

  test('is nothing where it was brought nowhere, or nothing was', () => {
    expect(at(1, [])).toEqual([])
    expect(unconfiguredProblems({ id: 'shop', current: undefined, targets: ['fr/edge'] }, now)).toEqual([])
  })
})
