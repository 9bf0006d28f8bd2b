import { describe, expect, test } from 'vitest'
import { problemFailure, verdictFailure } from '../../lib/acme/problem.ts'
import type { ProblemDocument } from '../../lib/acme/resources.ts'
import type { AcmeAnswer } from '../../lib/acme/transport.ts'

const now = new Date('2026-11-22T06:00:00Z')
const asking = { authority: 'letsencrypt', operation: 'take an order' }
const problem = (type: string, detail = 'some detail') => ({ type: `urn:ietf:params:acme:error:${type}`, detail })
const answer = (status: number, data: unknown, headers = {}): AcmeAnswer => ({ status, data, headers, receivedAt: now })
const minutes = (failure: { retryAfter: Date | undefined }) => (Number(failure.retryAfter) - Number(now)) / 60_000

describe('a problem of a certificate authority', () => {
  test.each([
    ['accountDoesNotExist', 400, 'ACME_ACCOUNT_MISSING'],
    ['alreadyReplaced', 409, 'ACME_ALREADY_REPLACED'],
    ['badCSR', 400, 'ACME_CSR'],
    ['badNonce', 400, 'ACME_BAD_NONCE'],
    ['caa', 403, 'ACME_CAA'],
    ['dns', 400, 'ACME_VALIDATION_FAILED'],
    ['externalAccountRequired', 403, 'ACME_ACCOUNT_REFUSED'],
    ['invalidContact', 400, 'ACME_ACCOUNT_REFUSED'],
    ['invalidProfile', 400, 'ACME_PROFILE'],
    ['malformed', 400, 'ACME_PROBLEM'],
    ['malformed', 404, 'NOT_FOUND'],
    ['orderNotReady', 403, 'ACME_ORDER_NOT_READY'],
    ['rateLimited', 429, 'ACME_RATE_LIMITED'],
    ['rejectedIdentifier', 403, 'ACME_NAME_REFUSED'],
    ['serverInternal', 500, 'ACME_SERVER'],
    ['unauthorized', 403, 'ACME_ACCOUNT_REFUSED'],
    ['unsupportedIdentifier', 400, 'ACME_NAME_REFUSED'],
    ['userActionRequired', 403, 'ACME_TERMS_CHANGED'],
    ['constructor', 400, 'ACME_PROBLEM'],
    ['somethingNew', 400, 'ACME_PROBLEM'],
  ])('%s with status %i is %s', (type, status, code) => {
    const failure = problemFailure(answer(status, problem(type)), asking)
    expect(failure.code).toBe(code)
    expect(failure.message).toContain(`letsencrypt refused to take an order (${type}): some detail`)
  })

  test.each([
    ['a page of a proxy', 502, '<html>', 'ACME_SERVER'],
    ['429 without a problem', 429, '', 'ACME_RATE_LIMITED'],
    ['a redirect', 302, '', 'ANSWER_INVALID'],
    ['404 without a problem', 404, undefined, 'NOT_FOUND'],
    ['a problem of another shape', 400, { type: 7, detail: [], subproblems: 'none' }, 'ACME_PROBLEM'],
  ])('%s has a code as well', (_what, status, data, code) => {
    expect(problemFailure(answer(status, data), asking).code).toBe(code)
  })

  test('F-42 tells when to come back, in every way in which authorities say it', () => {
    const limited = (headers: Record<string, string>, detail?: string) =>
      problemFailure(answer(429, problem('rateLimited', detail), headers), asking)
    expect(minutes(limited({ 'retry-after': '7200' }))).toBe(120)
    expect(minutes(limited({ 'retry-after': 'Sun, 22 Nov 2026 07:00:00 GMT' }))).toBe(60)
    expect(minutes(limited({}, 'too many certificates, retry after 2026-11-23 06:00:00 UTC: see https://x.test'))).toBe(
      1_440,
    )
    expect(minutes(limited({}, 'retry after 2026-99-99 06:00:00 UTC'))).toBe(60)
    expect(minutes(limited({}))).toBe(60)
    expect(minutes(limited({ 'retry-after': 'soon' }))).toBe(60)
    expect(minutes(limited({ 'retry-after': '-1' }))).toBe(60)
    expect(minutes(limited({ 'retry-after': '0' }))).toBe(0)
    expect(minutes(limited({ 'retry-after': '315360000' }))).toBe(7 * 24 * 60)
  })

  test('an authority that is down and says for how long is left alone for so long', () => {
    const failure = problemFailure(answer(503, '<html>', { 'retry-after': '600' }), asking)
    expect([failure.retry, minutes(failure)]).toEqual(['after', 10])
    expect(problemFailure(answer(503, '<html>'), asking).retry).toBe('soon')
  })

  test('F-43 a paused account waits for a person, who is told where to go', () => {
    const url = 'https://portal.letsencrypt.org/sfe/v1/unpause?jwt=abc'
    const detail = `Your account is temporarily prevented from requesting certificates for shop.test. Please visit: ${url}`
    const failure = problemFailure(answer(429, problem('rateLimited', detail)), asking)
    expect(failure.code).toBe('ACME_PAUSED')
    expect(failure.retry).toBe('never')
    expect(failure.fields.unpauseUrl).toBe(url)
  })

  test('the address that a person has to open is whole in the message, and what to do is left to the advice', () => {
    const url = `https://portal.letsencrypt.org/sfe/v1/unpause?jwt=${'a'.repeat(400)}`
    const detail = `Your account is temporarily prevented from requesting certificates for shop.test. Please visit: ${url}`
    const paused = problemFailure(answer(429, problem('rateLimited', detail)), asking)
    expect(paused.message.endsWith(` ${url}`)).toBe(true)

    const instance = 'https://ca.example/agreement?token=one'
    const terms = problemFailure(answer(403, { ...problem('userActionRequired'), instance }), asking)
    expect(terms.message).toBe(
      `letsencrypt refused to take an order (userActionRequired): some detail https://ca.example/agreement?token=one`,
    )
    const said = { ...problem('userActionRequired', `agree at ${instance}`), instance }
    expect(problemFailure(answer(403, said), asking).message).toBe(
      `letsencrypt refused to take an order (userActionRequired): agree at ${instance}`,
    )
    const caa = problemFailure(answer(403, { ...problem('caa'), instance }), asking)
    expect(caa.message).toBe('letsencrypt refused to take an order (caa): some detail')
  })

  test('the names at fault are fields, and the first subproblem decides where the whole does not say', () => {
    const identifier = { type: 'dns', value: 'Bad.shop.test' }
    const compound = { ...problem('malformed'), subproblems: [{ ...problem('caa', 'CAA forbids'), identifier }] }
    const failure = problemFailure(answer(400, compound), asking)
    expect(failure.code).toBe('ACME_CAA')
    expect(failure.fields.names).toEqual(['bad.shop.test'])
    expect(failure.fields.problems).toEqual(['bad.shop.test: caa: CAA forbids'])
  })

  test('the code of the first subproblem that has one stands for a problem that has none', () => {
    const subproblems = ['somethingNew', 'caa', 'rejectedIdentifier'].map((type) => problem(type))
    expect(problemFailure(answer(400, { ...problem('malformed'), subproblems }), asking).code).toBe('ACME_CAA')
  })

  test('an account is paused only where nothing says when to come back, and only by a rate limit', () => {
    const detail = 'temporarily prevented, see https://portal.example/unpause'
    const code = (type: string, headers = {}) =>
      problemFailure(answer(429, problem(type, detail), headers), asking).code
    expect(code('rateLimited')).toBe('ACME_PAUSED')
    expect(code('rateLimited', { 'retry-after': '60' })).toBe('ACME_RATE_LIMITED')
    const unauthorized = problemFailure(answer(403, problem('unauthorized', detail)), asking)
    expect(unauthorized.code).toBe('ACME_ACCOUNT_REFUSED')
  })

  test('a type that says more than the status decides, and only a rate limit says when to come back', () => {
    for (const status of [404, 500])
      expect(problemFailure(answer(status, problem('caa')), asking).code).toBe('ACME_CAA')
    const forbidden = problemFailure(answer(403, problem('caa'), { 'retry-after': '60' }), asking)
    expect(forbidden.retryAfter).toBeUndefined()
    const detail = 'temporarily prevented, see https://portal.example/unpause'
    expect(problemFailure(answer(403, problem('unauthorized', detail)), asking).fields.unpauseUrl).toBeUndefined()
  })

  test('what has no detail, no type or no name is told without', () => {
    const { detail: _, ...terms } = problem('userActionRequired')
    const instance = 'https://ca.example/agreement'
    expect(problemFailure(answer(403, { ...terms, instance }), asking).message).toBe(
      'letsencrypt refused to take an order (userActionRequired): https://ca.example/agreement',
    )
    const { fields } = problemFailure(
      answer(400, { ...problem('malformed'), subproblems: [problem('caa', 'no'), { detail: 'what' }] }),
      asking,
    )
    expect(fields.problems).toEqual(['caa: no', 'what'])
  })

  test('a type of more than 2048 characters is none', () => {
    const { fields } = problemFailure(answer(400, { type: 'a'.repeat(2_049), detail: 'no' }), asking)
    expect(fields.type).toBeUndefined()
  })

  test('500 is the first status of a breakdown', () => {
    expect(problemFailure(answer(500, ''), asking).code).toBe('ACME_SERVER')
    expect(problemFailure(answer(500, '', { 'retry-after': '60' }), asking).code).toBe('ACME_RATE_LIMITED')
    expect(problemFailure(answer(499, '', { 'retry-after': '60' }), asking).code).toBe('ACME_PROBLEM')
  })

  test('what is not known is not said, neither in the message nor in fields', () => {
    const bare = problemFailure(answer(403, ''), asking)
    expect(bare.message).toBe('letsencrypt refused to take an order (403)')
    expect(Object.keys(bare.fields).filter((name) => bare.fields[name] !== undefined)).toEqual(['authority', 'status'])
    expect(bare.fields).not.toHaveProperty('problems')
    expect(bare.fields).not.toHaveProperty('names')
    const verdict = verdictFailure('ACME_ORDER_INVALID', 'ca gave up an order', undefined, {})
    expect(verdict.message).toBe('ca gave up an order')
    const spaced = problemFailure(answer(403, { ...problem('caa', '  no  '), type: 'urn:x\u0007 ' }), asking)
    expect(spaced.message).toBe('letsencrypt refused to take an order (403): no')
    expect(spaced.fields.type).not.toMatch(/\p{Cc}|\s$/u)
  })

  test('twenty subproblems and a hundred names are told, and no more', () => {
    const subproblems = Array.from({ length: 101 }, (_, at) => ({
      ...problem('caa', 'no'),
      identifier: { type: 'dns', value: `n${at}.shop.test` },
    }))
    const { fields } = problemFailure(answer(400, { ...problem('malformed'), subproblems }), asking)
    expect(fields.problems).toHaveLength(20)
    expect(fields.names).toHaveLength(100)
  })

  test('F-8A text of an authority comes out as one short printable line', () => {
    const detail = `one\r\n{"level":"info"}\u001b[31m\u2028two ${'x'.repeat(5_000)}`
    const { message, fields } = problemFailure(
      answer(400, { ...problem('malformed', detail), instance: 'http://x' }),
      asking,
    )
    expect(message).not.toMatch(/[\p{Cc}\u2028]/u)
    expect(message.length).toBeLessThan(400)
    expect(fields.instance).toBeUndefined()
  })

  test.each([
    ['unauthorized', 'ACME_VALIDATION_FAILED'],
    ['dns', 'ACME_VALIDATION_FAILED'],
    ['serverInternal', 'ACME_VALIDATION_FAILED'],
    ['caa', 'ACME_CAA'],
    ['rejectedIdentifier', 'ACME_NAME_REFUSED'],
  ])('%s in an authorization is %s', (type, code) => {
    const document: ProblemDocument = { ...problem(type), instance: undefined, subproblems: undefined }
    const failure = verdictFailure('ACME_VALIDATION_FAILED', 'letsencrypt could not validate shop.test', document, {})
    expect(failure.code).toBe(code)
  })
})
