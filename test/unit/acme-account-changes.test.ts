import { afterEach, describe, expect, test } from 'vitest'
import type { AuthorityOptions } from '../../lib/acme/directories.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore } from '../../lib/ports.ts'
import type { CaOptions } from '../../sandbox/ca/ca.ts'
import { authorityAtPractice, authorityOver, failing } from '../support/acme-authority.ts'
import { practiceCa } from '../support/practice-ca.ts'

const practice = await practiceCa()
afterEach(practice.close)

const NAME = 'account/practice'
const stored = async (secrets: SecretStore) => JSON.parse((await secrets.read(NAME, 'current'))?.value.reveal() ?? '{}')

const eab = (kid: string) => ({ kid, hmac: { from: 'env', name: 'HMAC' } as const })
/** What `resolve` gives for every reference here. */
const HMAC = 'canary-token-hmac'
const bound: Partial<CaOptions> = { externalAccounts: { one: HMAC, two: HMAC, three: HMAC } }

/** A CA at which each run may be configured otherwise, and what it was asked and said in that run alone. */
async function runsAt(caOptions: Partial<CaOptions> = {}) {
  const world = await authorityAtPractice(practice, caOptions)
  let runs = 0
  async function run(options: Partial<AuthorityOptions> = {}, secrets = world.secrets, http = world.http) {
    const before = world.asked().length
    const { authority, records } = authorityOver({
      ...{ directory: world.ca.directoryUrl, clock: world.clock, secrets, http, options },
    })
    runs += 1
    const order = authority.newOrder({ names: [`n${runs}.test`] })
    const failure = await order.then(
      () => undefined,
      (error: unknown) => error as Error & { code?: string },
    )
    const asked = world.asked().slice(before)
    const warned = records.filter(({ level }) => level === 'warn')
    return { authority, order, failure, warned, posts: asked.filter((each) => each.startsWith('POST')), records }
  }
  return { ...world, run, accounts: () => world.ca.ledger.accounts }
}

const contacts = ({ ca }: Pick<Awaited<ReturnType<typeof runsAt>>, 'ca'>) =>
  ca.ledger.accounts.map(({ contact }) => contact.join())

describe('an account whose email was changed in the configuration', () => {
  test('has its contact updated, once', async () => {
    const world = await runsAt()
    await world.run({ email: 'old@example.com' })
    expect((await world.run({ email: 'old@example.com' })).posts).toEqual(['POST /new-order 201'])
    expect(contacts(world)).toEqual(['mailto:old@example.com'])
    const changed = await world.run({ email: 'new@example.com' })
    expect(changed.posts).toEqual(['POST /account/1 200', 'POST /new-order 201'])
    expect(contacts(world)).toEqual(['mailto:new@example.com'])
    expect(JSON.stringify(changed.records)).not.toContain('example.com')
    expect((await world.run({ email: 'new@example.com' })).posts).toEqual(['POST /new-order 201'])
  })

  test('has none any more when it was taken out', async () => {
    const world = await runsAt()
    await world.run({ email: 'old@example.com' })
    await world.run()
    expect(contacts(world)).toEqual([''])
    expect((await world.run()).posts).toEqual(['POST /new-order 201'])
  })

  test.each(['invalidContact', 'unsupportedContact', 'malformed'])(
    'is ordered with all the same where the authority refuses the contact as %s, which is said once',
    async (type) => {
      const world = await runsAt()
      await world.run({ email: 'old@example.com' })
      world.ca.misbehave({ on: 'account', how: 'problem', problem: { type, status: 400, detail: 'no' }, times: 10 })
      const refused = await world.run({ email: 'new@example.com' })
      expect(refused.failure).toBeUndefined()
      expect(refused.warned).toMatchObject([{ message: 'the authority refuses the new contact of the account' }])
      const later = await world.run({ email: 'new@example.com' })
      expect([later.posts, later.warned]).toEqual([['POST /new-order 201'], []])
      await world.run({ email: 'old@example.com' })
      expect(contacts(world)).toEqual(['mailto:old@example.com'])
    },
  )

  test.each(['serverError', 'lostRequest', 'lostAnswer', 'unavailable', 'rateLimited'] as const)(
    'is ordered with all the same where the update ends with %s, and updated by a later run',
    async (how) => {
      const world = await runsAt()
      await world.run({ email: 'old@example.com' })
      world.ca.misbehave({ on: 'account', how })
      const first = await world.run({ email: 'new@example.com' })
      expect([first.failure, first.warned]).toEqual([undefined, []])
      expect((await world.run({ email: 'new@example.com' })).posts[0]).toBe('POST /account/1 200')
      expect(contacts(world)).toEqual(['mailto:new@example.com'])
      expect((await world.run({ email: 'new@example.com' })).posts).toEqual(['POST /new-order 201'])
    },
  )

  test('and that the authority has forgotten is registered with the new one', async () => {
    const world = await runsAt()
    await world.run({ email: 'old@example.com' })
    const { accountUrl, ...rest } = await stored(world.secrets)
    await put(world.secrets, { ...rest, privateKeyPem: await unknownKey(), accountUrl: `${accountUrl}4711` })
    expect((await world.run({ email: 'new@example.com' })).failure).toBeUndefined()
    expect(contacts(world)).toEqual(['mailto:old@example.com', 'mailto:new@example.com'])
    expect((await world.run({ email: 'new@example.com' })).posts).toEqual(['POST /new-order 201'])
  })
})

