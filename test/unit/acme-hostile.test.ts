import { describe, expect, test } from 'vitest'
import { requireRightClock } from '../../lib/acme/right-clock.ts'
import type { Http, HttpRequest } from '../../lib/platform/http.ts'
import { checkChain } from '../../lib/x509/chain.ts'
import { generateKey } from '../../lib/x509/key.ts'
import { authorityOver, failing, leapingClock } from '../support/acme-authority.ts'

const CA = 'https://ca.test'
const directory = {
  newNonce: `${CA}/nonce`,
  newAccount: `${CA}/account`,
  newOrder: `${CA}/order`,
  revokeCert: `${CA}/revoke`,
}
const order = {
  status: 'pending',
  identifiers: [{ type: 'dns', value: 'shop.test' }],
  authorizations: [`${CA}/authz/1`],
  finalize: `${CA}/finalize/1`,
}
const challenge = { type: 'dns-01', url: `${CA}/challenge/1`, status: 'pending', token: 'abc_DEF-123' }
const authorization = { status: 'pending', identifier: { type: 'dns', value: 'shop.test' }, challenges: [challenge] }

const privateKeyPem = await generateKey('ecdsa-p256')

/** An authority over answers that are written down here, each of which a test may replace. */
function scripted(changes: Record<string, unknown> = {}, headers: Record<string, Record<string, string>> = {}) {
  const answers: Record<string, unknown> = {
    '/directory': directory,
    '/nonce': '',
    '/account': { status: 'valid' },
    '/order': order,
    '/authz/1': authorization,
    ...changes,
  }
  const more: Record<string, Record<string, string>> = {
    '/account': { location: `${CA}/account/1` },
    '/order': { location: `${CA}/order/1` },
    ...headers,
  }
  const sent: HttpRequest[] = []
  const clock = leapingClock()
  const http: Http = {
    async send(request) {
      sent.push(request)
      const { pathname } = new URL(request.url)
      const body = answers[pathname]
      return {
        status: body === undefined ? 404 : pathname === '/order' ? 201 : 200,
        headers: { 'content-type': 'application/json', 'replay-nonce': `nonce-${sent.length}`, ...more[pathname] },
        body: typeof body === 'string' ? body : JSON.stringify(body ?? {}),
        receivedAt: clock.now(),
      }
    },
    close: async () => {},
  }
  return { sent, ...authorityOver({ directory: `${CA}/directory`, http, clock }) }
}

const ordered = ({ authority }: ReturnType<typeof scripted>) => authority.newOrder({ names: ['shop.test'] })
const challenged = async (world: ReturnType<typeof scripted>) => world.authority.challenges(await ordered(world))

