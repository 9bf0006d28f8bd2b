import { afterEach, describe, expect, test, vi } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore, Stage } from '../../lib/ports.ts'
import { generateKey } from '../../lib/x509/key.ts'
import { authorityAtPractice, authorityOver, failing, issueFrom } from '../support/acme-authority.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'
import { practiceCa } from '../support/practice-ca.ts'

const practice = await practiceCa()
afterEach(practice.close)

const NAME = 'account/practice'
const stored = async (secrets: SecretStore) => JSON.parse((await secrets.read(NAME, 'current'))?.value.reveal() ?? '{}')

async function store(secrets: SecretStore, content: unknown) {
  const version = await secrets.stage(NAME, new Secret(JSON.stringify(content)))
  await secrets.activate(NAME, version, (await secrets.read(NAME, 'current'))?.version)
}

describe('the account at a certificate authority', () => {
  test('its key is in the store before the authority hears of it', async () => {
    const { authority, secrets, ca } = await authorityAtPractice(practice)
    ca.misbehave({ on: 'newAccount', how: 'lostRequest', times: 10 })
    await failing(authority.newOrder({ names: ['shop.test'] }))
    expect(ca.ledger.accounts).toEqual([])
    expect((await stored(secrets)).privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY/)
    expect((await stored(secrets)).accountUrl).toBeUndefined()
  })

  test('a store that refuses the key means that nobody is asked for an account', async () => {
    const denied = { ...createMemorySecrets(), stage: () => Promise.reject(new Failure('DENIED', 'no')) }
    const { another, ca } = await authorityAtPractice(practice)
    expect((await failing(another({ secrets: denied }).newOrder({ names: ['shop.test'] }))).code).toBe('DENIED')
    expect(ca.ledger.accounts).toEqual([])
  })

  test.each(['read', 'stage', 'activate'] as const)(
    'a store that fails to %s is named: the authority has not failed',
    async (method) => {
      const broken = {
        ...createMemorySecrets(),
        [method]: () => Promise.reject(new Failure('REJECTED', 'not this time')),
      }
      const { another } = await authorityAtPractice(practice)
      const { code, fields } = await failing(another({ secrets: broken }).newOrder({ names: ['shop.test'] }))
      expect({ code, fields }).toMatchObject({ code: 'REJECTED', fields: { store: 'secrets' } })
    },
  )

  test('it is registered once; a later run asks nothing about it', async () => {
    const { authority, another, secrets, ca, asked } = await authorityAtPractice(practice)
    await authority.newOrder({ names: ['shop.test'] })
    const { accountUrl, directory } = await stored(secrets)
    expect([accountUrl, directory]).toEqual([ca.ledger.accounts[0]?.url, ca.directoryUrl])
    const before = asked().length
    const readOnly = { ...secrets, stage: () => Promise.reject(new Failure('DENIED', 'nothing is to be stored')) }
    await another({ secrets: readOnly }).newOrder({ names: ['other.test'] })
    expect(
      asked()
        .slice(before)
        .map((each) => each.split(' ')[0]),
    ).toEqual(['GET', 'GET', 'POST'])
  })

  test('the directory and a nonce are asked for while its key is read', async () => {
    const { authority, another, secrets, asked } = await authorityAtPractice(practice)
    await authority.newOrder({ names: ['shop.test'] })
    const before = asked().length
    const read = Promise.withResolvers<void>()
    const slow = {
      ...secrets,
      read: (name: string, stage: Stage) => read.promise.then(() => secrets.read(name, stage)),
    }
    const order = another({ secrets: slow }).newOrder({ names: ['other.test'] })
    await vi.waitFor(() => expect(asked().slice(before)).toEqual(['GET /directory 200', 'GET /new-nonce 204']))
    read.resolve()
    await order
    expect(asked().slice(before + 2)).toEqual(['POST /new-order 201'])
  })

  test('it is read once from when it is prepared, and again where that has failed', async () => {
    const { authority, another, secrets } = await authorityAtPractice(practice)
    await authority.newOrder({ names: ['shop.test'] })
    let [reads, failures] = [0, 0]
    const counted: SecretStore = {
      ...secrets,
      read: async (name, stage) => {
        reads += 1
        if (failures-- > 0) throw new Failure('REJECTED', 'not this time')
        return secrets.read(name, stage)
      },
    }
    const prepared = another({ secrets: counted })
    await prepared.prepare()
    await prepared.newOrder({ names: ['other.test'] })
    expect(reads).toBe(1)
    failures = 1
    const later = another({ secrets: counted })
    await later.prepare()
    expect((await failing(later.newOrder({ names: ['third.test'] }))).code).toBe('REJECTED')
    await later.newOrder({ names: ['third.test'] })
    expect(await later.accountUrl()).toBe((await stored(secrets)).accountUrl)
    expect(reads).toBe(3)
  })

  test('a run that was killed after registering finds the same account again', async () => {
    const { authority, another, secrets, ca } = await authorityAtPractice(practice)
    await authority.newOrder({ names: ['shop.test'] })
    const { accountUrl: _lost, ...rest } = await stored(secrets)
    await store(secrets, rest)
    await another().newOrder({ names: ['other.test'] })
    expect(ca.ledger.accounts).toHaveLength(1)
    expect((await stored(secrets)).accountUrl).toBe(ca.ledger.accounts[0]?.url)
  })

  test('two runs that make it at the same time end with one key and one account', async () => {
    const { another, ca } = await authorityAtPractice(practice)
    const runs = [another(), another(), another()]
    await Promise.all(runs.map((run, at) => run.newOrder({ names: [`n${at}.test`] })))
    expect(ca.ledger.accounts).toHaveLength(1)
  })

  test('F-50 an authority that forgot it is given the same key again, once', async () => {
    const { authority, another, secrets, ca, records } = await authorityAtPractice(practice)
    await authority.newOrder({ names: ['shop.test'] })
    await store(secrets, {
      ...(await stored(secrets)),
      accountUrl: `${ca.ledger.accounts[0]?.url}4711`,
    })
    await another().newOrder({ names: ['other.test'] })
    expect(ca.ledger.accounts).toHaveLength(1)
    expect((await stored(secrets)).accountUrl).toBe(ca.ledger.accounts[0]?.url)

    const problem = { type: 'accountDoesNotExist', status: 400, detail: 'no such account' }
    ca.misbehave({ on: 'newOrder', how: 'problem', problem, times: 10 })
    expect((await failing(authority.newOrder({ names: ['x.test'] }))).code).toBe('ACME_ACCOUNT_MISSING')
    expect(records.map(({ message }) => message)).toContain(
      'the authority has forgotten the account; it is registered again',
    )
  })

  test('F-50 one that was deactivated, or whose terms changed, waits for a person', async () => {
    const { authority, ca } = await authorityAtPractice(practice)
    const refuse = (type: string) =>
      ca.misbehave({ on: 'newOrder', how: 'problem', problem: { type, status: 403, detail: 'see there' } })
    refuse('unauthorized')
    const refused = await failing(authority.newOrder({ names: ['shop.test'] }))
    refuse('userActionRequired')
    const terms = await failing(authority.newOrder({ names: ['shop.test'] }))
    expect([refused.code, refused.retry, terms.code, terms.retry]).toEqual([
      'ACME_ACCOUNT_REFUSED',
      'never',
      'ACME_TERMS_CHANGED',
      'never',
    ])
  })

  describe('that is not that of the key beside it', () => {
    const newAccounts = (asked: string[]) => asked.filter((each) => each.includes('/new-account'))

    test('gives way to that of the key, without a registration', async () => {
      const { authority, another, secrets, ca, asked } = await authorityAtPractice(practice)
      await authority.newOrder({ names: ['shop.test'] })
      const others = createMemorySecrets()
      await another({ secrets: others }).newOrder({ names: ['blog.test'] })
      const own = (await stored(others)).accountUrl
      await store(secrets, { ...(await stored(others)), accountUrl: (await stored(secrets)).accountUrl })
      const before = asked().length
      const later = another()
      expect(await later.newOrder({ names: ['shop.test'] })).toMatchObject({ status: 'pending' })
      expect(newAccounts(asked().slice(before))).toEqual(['POST /new-account 200'])
      const since = asked().length
      await later.newOrder({ names: ['more.test'] })
      expect(asked().slice(since)).toEqual(['POST /new-order 201'])
      expect(ca.ledger.accounts).toHaveLength(2)
      expect((await stored(secrets)).accountUrl).toBe(own)
      await another().newOrder({ names: ['third.test'] })
      expect(newAccounts(asked().slice(before))).toHaveLength(1)
    })

    test('gives way to a new one where the key has none, and the log says so', async () => {
      const parts = await authorityAtPractice(practice)
      await parts.authority.newOrder({ names: ['shop.test'] })
      const privateKeyPem = (await generateKey('rsa-2048')).reveal()
      await store(parts.secrets, { ...(await stored(parts.secrets)), privateKeyPem })
      const { directoryUrl: directory } = parts.ca
      const later = authorityOver({ ...parts, directory })
      expect(await later.authority.newOrder({ names: ['shop.test'] })).toMatchObject({ status: 'pending' })
      expect(parts.ca.ledger.accounts).toHaveLength(2)
      expect(await stored(parts.secrets)).toMatchObject({ privateKeyPem, accountUrl: parts.ca.ledger.accounts[1]?.url })
      expect(later.records.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
        'the authority knows no account of the stored key; it is registered',
      ])
    })

    test('F-50 does not give way to a new one while something binds issuing to it', async () => {
      const parts = await authorityAtPractice(practice)
      await parts.authority.newOrder({ names: ['shop.test'] })
      const before = await stored(parts.secrets)
      const bound = new Failure('ACME_ACCOUNT_MISSING', 'a record names it')
      const named: string[] = []
      const requireUnbound = async (accountUrl: string) => {
        named.push(accountUrl)
        throw bound
      }
      const later = () => authorityOver({ ...parts, directory: parts.ca.directoryUrl, requireUnbound }).authority
      const problem = { type: 'accountDoesNotExist', status: 400, detail: 'no such account' }
      parts.ca.misbehave({ on: 'newOrder', how: 'problem', problem, times: 1 })
      expect(await failing(later().newOrder({ names: ['shop.test'] }))).toBe(bound)
      expect(await stored(parts.secrets)).toEqual(before)
      const privateKeyPem = (await generateKey('ecdsa-p256')).reveal()
      await store(parts.secrets, { ...before, privateKeyPem })
      expect(await failing(later().newOrder({ names: ['shop.test'] }))).toBe(bound)
      expect(named).toEqual([before.accountUrl, before.accountUrl])
      expect(parts.ca.ledger.accounts).toHaveLength(1)
    })

    test('gives way to a new one where the authority heeds no CAA record, whatever one says', async () => {
      const parts = await authorityAtPractice(practice)
      await parts.authority.newOrder({ names: ['shop.test'] })
      const send: typeof parts.http.send = async (request) => {
        const answer = await parts.http.send(request)
        if (request.url !== parts.ca.directoryUrl) return answer
        return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), meta: { caaIdentities: [] } }) }
      }
      const requireUnbound = () => Promise.reject(new Failure('ACME_ACCOUNT_MISSING', 'a record names it'))
      const http = { ...parts.http, send }
      const { authority } = authorityOver({ ...parts, http, directory: parts.ca.directoryUrl, requireUnbound })
      const problem = { type: 'accountDoesNotExist', status: 400, detail: 'no such account' }
      parts.ca.misbehave({ on: 'newOrder', how: 'problem', problem, times: 1 })
      expect(await authority.newOrder({ names: ['shop.test'] })).toMatchObject({ status: 'pending' })
    })

    const refusals = [
      { status: 400, type: 'malformed', code: 'ACME_PROBLEM' },
      { status: 400, type: 'unauthorized', code: 'ACME_ACCOUNT_REFUSED' },
      { status: 401, type: 'unauthorized', code: 'ACME_ACCOUNT_REFUSED' },
      { status: 403, type: 'unauthorized', code: 'ACME_ACCOUNT_REFUSED' },
      { status: 401, type: 'compound', code: 'ACME_PROBLEM' },
      { status: 403, type: 'compound', code: 'ACME_PROBLEM' },
    ]
    test.each(refusals)('is asked for once, when something else is refused with $status $type', async (refusal) => {
      const { authority, another, ca, asked } = await authorityAtPractice(practice)
      await authority.newOrder({ names: ['shop.test'] })
      const before = asked().length
      ca.misbehave({ on: 'newOrder', how: 'problem', problem: { ...refusal, detail: 'for another reason' }, times: 3 })
      const later = another()
      for (const names of [['a.test'], ['b.test'], ['c.test']])
        expect(await failing(later.newOrder({ names }))).toMatchObject({ code: refusal.code })
      expect(newAccounts(asked().slice(before))).toEqual(['POST /new-account 200'])
      expect(await later.newOrder({ names: ['d.test'] })).toMatchObject({ status: 'pending' })
    })

    test.each([
      { status: 400, type: 'rejectedIdentifier' },
      { status: 404, type: 'malformed' },
      { status: 409, type: 'alreadyReplaced' },
    ])('is not asked for when the refusal is $status $type', async (refusal) => {
      const { authority, another, ca, asked } = await authorityAtPractice(practice)
      await authority.newOrder({ names: ['shop.test'] })
      const before = asked().length
      ca.misbehave({ on: 'newOrder', how: 'problem', problem: { ...refusal, detail: 'no' }, times: 2 })
      await failing(another().newOrder({ names: ['a.test'] }))
      expect(newAccounts(asked().slice(before))).toEqual([])
    })

    test('cannot be the one that was registered a moment ago, nor be found where nobody tells', async () => {
      const { authority, another, ca, asked } = await authorityAtPractice(practice)
      const problem = { type: 'malformed', status: 400, detail: 'first of all' }
      ca.misbehave({ on: 'newOrder', how: 'problem', problem })
      expect(await failing(authority.newOrder({ names: ['shop.test'] }))).toMatchObject({ code: 'ACME_PROBLEM' })
      expect(newAccounts(asked())).toEqual(['POST /new-account 201'])
      ca.misbehave({ on: 'newOrder', how: 'problem', problem })
      ca.misbehave({ on: 'newAccount', how: 'serverError', times: 5 })
      const failure = await failing(another().newOrder({ names: ['shop.test'] }))
      expect(failure.message).toContain('first of all')
    })

    test('is not gone on with where the authority asks for patience when it is asked for', async () => {
      const { authority, another, ca, asked } = await authorityAtPractice(practice)
      await authority.newOrder({ names: ['shop.test'] })
      ca.misbehave({ on: 'newOrder', how: 'problem', problem: { type: 'malformed', status: 400, detail: 'no' } })
      const problem = { type: 'rateLimited', status: 429, detail: 'tomorrow' }
      ca.misbehave({ on: 'newAccount', how: 'problem', problem, retryAfter: '86400' })
      const before = asked().length
      expect(await failing(another().newOrder({ names: ['a.test'] }))).toMatchObject({
        code: 'ACME_RATE_LIMITED',
        retryAfter: expect.any(Date),
      })
      expect(asked().slice(before).at(-1)).toMatch(/new-account 429$/)
    })
  })

  test('F-62 a secret that cannot be read is never written over', async () => {
    const { another, secrets, ca } = await authorityAtPractice(practice)
    for (const content of [
      { v: 2, privateKeyPem: 'canary-token-key', directory: ca.directoryUrl },
      'canary-token',
      7,
    ]) {
      await store(secrets, content)
      const failure = await failing(another().newOrder({ names: ['shop.test'] }))
      expect(failure.code).toBe('STORE_UNREADABLE')
      expect(JSON.stringify([failure.message, failure.fields])).not.toContain('canary')
      expect(await stored(secrets)).toEqual(content)
    }
    expect(ca.ledger.requests.filter(({ method }) => method === 'POST')).toEqual([])
  })

  test('no record of the log holds its key', async () => {
    const { authority, records, show } = await authorityAtPractice(practice, {}, { email: 'ops@example.com' })
    await issueFrom(authority, ['shop.test'], show)
    expect(records.length).toBeGreaterThan(0)
    expect(JSON.stringify(records)).not.toMatch(/PRIVATE|ops@example/)
  })
})