test('an account whose registration was never heard of has the contact of the configuration of today in the end', async () => {
  const world = await runsAt()
  world.ca.misbehave({ on: 'newAccount', how: 'lostAnswer', times: 3 })
  expect((await world.run({ email: 'old@example.com' })).failure).toBeDefined()
  const next = await world.run({ email: 'new@example.com' })
  expect(next.posts).toEqual(['POST /new-account 200', 'POST /account/1 200', 'POST /new-order 201'])
  expect(contacts(world)).toEqual(['mailto:new@example.com'])
})

async function put(secrets: SecretStore, content: unknown) {
  const version = await secrets.stage(NAME, new Secret(JSON.stringify(content)))
  await secrets.activate(NAME, version, (await secrets.read(NAME, 'current'))?.version)
}

/** Of an account that this CA has never seen. */
async function unknownKey(): Promise<string> {
  const other = await runsAt()
  await other.run()
  return (await stored(other.secrets)).privateKeyPem
}

test('an account that was stored before this was remembered is taken as it is, and only learns', async () => {
  const world = await runsAt(bound)
  await world.run({ eab: eab('one') })
  const { configured: _, ...old } = await stored(world.secrets)
  await put(world.secrets, old)
  const options = { email: 'ops@example.com', eab: eab('two') }
  const first = await world.run(options)
  expect([first.posts, first.warned]).toEqual([['POST /new-order 201'], []])
  expect(await stored(world.secrets)).toEqual({ ...old, configured: { email: 'ops@example.com', kid: 'two' } })
  const learned = await world.secrets.read(NAME, 'current')
  await world.run(options)
  expect((await world.secrets.read(NAME, 'current'))?.version).toBe(learned?.version)
  await world.run({ ...options, email: 'new@example.com' })
  expect(contacts(world)).toEqual(['mailto:new@example.com'])
})

