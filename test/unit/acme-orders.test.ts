import { describe, expect, test } from 'vitest'
import { pendingChallenges } from '../../lib/acme/authorizations.ts'
import { download } from '../../lib/acme/download.ts'
import { finalize } from '../../lib/acme/order.ts'
import type { Session } from '../../lib/acme/session.ts'
import { validate } from '../../lib/acme/validation.ts'
import { Failure } from '../../lib/errors.ts'
import { SECOND } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { DnsChallenge, Order } from '../../lib/ports.ts'
import { MAX_CHAIN_BYTES } from '../../lib/x509/certificate.ts'
import { failure } from '../support/failure.ts'

const CA = 'https://ca.test'
const order: Order = {
  url: `${CA}/order/1`,
  status: 'ready',
  names: ['shop.test'],
  authorizations: [`${CA}/authz/1`],
  finalize: `${CA}/finalize/1`,
  certificate: undefined,
  expires: undefined,
}
const resource = (status: string, more = {}) => ({
  status,
  identifiers: [{ type: 'dns', value: 'shop.test' }],
  authorizations: [`${CA}/authz/1`],
  finalize: `${CA}/finalize/1`,
  ...more,
})
const certificate = `${CA}/certificate/1`
const problem = (type: string) => ({ type: `urn:ietf:params:acme:error:${type}`, detail: 'no' })
const authorization = (status: string, at = 1, more = {}) => ({
  status,
  identifier: { type: 'dns', value: `n${at}.test` },
  challenges: [{ type: 'dns-01', url: `${CA}/challenge/${at}`, status, token: 'abc', ...more }],
})
const challenge = (at: number): DnsChallenge => ({
  url: `${CA}/challenge/${at}`,
  authorization: `${CA}/authz/${at}`,
  domain: `n${at}.test`,
  value: 'value',
})

type Said = object | string | Failure
/** A session in which each URL answers with these, one after the other, and then with the last again. */
function session(
  answers: Readonly<Record<string, readonly Said[]>>,
  headers: Readonly<Record<string, Record<string, string>>> = {},
  timeLeft = 600 * SECOND,
) {
  const asked: string[] = []
  let now = Date.parse('2026-11-22T06:00:00Z')
  const clock = {
    now: () => new Date(now),
    sleep: async (milliseconds: number) => {
      now += milliseconds
    },
  }
  const times = new Map<string, number>()
  const posts: number[] = []
  const answer = async (method: string, url: string) => {
    if (method === 'POST') posts.push(now)
    asked.push(`${method} ${url.slice(CA.length)}`)
    const all = answers[`${method} ${url.slice(CA.length)}`] ?? []
    const at = times.get(`${method} ${url}`) ?? 0
    times.set(`${method} ${url}`, at + 1)
    const said = all[Math.min(at, all.length - 1)]
    if (said === undefined) throw new Error(`nobody expected ${method} ${url}`)
    if (said instanceof Failure) throw said
    return {
      status: 200,
      headers: headers[`${method} ${url.slice(CA.length)}`] ?? {},
      data: said,
      receivedAt: clock.now(),
    }
  }
  const given: Session = {
    authority: 'ca',
    validation: 'dns-01',
    account: {
      url: () => `${CA}/account/1`,
      post: (url) => answer('POST', url),
      read: (url) => answer('GET', url),
      txtValue: async (token) => `value of ${token}`,
    },
    clock,
    timeLeft: () => timeLeft,
    retry: { clock, random: () => 0.5, timeLeft: () => timeLeft },
    log: createLog(silent, clock),
  }
  return { given, asked, posts, waited: () => now - Date.parse('2026-11-22T06:00:00Z') }
}
const lost = () => new Failure('UNREACHABLE', 'the answer was lost')
const notReady = () => new Failure('ACME_ORDER_NOT_READY', 'it is not ready')