describe('F-59 a certificate authority that cannot be trusted', () => {
  test('one that behaves is understood', async () => {
    const [first] = await challenged(scripted())
    expect(first).toMatchObject({ url: challenge.url, authorization: `${CA}/authz/1`, domain: 'shop.test' })
  })

  test.each([
    ['https://elsewhere.test/authz/1'],
    ['https://ca.test.elsewhere.test/authz/1'],
    ['https://ca.test:8443/authz/1'],
    ['https://ca.test@elsewhere.test/authz/1'],
    ['https://169.254.169.254/latest'],
  ])('does not lead us to %s', async (url) => {
    const world = scripted({ '/order': { ...order, authorizations: [url] } })
    expect((await failing(challenged(world))).code).toBe('URL_REFUSED')
    expect(world.sent.every((each) => new URL(each.url).host === 'ca.test')).toBe(true)
  })

  test.each(['http://ca.test/authz/1', 'file:///etc/passwd', 'javascript:1', '', 7, null])(
    'a URL that is %j is not even one',
    async (url) => {
      const world = scripted({ '/order': { ...order, authorizations: [url] } })
      expect((await failing(challenged(world))).code).toBe('ANSWER_INVALID')
    },
  )

  test.each([-365 * 24, -24, -2, 2, 24, 365 * 24])(
    'F-14: one whose clock differs from ours by %d hours is asked for nothing, and both times are told',
    async (hours) => {
      const date = new Date(Date.now() + hours * 3_600_000).toUTCString()
      const world = scripted({}, { '/directory': { date } })
      expect(await failing(ordered(world))).toMatchObject({
        code: 'CLOCK_WRONG',
        message: expect.stringContaining(new Date(date).toISOString()),
      })
      expect(world.sent.map(({ url }) => url)).toEqual([`${CA}/directory`])
    },
  )

  test.each([new Date(Date.now() - 1_200_000).toUTCString(), 'some time ago', ''])(
    'F-14: one that says it is %j is asked all the same',
    async (date) => {
      expect(await ordered(scripted({}, { '/directory': { date } }))).toMatchObject({ status: 'pending' })
    },
  )

  test.each([
    { what: 'an hour', milliseconds: 3_600_000, code: undefined },
    { what: 'an hour and a second', milliseconds: 3_601_000, code: 'CLOCK_WRONG' },
  ])('F-14: $what between two clocks is $code', ({ milliseconds, code }) => {
    const receivedAt = new Date('2026-11-22T06:00:00Z')
    const date = new Date(receivedAt.getTime() + milliseconds).toUTCString()
    const check = () => requireRightClock({ status: 200, headers: { date }, data: {}, receivedAt }, 'ca')
    if (code === undefined) expect(check).not.toThrow()
    else expect(check).toThrow('set the clock')
  })

  test.each([undefined, 'text/html', 'x-application/json', 'application/jsonish'])(
    'JSON is read as JSON though it is labelled as %s, and a page as a page though it is labelled as JSON',
    async (type) => {
      const labels = { '/directory': { 'content-type': type ?? '' } }
      expect((await ordered(scripted({}, labels))).url).toBe(`${CA}/order/1`)
      const page = scripted({ '/directory': '<html>{"newNonce": 1}</html>' })
      expect((await failing(ordered(page))).code).toBe('ANSWER_INVALID')
    },
  )

  test.each(['http://ca.test/order/1', 'ca.test/order/1'])('an order is not read from %s', async (url) => {
    const world = scripted({ '/order/1': order })
    expect((await failing(world.authority.readOrder(url))).code).not.toBe('NOT_FOUND')
    expect(world.sent.map((each) => new URL(each.url).pathname)).not.toContain('/order/1')
  })

  test.each(['http://ca.test/account/1', `https://ca.test/${'a'.repeat(2_048)}`, ''])(
    'an account at %.30s is none',
    async (location) => {
      expect((await failing(ordered(scripted({}, { '/account': { location } })))).code).toBe('ANSWER_INVALID')
    },
  )

  test('is asked for a profile only when one is configured, and only for one that it has', async () => {
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`p${at}`, 'a profile']))
    const world = (profiles: object) => scripted({ '/directory': { ...directory, meta: { profiles } } })
    const payloadOf = ({ sent }: ReturnType<typeof scripted>) => {
      const { payload } = JSON.parse(sent.findLast(({ url }) => url.endsWith('/order'))?.body ?? '{}')
      return JSON.parse(Buffer.from(payload, 'base64url').toString())
    }
    const classic = world({ classic: 'a profile' })
    const identifiers = [{ type: 'dns', value: 'shop.test' }]
    await classic.authority.newOrder({ names: ['shop.test'], profile: 'classic' })
    expect(payloadOf(classic)).toEqual({ identifiers, profile: 'classic' })
    await classic.authority.newOrder({ names: ['shop.test'] })
    expect(payloadOf(classic)).toEqual({ identifiers })
    const refused = await failing(world(many).authority.newOrder({ names: ['shop.test'], profile: 'classic' }))
    expect(refused).toMatchObject({ code: 'ACME_PROFILE', fields: { profiles: Object.keys(many).slice(0, 20) } })
    const none = await failing(scripted().authority.newOrder({ names: ['shop.test'], profile: 'classic' }))
    expect(none).toMatchObject({ code: 'ACME_PROFILE', fields: { profiles: [] } })
  })

  test('one that is given no e-mail address is given no contact', async () => {
    const world = scripted()
    await ordered(world)
    const { payload } = JSON.parse(world.sent.find(({ url }) => url.endsWith('/account'))?.body ?? '{}')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({ termsOfServiceAgreed: true })
  })

  test.each(['deactivated', 'revoked'])('an account that is %s is not used', async (status) => {
    expect(await failing(ordered(scripted({ '/account': { status } })))).toMatchObject({
      code: 'ACME_ACCOUNT_REFUSED',
      fields: { status },
    })
  })

  test('a directory over plain http is refused, and so is one that leaves something out', async () => {
    const plain = scripted({ '/directory': { ...directory, newOrder: 'http://ca.test/order' } })
    const { newNonce: _, ...less } = directory
    const failures = [await failing(ordered(plain)), await failing(ordered(scripted({ '/directory': less })))]
    expect(failures.map(({ code }) => code)).toEqual(['ANSWER_INVALID', 'ANSWER_INVALID'])
    expect(plain.sent).toHaveLength(1)
  })

  test('a host that the directory itself names is as good as its own', async () => {
    const world = scripted({ '/directory': { ...directory, revokeCert: 'https://api.ca.test/revoke' } })
    const readOrder = world.authority.readOrder('https://api.ca.test/authz/1')
    expect((await failing(readOrder)).code).toBe('ANSWER_INVALID')
  })

  test.each(['../../etc', 'a b', 'abc"', 'line\nbreak', '', 'x'.repeat(300)])(
    'a token like %j is refused',
    async (token) => {
      const challenges = [{ ...challenge, token }]
      const world = scripted({ '/authz/1': { ...authorization, challenges } })
      expect((await failing(challenged(world))).code).toBe('ANSWER_INVALID')
    },
  )

  test('an authorization for a name that nobody ordered is refused', async () => {
    const identifier = { type: 'dns', value: 'victim.test' }
    const world = scripted({ '/authz/1': { ...authorization, identifier } })
    expect((await failing(challenged(world))).code).toBe('ANSWER_INVALID')
  })

  test('an order for other names, or without an address, is refused', async () => {
    const identifiers = [{ type: 'dns', value: 'other.test' }]
    const failures = [
      await failing(ordered(scripted({ '/order': { ...order, identifiers } }))),
      await failing(ordered(scripted({}, { '/order': {} }))),
    ]
    expect(failures.map(({ code }) => code)).toEqual(['ANSWER_INVALID', 'ANSWER_INVALID'])
  })

  test('one that offers no dns-01 says so for the name', async () => {
    const challenges = [{ type: 'http-01', url: `${CA}/challenge/2`, status: 'pending', token: 'abc' }]
    const failure = await failing(challenged(scripted({ '/authz/1': { ...authorization, challenges } })))
    expect([failure.code, failure.fields.domain]).toEqual(['ACME_NAME_REFUSED', 'shop.test'])
  })

  test('F-46 an authorization that expired ends the order', async () => {
    const failure = await failing(challenged(scripted({ '/authz/1': { ...authorization, status: 'expired' } })))
    expect(failure.code).toBe('ACME_ORDER_GONE')
  })

  test('F-44 a chain of which a part is missing, or a page in its place, is no bad chain: it can be had again', async () => {
    const [begin, end] = ['-----BEGIN CERTIFICATE-----\nMIIB', '-----END CERTIFICATE-----\n']
    for (const chain of [`${begin}\n${end}${begin}`, `${begin}\n-----END CERT`, '<html>Please wait</html>', '']) {
      const world = scripted({ '/certificate/1': chain })
      const valid = { ...(await ordered(world)), certificate: `${CA}/certificate/1` }
      const read = (chainPem: string) => checkChain(chainPem, { names: ['shop.test'], privateKeyPem, now: new Date() })
      expect((await failing(world.authority.download(valid, read))).code).toBe('ANSWER_INVALID')
    }
  })

  test('a chain that is far too large, or an object, is refused', async () => {
    for (const chain of ['x'.repeat(70_000), {}]) {
      const world = scripted({ '/certificate/1': chain })
      const valid = { ...(await ordered(world)), certificate: `${CA}/certificate/1` }
      expect((await failing(world.authority.download(valid, String))).code).toBe('ANSWER_INVALID')
    }
  })

  test('F-51 one that needs an external account is not asked without, and with one gets it signed', async () => {
    const needs = { '/directory': { ...directory, meta: { externalAccountRequired: true } } }
    const world = scripted(needs)
    expect((await failing(ordered(world))).code).toBe('ACME_ACCOUNT_REFUSED')
    expect(world.sent.filter(({ method }) => method === 'POST')).toEqual([])
  })

  test('nothing that cannot be read makes a question about a window reject', async () => {
    const { authority } = scripted({ '/directory': '<html>' })
    const now = new Date()
    const facts = { names: [], serial: '', fingerprint: '', keyAlgorithm: 'other', issuer: '' } as const
    const certificate = { ...facts, notBefore: now, notAfter: new Date(now.getTime() + 1e9), chainPem: 'nonsense' }
    expect(await authority.renewalWindow(certificate)).toBeUndefined()
  })
})