describe('terms of service that have changed', () => {
  test('are named once with those that were agreed to, and nothing waits for it', async () => {
    const world = await runsAt()
    await world.run()
    const [origin] = world.ca.directoryUrl.split('/directory')
    world.ca.setTermsOfService('/terms/2')
    const first = await world.run()
    expect(first.failure).toBeUndefined()
    expect(first.warned).toMatchObject([{ fields: { agreed: `${origin}/terms`, terms: `${origin}/terms/2` } }])
    expect((await world.run()).warned).toEqual([])
    world.ca.setTermsOfService('/terms/3')
    expect((await world.run()).warned).toMatchObject([
      { fields: { agreed: `${origin}/terms`, terms: `${origin}/terms/3` } },
    ])
    expect(await stored(world.secrets)).toMatchObject({ termsOfService: `${origin}/terms` })
    expect(world.accounts()).toHaveLength(1)
  })

  test('and that the authority wants a person to agree to stop the order', async () => {
    const world = await runsAt()
    await world.run()
    const instance = 'https://ca.example/agree'
    const problem = { type: 'userActionRequired', status: 403, detail: `agree at ${instance}` }
    world.ca.misbehave({ on: 'newOrder', how: 'problem', problem })
    expect((await world.run()).failure).toMatchObject({ code: 'ACME_TERMS_CHANGED', retry: 'never' })
    expect((await world.run()).failure).toBeUndefined()
  })
})

describe('an account whose external account was changed in the configuration', () => {
  test('gives way to a new one with a key of its own, and comes back with it', async () => {
    const world = await runsAt(bound)
    await world.run({ eab: eab('one') })
    const before = await stored(world.secrets)
    const changed = await world.run({ eab: eab('two') })
    expect(changed.posts).toEqual(['POST /new-account 201', 'POST /new-order 201'])
    expect(world.accounts().map(({ externalAccount }) => externalAccount)).toEqual(['one', 'two'])
    const after = await stored(world.secrets)
    expect(after.privateKeyPem).not.toBe(before.privateKeyPem)
    expect(after.accountUrl).toBe(world.accounts()[1]?.url)
    const previous = await world.secrets.read(NAME, 'previous')
    expect(previous?.value.reveal()).toContain(JSON.stringify(before.privateKeyPem))
    expect((await world.run({ eab: eab('two') })).posts).toEqual(['POST /new-order 201'])
    expect((await world.run({ eab: eab('one') })).posts).toEqual(['POST /new-order 201'])
  })

  test('or that had none is another one', async () => {
    const world = await runsAt()
    await world.run()
    expect((await world.run({ eab: eab('one') })).failure).toMatchObject({ code: 'ACME_ACCOUNT_REFUSED' })
    expect((await world.run()).posts).toEqual(['POST /new-order 201'])
  })

  test('stays as it is when the external account is taken out', async () => {
    const world = await runsAt(bound)
    await world.run({ eab: eab('one') })
    expect((await world.run()).posts).toEqual(['POST /new-order 201'])
    expect((await world.run({ eab: eab('one') })).posts).toEqual(['POST /new-order 201'])
    expect(world.accounts()).toHaveLength(1)
  })

  test('can be used as before when the authority refuses the new one and the configuration is put back', async () => {
    const world = await runsAt(bound)
    await world.run({ eab: eab('one') })
    expect((await world.run({ eab: eab('unknown') })).failure).toMatchObject({
      code: 'ACME_ACCOUNT_REFUSED',
      retry: 'never',
    })
    for (const options of [{ eab: eab('one') }, {}]) {
      expect((await world.run(options)).posts).toEqual(['POST /new-order 201'])
    }
    expect((await world.run({ eab: eab('three') })).failure).toBeUndefined()
  })

  test('is made once by runs at the same time, although the key identifier can be used once only', async () => {
    const world = await runsAt(bound)
    await world.run({ eab: eab('one') })
    const runs = await Promise.all(Array.from({ length: 4 }, () => world.run({ eab: eab('two') })))
    expect(runs.map(({ failure }) => failure)).toEqual([undefined, undefined, undefined, undefined])
    expect(world.accounts().map(({ externalAccount }) => externalAccount)).toEqual(['one', 'two'])
    expect((await world.run({ eab: eab('two') })).posts).toEqual(['POST /new-order 201'])
  })

  test('never has its HMAC key in the store', async () => {
    const world = await runsAt(bound)
    await world.run({ eab: eab('one') })
    await world.run({ eab: eab('two') })
    for (const stage of ['current', 'pending', 'previous'] as const) {
      expect((await world.secrets.read(NAME, stage))?.value.reveal() ?? '').not.toContain(HMAC)
    }
  })
})