describe('an order is finalized', () => {
  test('by its CSR, and is looked at until it has its certificate', async () => {
    const { given, asked } = session({
      'POST /finalize/1': [resource('processing')],
      'GET /order/1': [resource('valid'), resource('valid', { certificate })],
    })
    expect(await finalize(order, 'csr', given)).toMatchObject({ status: 'valid', certificate })
    expect(asked).toEqual(['POST /finalize/1', 'GET /order/1', 'GET /order/1'])
  })

  test('without a request when it has its certificate already', async () => {
    const { given, asked } = session({})
    const done: Order = { ...order, status: 'valid', certificate }
    expect(await finalize(done, 'csr', given)).toBe(done)
    expect(asked).toEqual([])
  })

  test('where it says itself, when that was not known before', async () => {
    const { given, asked } = session({
      'GET /order/1': [resource('ready')],
      'POST /finalize/1': [resource('valid', { certificate })],
    })
    await finalize({ ...order, finalize: undefined }, 'csr', given)
    expect(asked).toEqual(['GET /order/1', 'POST /finalize/1'])
  })

  test('by its status, and not by a certificate that is named too early', async () => {
    const { given, asked } = session({
      'POST /finalize/1': [resource('processing', { certificate })],
      'GET /order/1': [resource('valid', { certificate })],
    })
    await finalize({ ...order, certificate }, 'csr', given)
    expect(asked).toEqual(['POST /finalize/1', 'GET /order/1'])
  })

  test.each([
    { what: 'an authorization that failed', second: authorization('invalid', 2, { error: problem('dns') }) },
    { what: 'nothing', second: authorization('valid', 2) },
  ])('not at all when it is invalid without a reason: $what is told', async ({ second }) => {
    const authorizations = [`${CA}/authz/1`, `${CA}/authz/2`]
    const { given } = session({
      'GET /order/1': [resource('invalid', { authorizations })],
      'GET /authz/1': [authorization('valid', 1)],
      'GET /authz/2': [second],
    })
    const failed = await failure(finalize({ ...order, status: 'invalid' }, 'csr', given))
    expect(failed?.message).toBe(
      second.status === 'invalid' ? 'ca could not validate n2.test (dns): no' : 'ca gave up an order',
    )
  })

  test.each(['processing', 'valid'] as const)('without a second CSR when it is %s', async (status) => {
    const { given, asked } = session({ 'GET /order/1': [resource('valid', { certificate })] })
    expect(await finalize({ ...order, status }, 'csr', given)).toMatchObject({ certificate })
    expect(asked).toEqual(['GET /order/1'])
  })

  test('not at all when it is invalid, and says why', async () => {
    const { given, asked } = session({ 'GET /order/1': [resource('invalid', { error: problem('caa') })] })
    expect(await failure(finalize({ ...order, status: 'invalid' }, 'csr', given))).toMatchObject({ code: 'ACME_CAA' })
    expect(asked).toEqual(['GET /order/1'])
  })

  test.each(['processing', 'valid', 'invalid'])('once, though the answer was lost: it is %s', async (status) => {
    const { given, asked } = session({
      'POST /finalize/1': [lost()],
      'GET /order/1': [resource(status, { certificate }), resource('valid', { certificate })],
      'GET /authz/1': [authorization('valid')],
    })
    await finalize(order, 'csr', given).catch(() => undefined)
    expect(asked.filter((each) => each === 'POST /finalize/1')).toHaveLength(1)
  })

  test.each(['pending', 'ready'])('again when the answer was lost and it is %s still', async (status) => {
    const { given, asked } = session({
      'POST /finalize/1': [lost(), resource('valid', { certificate })],
      'GET /order/1': [resource(status)],
    })
    expect(await finalize(order, 'csr', given)).toMatchObject({ certificate })
    expect(asked).toEqual(['POST /finalize/1', 'GET /order/1', 'POST /finalize/1'])
  })

  test('once, though one part of the authority calls it ready still when another has the CSR', async () => {
    const { given, asked } = session({
      'POST /finalize/1': [resource('processing')],
      'GET /order/1': [resource('ready'), resource('ready'), resource('valid', { certificate })],
    })
    expect(await finalize(order, 'csr', given)).toMatchObject({ certificate })
    expect(asked).toEqual(['POST /finalize/1', 'GET /order/1', 'GET /order/1', 'GET /order/1'])
  })

  const refused = () => new Failure('ACME_PROBLEM', 'the order is pending')
  test.each([
    { by: 'as not ready', refusal: notReady },
    { by: 'in words of its own', refusal: refused },
  ])('again once it is ready, when it was refused $by while it was pending', async ({ refusal }) => {
    const { given, asked } = session({
      'POST /finalize/1': [refusal(), resource('valid', { certificate })],
      'GET /order/1': [resource('pending'), resource('pending'), resource('pending'), resource('ready')],
    })
    expect(await finalize({ ...order, status: 'pending' }, 'csr', given)).toMatchObject({ certificate })
    expect(asked.filter((each) => each.startsWith('POST'))).toHaveLength(2)
    expect(asked.at(-2)).toBe('GET /order/1')
  })

  test('again when one part of the authority calls it ready before another does', async () => {
    const { given, asked } = session({
      'POST /finalize/1': [notReady(), notReady(), resource('valid', { certificate })],
      'GET /order/1': [resource('ready')],
    })
    expect(await finalize(order, 'csr', given)).toMatchObject({ certificate })
    expect(asked.filter((each) => each.startsWith('POST'))).toHaveLength(3)
  })

  test('not again where it was refused otherwise, or has ended meanwhile', async () => {
    const other = session({ 'POST /finalize/1': [refused()], 'GET /order/1': [resource('ready')] })
    expect(await failure(finalize(order, 'csr', other.given))).toMatchObject({ code: 'ACME_PROBLEM' })
    const ended = session({
      'POST /finalize/1': [notReady()],
      'GET /order/1': [resource('pending'), resource('invalid', { error: problem('caa') })],
    })
    expect(await failure(finalize(order, 'csr', ended.given))).toMatchObject({ code: 'ACME_CAA' })
  })

  test('until ten minutes are over: that it never became ready is told with what the authority said', async () => {
    const { given, asked, waited } = session(
      { 'POST /finalize/1': [notReady()], 'GET /order/1': [resource('pending')] },
      {},
      3_600 * SECOND,
    )
    const failed = await failure(finalize(order, 'csr', given))
    expect(failed).toMatchObject({ code: 'ACME_UNDECIDED', message: expect.stringContaining('it is not ready') })
    expect(asked.filter((each) => each.startsWith('POST'))).toHaveLength(1)
    expect(waited()).toBeLessThanOrEqual(600 * SECOND)
  })
})

