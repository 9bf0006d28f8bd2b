import { afterEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../lib/platform/clock.ts'
import { mapConcurrently } from '../../lib/platform/concurrency.ts'
import { createHttp, type Http } from '../../lib/platform/http.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { authorityAtPractice, failing, issueFrom } from '../support/acme-authority.ts'
import { practiceCa } from '../support/practice-ca.ts'

const practice = await practiceCa()
afterEach(practice.close)

/** The way to a CA that forgets, when it is told, every nonce that it has given, as one does that is started anew. */
function forgetful({ issuer, onClose }: typeof practice) {
  const inner = createHttp({
    clock: systemClock,
    timeLeft: () => 600_000,
    caCertificate: issuer.rootPem,
    privateAddresses: 'allow',
  })
  onClose(() => inner.close())
  const given = new Set<string>()
  const forgotten = new Set<string>()
  let refused = 0
  const http: Http = {
    ...inner,
    async send(request) {
      const { protected: header = '' } = request.body === undefined ? {} : JSON.parse(request.body)
      const { nonce } = header === '' ? {} : JSON.parse(Buffer.from(header, 'base64url').toString())
      const answer = await inner.send(request)
      given.add(answer.headers['replay-nonce'] ?? '')
      if (!forgotten.has(nonce)) return answer
      refused += 1
      const body = JSON.stringify({ type: 'urn:ietf:params:acme:error:badNonce' })
      return {
        ...answer,
        status: 400,
        headers: { ...answer.headers, 'content-type': 'application/problem+json' },
        body,
      }
    },
  }
  const forget = () => {
    for (const nonce of given) forgotten.add(nonce)
  }
  return { http, forget, refused: () => refused }
}

describe('what an authority is asked', () => {
  test('nothing at all before a method is called', async () => {
    const { ca } = await authorityAtPractice(practice)
    expect(ca.ledger.requests).toEqual([])
  })

  test('two names cost twelve requests on one connection, with an account that is known', async () => {
    const { ca, authority, another, show } = await authorityAtPractice(practice)
    await issueFrom(authority, ['first.test'], show)
    const [requests, connections] = [ca.ledger.requests.length, ca.ledger.connections]
    await issueFrom(another(), ['shop.test', '*.shop.test'], show)
    expect(ca.ledger.requests.length - requests).toBe(12)
    expect(ca.ledger.connections - connections).toBe(0)
    expect(connections).toBe(1)
  })

  test('what is prepared registers nothing, costs no request more, however often, and is not made again', async () => {
    const { ca, authority, another, show } = await authorityAtPractice(practice)
    await authority.prepare()
    expect(ca.ledger.requests.length).toBe(2)
    expect(ca.ledger.accounts).toEqual([])
    await issueFrom(authority, ['first.test'], show)
    const before = ca.ledger.requests.length
    const later = another()
    await Promise.all([later.prepare(), later.prepare()])
    const issued = issueFrom(later, ['shop.test', '*.shop.test'], show)
    await Promise.all([later.prepare(), issued, later.prepare()])
    expect(ca.ledger.requests.length - before).toBe(12)
  })

  test('the first nonce of an account that is known does not wait for the directory', async () => {
    const { ca, authority, another, show, asked } = await authorityAtPractice(practice)
    await issueFrom(authority, ['first.test'], show)
    const before = asked().length
    ca.misbehave({ on: 'directory', how: 'serverError', times: 3 })
    await another().prepare()
    const since = asked().slice(before)
    expect(since.filter((each) => each === 'GET /directory 500')).toHaveLength(3)
    expect(since.filter((each) => /nonce/i.test(each))).toEqual(['GET /new-nonce 204'])
  })

  test.each([
    ['is not there any more', (url: string) => `${url}/moved`],
    ['leads to another host', () => 'https://elsewhere.example/nonce'],
  ])('a remembered place of nonces that %s costs a request at most, and no order', async (_, changed) => {
    const { authority, another, secrets, show } = await authorityAtPractice(practice)
    await issueFrom(authority, ['first.test'], show)
    const stored = await secrets.read('account/practice', 'current')
    const account = JSON.parse(stored?.value.reveal() ?? '')
    const version = await secrets.stage(
      'account/practice',
      new Secret(JSON.stringify({ ...account, newNonce: changed(account.newNonce) })),
    )
    await secrets.activate('account/practice', version, stored?.version)
    const later = another()
    await later.prepare()
    await issueFrom(later, ['shop.test'], show)
    const mended = await secrets.read('account/practice', 'current')
    expect(JSON.parse(mended?.value.reveal() ?? '')).toEqual(account)
  })

  test('twenty certificates, ten at a time, cost seven requests each, the directory, and a nonce a lane', async () => {
    const { ca, authority, show } = await authorityAtPractice(practice)
    await issueFrom(authority, ['first.test'], show)
    const before = ca.ledger.requests.length
    const names = Array.from({ length: 20 }, (_, at) => [`n${at}.shop.test`])
    await mapConcurrently(names, 10, (each) => issueFrom(authority, each, show))
    expect(ca.ledger.requests.length - before).toBeLessThanOrEqual(20 * 7 + 10)
    expect(ca.ledger.accounts.length).toBe(1)
  })

  test('forty certificates at once need no more than ten nonces and ten connections', async () => {
    const { ca, authority, show, asked } = await authorityAtPractice(practice)
    await authority.newOrder({ names: ['first.test'] })
    const before = asked().length
    const names = Array.from({ length: 40 }, (_, at) => [`n${at}.shop.test`])
    await Promise.all(names.map((each) => issueFrom(authority, each, show)))
    const since = asked().slice(before)
    expect(since.filter((each) => each.startsWith('GET /directory'))).toEqual([])
    expect(since.filter((each) => each.startsWith('GET /new-nonce')).length).toBeLessThanOrEqual(9)
    expect(ca.ledger.connections).toBeLessThanOrEqual(10)
  })

  test('calls at the same time share one directory and one account', async () => {
    const { ca, authority, asked } = await authorityAtPractice(practice)
    await Promise.all(['a.test', 'b.test', 'c.test'].map((name) => authority.newOrder({ names: [name] })))
    expect(ca.ledger.accounts.length).toBe(1)
    expect(asked().filter((each) => each.startsWith('GET /directory'))).toHaveLength(1)
  })

  test('F-47 an order whose names are proved already is finalized without another proof', async () => {
    const { authority, show, asked } = await authorityAtPractice(practice, { reuseAuthorizations: true })
    await issueFrom(authority, ['shop.test'], show)
    const before = asked().length
    const { challenges } = await issueFrom(authority, ['shop.test'], show)
    expect(challenges).toEqual([])
    expect(asked().length - before).toBe(4)
  })
})

describe('a certificate authority that misbehaves', () => {
  test.each([50, 25])('F-41 refuses %i of 100 nonces, and still issues', async (badNoncePercent) => {
    let dice = 0
    const random = () => [0.9, 0.1, 0.6, 0.3][dice++ % 4] ?? 0
    const { authority, show, asked } = await authorityAtPractice(practice, { badNoncePercent, random })
    await issueFrom(authority, ['shop.test'], show)
    expect(asked().filter((each) => each.endsWith(' 400')).length).toBeGreaterThan(0)
  })

  test('F-41 has forgotten its nonces: one request is refused, and none with those that came before it', async () => {
    const { http, forget, refused } = forgetful(practice)
    const { another } = await authorityAtPractice(practice)
    const authority = another({ http })
    await Promise.all(['a.test', 'b.test', 'c.test', 'd.test'].map((name) => authority.newOrder({ names: [name] })))
    forget()
    await authority.newOrder({ names: ['e.test'] })
    await Promise.all(['f.test', 'g.test', 'h.test'].map((name) => authority.newOrder({ names: [name] })))
    expect(refused()).toBe(1)
  })

  test('F-41 refuses every nonce: it is given up after nine tries, and says so', async () => {
    const { authority, asked } = await authorityAtPractice(practice, { badNoncePercent: 100 })
    const failure = await failing(authority.newOrder({ names: ['shop.test'] }))
    expect(failure.code).toBe('ACME_BAD_NONCE')
    // The account is asked for three times, which does no harm.
    expect(asked().filter((each) => each.endsWith(' 400'))).toHaveLength(27)
  })

  test.each([
    ['newAccount', 'lostAnswer'],
    ['newAccount', 'lostRequest'],
    ['authorization', 'lostAnswer'],
    ['challenge', 'lostAnswer'],
    ['challenge', 'lostRequest'],
    ['finalize', 'lostAnswer'],
    ['finalize', 'lostRequest'],
    ['order', 'lostAnswer'],
    ['certificate', 'lostAnswer'],
    ['newNonce', 'lostRequest'],
    ['directory', 'html'],
    ['order', 'unavailable'],
    ['certificate', 'serverError'],
    ['finalize', 'serverError'],
    ['challenge', 'serverError'],
  ] as const)('F-44 at %s: %s, and one certificate is issued all the same', async (on, how) => {
    const { ca, authority, show } = await authorityAtPractice(practice)
    ca.misbehave({ on, how })
    await issueFrom(authority, ['shop.test'], show)
    expect(ca.ledger.certificates).toHaveLength(1)
    expect(ca.ledger.accounts).toHaveLength(1)
    expect(ca.ledger.orders).toHaveLength(1)
  })

  test('a CA that is down is told by the order, not by what prepares it, and is asked again', async () => {
    const { ca, authority } = await authorityAtPractice(practice)
    ca.misbehave({ on: 'directory', how: 'serverError', times: 6 })
    await expect(authority.prepare()).resolves.toBeUndefined()
    expect((await failing(authority.newOrder({ names: ['shop.test'] }))).code).toBe('ACME_SERVER')
  })

  test('F-44 an order whose answer was lost is not sent again by itself', async () => {
    const { ca, authority } = await authorityAtPractice(practice)
    ca.misbehave({ on: 'newOrder', how: 'lostAnswer' })
    expect((await failing(authority.newOrder({ names: ['shop.test'] }))).code).toBe('UNREACHABLE')
    expect(ca.ledger.orders).toHaveLength(1)
  })

  test('F-42 a rate limit is handed up with its moment, and nothing sleeps through it', async () => {
    const { ca, authority, clock } = await authorityAtPractice(practice)
    ca.misbehave({ on: 'newOrder', how: 'rateLimited', retryAfter: '7200' })
    const failure = await failing(authority.newOrder({ names: ['shop.test'] }))
    expect(failure.code).toBe('ACME_RATE_LIMITED')
    expect(Number(failure.retryAfter) - Number(clock.now())).toBeGreaterThan(7_190_000)
    expect(clock.slept).toEqual([])
  })

  test.each([20, 600, 86_400])(
    'F-48 a pause of %d s that it asks for while it works is taken, up to half a minute, for it may have decided long before',
    async (pollSeconds) => {
      const { ca, authority, show, clock } = await authorityAtPractice(practice, { pollSeconds })
      ca.misbehave({ on: 'order', how: 'stillProcessing' })
      await issueFrom(authority, ['shop.test'], show)
      const longest = Math.max(...clock.slept) / 1_000
      expect(longest).toBeGreaterThan(Math.min(pollSeconds, 30) - 2)
      expect(longest).toBeLessThanOrEqual(30)
    },
  )

  test('F-04 polling stops before the run is out of time', async () => {
    const { ca, authority, another, show } = await authorityAtPractice(practice)
    await issueFrom(authority, ['first.test'], show)
    ca.misbehave({ on: 'order', how: 'stillProcessing', times: 50 })
    const failure = await failing(issueFrom(another({ timeLeft: () => 900 }), ['shop.test'], show))
    expect(failure.code).toBe('OUT_OF_TIME')
  })

  test('F-45 a wrong record fails with the names at fault and what the authority says', async () => {
    const { authority } = await authorityAtPractice(practice)
    const challenges = await authority.challenges(await authority.newOrder({ names: ['a.test', 'b.test'] }))
    const failure = await failing(authority.answer(challenges))
    expect(failure.code).toBe('ACME_VALIDATION_FAILED')
    expect(failure.fields.authority).toBe('practice')
    expect(failure.fields.names).toContain('a.test')
  })

  test('a name that it refuses is named', async () => {
    const { authority } = await authorityAtPractice(practice, { blocked: ['blocked.test'] })
    const failure = await failing(authority.newOrder({ names: ['fine.test', 'www.blocked.test'] }))
    expect(failure.code).toBe('ACME_NAME_REFUSED')
    expect(failure.retry).toBe('never')
  })

  test('a profile that it does not advertise is not asked for', async () => {
    const { authority, ca } = await authorityAtPractice(practice)
    const failure = await failing(authority.newOrder({ names: ['shop.test'], profile: 'clasic' }))
    expect(failure.code).toBe('ACME_PROFILE')
    expect(failure.fields.profiles).toContain('classic')
    expect(ca.ledger.orders).toEqual([])
  })

  test('F-57 an order that may not replace a certificate is made without', async () => {
    const { authority, show, ca } = await authorityAtPractice(practice)
    const replaces = publicCertificate((await issueFrom(authority, ['shop.test'], show)).chainPem)
    await issueFrom(authority, ['shop.test'], show, { replaces })
    expect(ca.ledger.orders[1]?.replaces).toBeDefined()
    await issueFrom(authority, ['shop.test'], show, { replaces })
    expect(ca.ledger.orders[2]?.replaces).toBeUndefined()
    await issueFrom(authority, ['other.test'], show, { replaces })
    const stranger = await authorityAtPractice(practice)
    await issueFrom(stranger.authority, ['shop.test'], stranger.show, { replaces })
    expect(stranger.ca.ledger.orders).toMatchObject([{ replaces: undefined }])
  })

  test('a certificate is revoked once, however often that is asked', async () => {
    const { authority, show, ca } = await authorityAtPractice(practice)
    const certificate = publicCertificate((await issueFrom(authority, ['shop.test'], show)).chainPem)
    await authority.revoke(certificate, 4)
    await authority.revoke(certificate, 4)
    expect(ca.ledger.certificates[0]?.revokedAt).toBeDefined()
    const window = await authority.renewalWindow(certificate)
    expect(Number(window?.end)).toBeLessThan(Date.now())
  })
})
