import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { practiceCa } from '../support/practice-ca.ts'
import { csrFor, newAccountKey, problemOf, rawAcme, type Wrong } from '../support/raw-acme.ts'

const HOUR = 3_600_000

const { start, registered, ready, prove, issueTo, issuer, onClose, close } = await practiceCa()
afterEach(close)

describe('the CA of the sandbox refuses', () => {
  test('a JWS that is not signed, fresh, meant for here, and well-formed; and gives a fresh nonce each time', async () => {
    const { ca } = await start()
    const { client } = await registered(ca)
    const kid = client.kid ?? ''
    const used = await client.nonce()
    await client.post(kid, undefined, { header: { nonce: used } })
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    const cases: [string, Wrong][] = [
      ['400 badNonce', { header: { nonce: used } }],
      ['400 badNonce', { header: { nonce: undefined } }],
      ['400 badNonce', { header: { nonce: 'canary-nonce-never-issued' } }],
      ['403 unauthorized', { header: { url: `${kid}0` } }],
      ['400 malformed', { signature: Buffer.alloc(64).toString('base64url') }],
      ['400 malformed', { signature: 'not base64url!' }],
      ['400 malformed', { key: newAccountKey() }],
      ['400 malformed', { header: { jwk: client.jwk } }],
      ['400 malformed', { header: { kid: undefined } }],
      ['400 malformed', { header: { kid: undefined, jwk: client.jwk } }],
      ['400 malformed', { header: { kid: 'https://ca.test/account/1' } }],
      ['400 accountDoesNotExist', { header: { kid: `${kid}0` } }],
      ['400 badSignatureAlgorithm', { header: { alg: 'none' } }],
      ['400 badSignatureAlgorithm', { header: { alg: 'HS256' } }],
      ['400 malformed', { header: { alg: 'ES384' } }],
      [
        '400 badPublicKey',
        { key: rsa, header: { kid: undefined, jwk: createPublicKey(rsa).export({ format: 'jwk' }) } },
      ],
      ['400 malformed', { header: { crit: ['exp'] } }],
      ['400 malformed', { more: { signatures: [] } }],
      ['415 malformed', { contentType: 'application/json' }],
    ]
    for (const [expected, wrong] of cases) {
      const answer = await client.post(kid, undefined, wrong)
      expect(problemOf(answer), JSON.stringify(wrong.header)).toBe(expected)
      expect(answer.headers['replay-nonce']).toMatch(/^canary-nonce-[\w-]{22}$/)
    }
    expect((await client.post(kid, undefined)).status).toBe(200)
  })

  test('what is no request of the protocol', async () => {
    const { ca } = await start()
    const { client, directory } = await registered(ca)
    expect(problemOf(await client.send('GET', directory.newOrder ?? ''))).toBe('405 malformed')
    expect(problemOf(await client.send('POST', directory.newNonce ?? ''))).toBe('405 malformed')
    expect(problemOf(await client.send('GET', `${ca.directoryUrl}/more`))).toBe('404 malformed')
    expect(problemOf(await client.send('GET', ca.directoryUrl, undefined, { 'user-agent': '' }))).toBe('400 malformed')
    const type = { 'content-type': 'application/jose+json' }
    expect(problemOf(await client.send('POST', directory.newOrder ?? '', '{', type))).toBe('400 malformed')
    const large = await client.send('POST', directory.newOrder ?? '', 'x'.repeat(70_000), type)
    expect(problemOf(large)).toBe('413 malformed')
    const nonces = [
      await client.send('GET', directory.newNonce ?? ''),
      await client.send('HEAD', directory.newNonce ?? ''),
    ]
    expect(nonces.map(({ status }) => status)).toEqual([204, 200])
  })

  test('accounts without consent to the terms, and contacts that are no e-mail addresses', async () => {
    const { ca } = await start()
    const { client, directory } = await rawAcme(ca, issuer.rootPem)
    onClose(() => client.close())
    const url = directory.newAccount ?? ''
    const apply = async (payload: object) => problemOf(await client.post(url, payload))
    expect(await apply({})).toBe('400 malformed')
    expect(await apply({ termsOfServiceAgreed: true, contact: ['tel:+331'] })).toBe('400 unsupportedContact')
    expect(await apply({ termsOfServiceAgreed: true, contact: ['mailto:ops@example'] })).toBe('400 invalidContact')
    expect(problemOf(await client.post(url, undefined))).toBe('400 malformed')
  })

  test('orders that it cannot or may not serve', async () => {
    const { ca } = await start({ blocked: ['blocked.test'] })
    const { client, directory, order } = await registered(ca)
    const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}.a.test`)
    expect(problemOf(await order([]))).toBe('400 malformed')
    expect(problemOf(await order(['localhost']))).toBe('400 rejectedIdentifier')
    expect(problemOf(await order(['10.0.0.1']))).toBe('400 rejectedIdentifier')
    expect(problemOf(await order(['a.*.test']))).toBe('400 rejectedIdentifier')
    expect(problemOf(await order(['*.a.test', 'www.a.test']))).toBe('400 malformed')
    expect(problemOf(await order(names(101)))).toBe('400 malformed')
    expect(problemOf(await order(names(26), { profile: 'tlsserver' }))).toBe('400 malformed')
    expect(problemOf(await order(['a.test'], { profile: 'fancy' }))).toBe('400 invalidProfile')
    expect(problemOf(await order(['a.test'], { notAfter: new Date().toISOString() }))).toBe('400 malformed')
    const ip = await client.post(directory.newOrder ?? '', { identifiers: [{ type: 'ip', value: '10.0.0.1' }] })
    expect(problemOf(ip)).toBe('400 unsupportedIdentifier')
    const several = await order(['good.test', 'www.blocked.test', '*.blocked.test'])
    expect(problemOf(several)).toBe('400 rejectedIdentifier')
    expect(several.json.subproblems.map((each: { identifier: { value: string } }) => each.identifier.value)).toEqual([
      'www.blocked.test',
      '*.blocked.test',
    ])
    expect(ca.ledger.orders).toEqual([])
  })

  test('accounts without an external account that it knows, where it wants one, and a second account for the same', async () => {
    const hmac = Buffer.from('canary-token-of-the-hmac').toString('base64url')
    const { ca } = await start({ externalAccounts: { one: hmac } })
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

    const newClient = async () => {
      const { client, directory } = await rawAcme(ca, issuer.rootPem)
      onClose(() => client.close())
      const url = directory.newAccount ?? ''
      const apply = async (header: object = {}, { jwk = client.jwk, key = hmac } = {}) => {
        const signed = `${encoded({ alg: 'HS256', kid: 'one', url, ...header })}.${encoded(jwk)}`
        const [protectedPart, payload] = signed.split('.')
        const signature = createHmac('sha256', Buffer.from(key, 'base64url')).update(signed).digest('base64url')
        const externalAccountBinding = { protected: protectedPart, payload, signature }
        return client.post(url, { termsOfServiceAgreed: true, externalAccountBinding })
      }
      return { client, url, apply }
    }
    const { client, url, apply } = await newClient()
    const other = await newClient()
    expect(problemOf(await client.post(url, { termsOfServiceAgreed: true }))).toBe('403 externalAccountRequired')
    expect(problemOf(await apply({ kid: 'two' }))).toBe('403 unauthorized')
    expect(problemOf(await apply({ alg: 'HS512' }))).toBe('400 badPublicKey')
    expect(problemOf(await apply({ nonce: 'one' }))).toBe('400 malformed')
    expect(problemOf(await apply({ url: `${url}/other` }))).toBe('400 malformed')
    expect(problemOf(await apply({}, { key: 'AAAA' }))).toBe('403 unauthorized')
    expect(problemOf(await apply({}, { jwk: other.client.jwk }))).toBe('400 badPublicKey')
    expect((await apply()).status).toBe(201)
    expect((await apply()).status).toBe(200)
    expect(problemOf(await other.apply())).toBe('400 malformed')
    expect(ca.ledger.accounts).toMatchObject([{ externalAccount: 'one' }])
  })

  test('what belongs to another account', async () => {
    const { ca, txt } = await start()
    const { url, done } = await issueTo(ca, txt, ['a.test'])
    const { client } = await registered(ca)
    for (const each of [url, done.json.finalize, done.json.certificate, ...done.json.authorizations]) {
      expect(problemOf(await client.post(each, each === done.json.finalize ? {} : undefined))).toBe('403 unauthorized')
    }
  })

  test('proofs that are absent, wrong, or cannot be looked up; the order is lost with them', async () => {
    const answers: Record<string, () => Promise<string[]>> = {
      'absent.test': async () => [],
      'wrong.test': async () => ['something'],
      'broken.test': async () => Promise.reject(Object.assign(new Error('x'), { code: 'ESERVFAIL' })),
    }
    const { ca, txt } = await start({ resolveTxt: async (name) => answers[name.slice(16)]?.() ?? [] })
    const { client, order } = await registered(ca)
    const seen: Record<string, string> = {}
    for (const name of Object.keys(answers)) {
      const { json, headers } = await order([name])
      const [authorization] = await prove(client, json.authorizations, txt)
      seen[name] = authorization.challenges[0].error.type.replace('urn:ietf:params:acme:error:', '')
      expect(authorization.status).toBe('invalid')
      expect((await client.post(headers.location ?? '', undefined)).json.status).toBe('invalid')
      expect((await order([name])).headers.location).not.toBe(headers.location)
    }
    expect(seen).toEqual({ 'absent.test': 'unauthorized', 'wrong.test': 'unauthorized', 'broken.test': 'dns' })
  })

  test('names whose CAA records name another CA', async () => {
    const caa: Record<string, [string, string][]> = {
      'other.test': [['issue', 'other-ca.test']],
      'mine.test': [['issue', 'ca.sandbox.test; validationmethods=dns-01']],
      'nobody.test': [['issue', ';']],
      'wild.test': [
        ['issue', 'ca.sandbox.test'],
        ['issuewild', 'other-ca.test'],
      ],
    }
    const { ca, txt } = await start({
      resolveCaa: async (name) => (caa[name] ?? []).map(([tag, value]) => ({ critical: false, tag, value })),
    })
    const { client, order } = await registered(ca)
    const outcome = async (name: string) => {
      const { json } = await order([name])
      const [authorization] = await prove(client, json.authorizations, txt)
      return authorization.challenges[0].error?.type.split(':').at(-1) ?? authorization.status
    }
    expect(await outcome('www.other.test')).toBe('caa')
    expect(await outcome('www.mine.test')).toBe('valid')
    expect(await outcome('nobody.test')).toBe('caa')
    expect(await outcome('wild.test')).toBe('valid')
    expect(await outcome('*.wild.test')).toBe('caa')
    expect(await outcome('free.test')).toBe('valid')
  })

  test('to finalize an order that is not ready, and once it is, any second time', async () => {
    const { ca, txt } = await start()
    const { client, order } = await registered(ca)
    const { json, headers } = await order(['a.test'])
    const csr = await csrFor(['a.test'])
    expect(problemOf(await client.post(json.finalize, { csr }))).toBe('403 orderNotReady')
    await prove(client, json.authorizations, txt)
    const both = await Promise.all([client.post(json.finalize, { csr }), client.post(json.finalize, { csr })])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403])
    expect(problemOf(await client.post(json.finalize, { csr }))).toBe('403 orderNotReady')
    expect((await client.post(String(headers.location), undefined)).json.status).toBe('valid')
    expect(ca.ledger.certificates).toHaveLength(1)
  })

  test('a CSR with other names, a weak key, or the key of the account; the order stays ready', async () => {
    const { ca, txt } = await start()
    const { client, finalize, url } = await ready(ca, txt, ['a.test', 'b.test'])
    const ask = async (names: string[], key?: KeyObject) =>
      problemOf(await client.post(finalize, { csr: await csrFor(names, key) }))
    expect(await ask(['a.test'])).toBe('400 badCSR')
    expect(await ask(['a.test', 'b.test', 'c.test'])).toBe('400 badCSR')
    expect(await ask(['a.test', 'b.test'], client.key)).toBe('400 badCSR')
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    expect(await ask(['a.test', 'b.test'], weak)).toBe('400 badCSR')
    expect(problemOf(await client.post(finalize, { csr: 'AAAA' }))).toBe('400 badCSR')
    expect(problemOf(await client.post(finalize, { csr: 'MII+/w==' }))).toBe('400 malformed')
    expect((await client.post(url, undefined)).json.status).toBe('ready')
  })

  test('orders and authorizations whose time is over', async () => {
    let now = Date.now()
    const { ca, txt } = await start({ clock: { now: () => new Date(now) } })
    const { client, order } = await registered(ca)
    const { json, headers } = await order(['a.test'], { profile: 'shortlived' })
    now += HOUR
    const { json: authorization } = await client.post(json.authorizations[0], undefined)
    expect(authorization.status).toBe('expired')
    expect(problemOf(await client.post(authorization.challenges[0].url, {}))).toBe('404 malformed')
    expect((await client.post(headers.location ?? '', undefined)).json.status).toBe('invalid')
    const { url } = await ready(ca, txt, ['b.test'], { profile: 'shortlived' })
    now += 9 * HOUR
    expect(ca.ledger.orders.find((each) => each.url === url)?.status).toBe('invalid')
  })
})