test('a chain has a largest size, and that is still taken', async () => {
  const downloaded = (chain: string) =>
    download({ ...order, certificate }, String, session({ 'GET /certificate/1': [chain] }).given)
  expect(await downloaded('a'.repeat(MAX_CHAIN_BYTES))).toHaveLength(MAX_CHAIN_BYTES)
  expect(await failure(downloaded('a'.repeat(MAX_CHAIN_BYTES + 1)))).toMatchObject({ code: 'ANSWER_INVALID' })
})

describe('challenges', () => {
  test('of an order that is not pending wait for nobody', async () => {
    const { given, asked } = session({})
    expect(await pendingChallenges(order, given)).toEqual([])
    expect(asked).toEqual([])
  })

  test('are for names of the order, or for the wildcard above them', async () => {
    const pending = (names: string[], value: string) => {
      const identifier = { type: 'dns', value }
      const { given } = session({ 'GET /authz/1': [{ ...authorization('pending'), identifier }] })
      return pendingChallenges({ ...order, status: 'pending', names }, given)
    }
    expect(await pending(['*.shop.test'], 'shop.test')).toMatchObject([{ domain: 'shop.test' }])
    expect(await pending(['*.shop.test'], '*.shop.test')).toMatchObject([{ domain: 'shop.test' }])
    expect(await pending(['shop.test'], 'shop.test')).toMatchObject([{ domain: 'shop.test' }])
    // An order that was read may tell no names.
    expect(await pending([], 'shop.test')).toMatchObject([{ domain: 'shop.test' }])
    expect(await failure(pending(['shop.test'], 'www.shop.test'))).toMatchObject({ code: 'ANSWER_INVALID' })
    expect(await failure(pending(['a.*.shop.test'], 'a.*.shop.test'))).toBeUndefined()
  })

  test('of names that are proved already wait for nobody, and one without a token is refused', async () => {
    const pending: Order = { ...order, status: 'pending', names: ['n1.test'] }
    const proved = session({ 'GET /authz/1': [authorization('valid')] })
    expect(await pendingChallenges(pending, proved.given)).toEqual([])
    const bare = session({ 'GET /authz/1': [authorization('pending', 1, { token: undefined })] })
    expect(await failure(pendingChallenges(pending, bare.given))).toMatchObject({ code: 'ANSWER_INVALID' })
  })

  test('that are none need no validation', async () => {
    const { given, asked } = session({})
    await validate([], given)
    expect(asked).toEqual([])
  })

  test('are responded to once each, and then only those that are pending are looked at again', async () => {
    const { given, asked } = session({
      'POST /challenge/1': [{}],
      'POST /challenge/2': [{}],
      'GET /authz/1': [authorization('valid', 1)],
      'GET /authz/2': [authorization('pending', 2), authorization('pending', 2), authorization('valid', 2)],
    })
    await validate([challenge(1), challenge(2)], given)
    const looks = ['GET /authz/1', 'GET /authz/2', 'GET /authz/2', 'GET /authz/2']
    expect(asked).toEqual(['POST /challenge/1', 'POST /challenge/2', ...looks])
  })

  test('are looked at again no sooner than the authority has said', async () => {
    const answers = { 'POST /challenge/1': [{}], 'GET /authz/1': [authorization('pending'), authorization('valid')] }
    const usual = session(answers)
    await validate([challenge(1)], usual.given)
    expect(usual.waited()).toBe(100)
    const told = session(answers, { 'GET /authz/1': { 'retry-after': '7' } })
    await validate([challenge(1)], told.given)
    expect(told.waited()).toBe(7 * SECOND)
    const both = session(
      {
        ...answers,
        'POST /challenge/2': [{}],
        'GET /authz/2': [authorization('pending', 2), authorization('valid', 2)],
      },
      { 'GET /authz/1': { 'retry-after': '7' }, 'GET /authz/2': { 'retry-after': '3' } },
    )
    await validate([challenge(1), challenge(2)], both.given)
    expect(both.waited()).toBe(7 * SECOND)
  })

  test.each([
    { what: 'the authorization is decided', seen: authorization('valid') },
    { what: 'the challenge is being looked at', seen: authorization('pending', 1, { status: 'processing' }) },
  ])('are not responded to twice when the answer was lost and $what', async ({ seen }) => {
    const { given, asked } = session({ 'POST /challenge/1': [lost()], 'GET /authz/1': [seen, authorization('valid')] })
    await validate([challenge(1)], given)
    expect(asked.filter((each) => each.startsWith('POST'))).toEqual(['POST /challenge/1'])
  })

  test('are responded to again when the answer was lost and nothing has come of it', async () => {
    const other = { type: 'http-01', url: `${CA}/challenge/9`, status: 'processing' }
    const pending = authorization('pending')
    const { given, asked } = session({
      'POST /challenge/1': [lost(), {}],
      'GET /authz/1': [{ ...pending, challenges: [other, ...pending.challenges] }, authorization('valid')],
    })
    await validate([challenge(1)], given)
    expect(asked).toEqual(['POST /challenge/1', 'GET /authz/1', 'POST /challenge/1', 'GET /authz/1'])
  })

  test('that fail are told with the names of all, and the reason of the first', async () => {
    const { given } = session({
      'POST /challenge/1': [{}],
      'POST /challenge/2': [{}],
      'GET /authz/1': [authorization('invalid', 1, { error: problem('dns') })],
      'GET /authz/2': [authorization('invalid', 2, { error: problem('caa') })],
    })
    const failed = await failure(validate([challenge(1), challenge(2)], given))
    expect(failed).toMatchObject({ code: 'ACME_VALIDATION_FAILED', fields: { names: ['n1.test', 'n2.test'] } })
    expect(failed?.message).toBe('ca could not validate n1.test (dns): no')
  })

  test('that fail for a name that is not told name none', async () => {
    const { identifier: _, ...invalid } = authorization('invalid', 1, { error: problem('dns') })
    const { given } = session({ 'POST /challenge/1': [{}], 'GET /authz/1': [invalid] })
    const failed = await failure(validate([challenge(1)], given))
    expect(failed).toMatchObject({ message: 'ca could not validate a name (dns): no', fields: { names: [] } })
  })

  test('that fail are told with the reason of the one that was answered, whatever others say', async () => {
    const invalid = authorization('invalid', 1, { error: problem('dns') })
    const other = { type: 'http-01', url: `${CA}/challenge/9`, status: 'invalid' }
    for (const each of [other, { ...other, error: problem('connection') }]) {
      const { given } = session({
        'POST /challenge/1': [{}],
        'GET /authz/1': [{ ...invalid, challenges: [each, ...invalid.challenges] }],
      })
      expect((await failure(validate([challenge(1)], given)))?.message).toBe('ca could not validate n1.test (dns): no')
    }
  })

  test('that are invalid have failed, though their authorization is pending', async () => {
    const refused = { ...authorization('pending', 1, { status: 'invalid', error: problem('dns') }) }
    const first = session({ 'POST /challenge/1': [{}], 'GET /authz/1': [refused] })
    expect((await failure(validate([challenge(1)], first.given)))?.message).toBe(
      'ca could not validate n1.test (dns): no',
    )
    expect(first.waited()).toBe(0)
    const later = session({ 'GET /authz/1': [refused] })
    const again: Order = { ...order, status: 'pending', names: ['n1.test'] }
    expect(await failure(pendingChallenges(again, later.given))).toMatchObject({ code: 'ACME_VALIDATION_FAILED' })
  })

  test('of another kind that are invalid mean nothing', async () => {
    const other = { type: 'http-01', url: `${CA}/challenge/9`, status: 'invalid', error: problem('connection') }
    const pending = authorization('pending')
    const { given } = session({
      'POST /challenge/1': [{}],
      'GET /authz/1': [{ ...pending, challenges: [other, ...pending.challenges] }, authorization('valid')],
    })
    await expect(validate([challenge(1)], given)).resolves.toBeUndefined()
  })

  test('that stay pending with an error are responded to again, ten seconds later and then each time after three times as long', async () => {
    const failing = authorization('pending', 1, { error: problem('dns') })
    const { given, posts } = session({ 'POST /challenge/1': [{}], 'GET /authz/1': [failing] }, {}, 3_600 * SECOND)
    const failed = await failure(validate([challenge(1)], given))
    expect(failed).toMatchObject({ code: 'ACME_UNDECIDED', message: expect.stringContaining('(dns): no') })
    const pauses = posts.slice(1).map((at, before) => at - (posts[before] ?? 0))
    expect(pauses).toHaveLength(4)
    for (const [index, least] of [10, 30, 90, 270].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(least * SECOND)
      expect(pauses[index]).toBeLessThan((least + 30) * SECOND)
    }
  })

  test('that are pending without an error, or being processed with one, are responded to once', async () => {
    for (const more of [{}, { status: 'processing', error: problem('dns') }]) {
      const seen = Array.from({ length: 12 }, () => authorization('pending', 1, more))
      const answers = { 'POST /challenge/1': [{}], 'GET /authz/1': [...seen, authorization('valid')] }
      const { given, asked } = session(answers, { 'GET /authz/1': { 'retry-after': '20' } }, 3_600 * SECOND)
      await validate([challenge(1)], given)
      expect(asked.filter((each) => each.startsWith('POST'))).toHaveLength(1)
    }
  })

  test('of another kind that are pending with an error are nothing to respond to', async () => {
    const other = { type: 'http-01', url: `${CA}/challenge/9`, status: 'pending', error: problem('connection') }
    const pending = authorization('pending')
    const seen = { ...pending, challenges: [other, ...pending.challenges] }
    const { given, asked } = session({ 'POST /challenge/1': [{}], 'GET /authz/1': [seen] }, {}, 3_600 * SECOND)
    const failed = await failure(validate([challenge(1)], given))
    expect(failed?.message).toMatch(/a later run asks again$/)
    expect(asked.filter((each) => each.startsWith('POST'))).toHaveLength(1)
  })

  test('of several names that stay pending with errors: the first is told', async () => {
    const answers = Object.fromEntries(
      [1, 2].flatMap((at) => [
        [`POST /challenge/${at}`, [{}]],
        [`GET /authz/${at}`, [authorization('pending', at, { error: problem('dns') })]],
      ]),
    )
    const { given } = session(answers, {}, 3_600 * SECOND)
    expect((await failure(validate([challenge(1), challenge(2)], given)))?.message).toContain('n1.test')
  })

  test('of many names of which one has failed are all looked at, so that all that failed are told', async () => {
    const numbers = [1, 2, 3, 4, 5, 6, 7]
    const status = (at: number) => (at === 1 || at === 7 ? 'invalid' : 'pending')
    const answers = Object.fromEntries(
      numbers.flatMap((at) => [
        [`POST /challenge/${at}`, [{}]],
        [`GET /authz/${at}`, [authorization(status(at), at)]],
      ]),
    )
    const failed = await failure(validate(numbers.map(challenge), session(answers).given))
    expect(failed?.fields.names).toEqual(['n1.test', 'n7.test'])
  })

  test('of many names cost a CA that decides on none no more looks than those of four', async () => {
    const looksAt = async (count: number) => {
      const numbers = Array.from({ length: count }, (_, at) => at + 1)
      const answers = Object.fromEntries(
        numbers.flatMap((at) => [
          [`POST /challenge/${at}`, [{}]],
          [`GET /authz/${at}`, [authorization('pending', at)]],
        ]),
      )
      const { given, asked } = session(answers, {}, 3_600 * SECOND)
      expect(await failure(validate(numbers.map(challenge), given))).toMatchObject({ code: 'ACME_UNDECIDED' })
      return asked.filter((each) => each.startsWith('GET'))
    }
    const many = await looksAt(100)
    expect(many).toHaveLength((await looksAt(4)).length)
    expect(new Set(many).size).toBe(100)
  })

  test('of many names are each found valid in the first round where they are', async () => {
    const numbers = Array.from({ length: 30 }, (_, at) => at + 1)
    const answers = Object.fromEntries(
      numbers.flatMap((at) => [
        [`POST /challenge/${at}`, [{}]],
        [`GET /authz/${at}`, [authorization('valid', at)]],
      ]),
    )
    const { given, asked, waited } = session(answers)
    await validate(numbers.map(challenge), given)
    expect([asked.length, waited()]).toEqual([60, 0])
  })

  test('of an authorization that is gone mean that the order is gone', async () => {
    const { given } = session({ 'POST /challenge/1': [{}], 'GET /authz/1': [authorization('expired')] })
    expect(await failure(validate([challenge(1)], given))).toMatchObject({
      code: 'ACME_ORDER_GONE',
      message: expect.stringContaining('the authorization of n1.test is expired'),
    })
    const { identifier: _, ...nameless } = authorization('revoked')
    const other = session({ 'POST /challenge/1': [{}], 'GET /authz/1': [nameless] })
    expect((await failure(validate([challenge(1)], other.given)))?.message).toContain('of a name is revoked')
  })
})