describe('another directory under the same name', () => {
  test('has an account with a key of its own, and the first one has its own again', async () => {
    const [one, two] = [await runsAt(), await runsAt()]
    await one.run({}, one.secrets)
    expect((await two.run({}, one.secrets)).posts).toEqual(['POST /new-account 201', 'POST /new-order 201'])
    const { privateKeyPem, accountUrl, others } = await stored(one.secrets)
    expect(accountUrl).toBe(two.accounts()[0]?.url)
    expect(others).toMatchObject([{ directory: one.ca.directoryUrl, accountUrl: one.accounts()[0]?.url }])
    expect(others[0].privateKeyPem).not.toBe(privateKeyPem)
    for (const world of [one, two, one]) {
      expect((await world.run({}, one.secrets)).posts).toEqual(['POST /new-order 201'])
    }
  })

  test('or another account knows nothing of an order that was begun before', async () => {
    const [one, two] = [await runsAt(bound), await runsAt()]
    const { url } = await (await one.run({ eab: eab('one') })).order
    const { authority: later } = await one.run({ eab: eab('two') })
    expect((await failing(later.readOrder(url))).code).toBe('ACME_ORDER_GONE')
    const { authority: elsewhere } = await two.run({}, one.secrets)
    expect((await failing(elsewhere.readOrder(url))).code).toBe('ACME_ORDER_GONE')
  })
})

describe('a run that is killed while the configuration of an account changes', () => {
  const before = { email: 'old@example.com', eab: eab('one') }
  const old = { contact: ['mailto:old@example.com'], externalAccount: 'one' }
  const changes = [
    ['the contact', { ...before, email: 'new@example.com' }, [{ ...old, contact: ['mailto:new@example.com'] }]],
    [
      'the contact and the external account',
      { email: 'new@example.com', eab: eab('two') },
      [old, { contact: ['mailto:new@example.com'], externalAccount: 'two' }],
    ],
  ] as const

  /** Ends the run at one of its effects: before it, or when its answer is lost. */
  function killer(at: number, when: 'before' | 'after') {
    let count = 0
    return async <T>(effect: () => Promise<T>): Promise<T> => {
      const isLast = count === at
      if (count > at || (isLast && when === 'before')) throw new Error('killed') // what is dead does nothing more
      count += 1
      const result = await effect()
      if (isLast) throw new Error('killed')
      return result
    }
  }

  async function killed(at: number, when: 'before' | 'after', after: Partial<AuthorityOptions>, accounts: object[]) {
    const world = await runsAt(bound)
    await world.run(before)
    world.ca.setTermsOfService('/terms/2')
    const killing = killer(at, when)
    const secrets: SecretStore = {
      ...world.secrets,
      stage: (...args) => killing(() => world.secrets.stage(...args)),
      activate: (...args) => killing(() => world.secrets.activate(...args)),
    }
    const send: typeof world.http.send = (request) => killing(() => world.http.send(request))
    const { failure } = await world.run(after, secrets, { ...world.http, send })
    const next = await world.run(after)
    expect(next.failure, `killed ${when} effect ${at}`).toBeUndefined()
    expect(world.accounts(), `killed ${when} effect ${at}`).toMatchObject(accounts)
    expect(await stored(world.secrets)).toMatchObject({ accountUrl: world.accounts().at(-1)?.url })
    const settled = await world.run(after)
    expect([settled.posts, settled.warned]).toEqual([['POST /new-order 201'], []])
    return failure !== undefined
  }

  describe.each(changes)('%s', (_what, after, accounts) => {
    test.each(['before', 'after'] as const)('%s any of its effects is followed by one that ends it', async (when) => {
      let at = 0
      while (await killed(at, when, after, [...accounts])) at += 1
      expect(at).toBeGreaterThanOrEqual(6) // directory, nonce, the contact, what is remembered (stage, promote), the order
    })
  })
})
