import { X509Certificate } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import { createCsr } from '../../lib/x509/csr.ts'
import { generateKey } from '../../lib/x509/key.ts'
import { failing } from '../support/acme-authority.ts'
import { describePeers } from '../support/describe-peers.ts'
import {
  AUTHORITY,
  createIssuingWorld,
  type IssuingOptions,
  type IssuingWorld,
  specFor,
} from '../support/issuing-world.ts'
import { type Site, startSite, ZONE } from '../support/pebble-site.ts'

const DAY = 86_400_000
const worlds: IssuingWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

const worldAt = async ({ whereabouts }: Site, options?: IssuingOptions): Promise<IssuingWorld> => {
  const world = await createIssuingWorld(whereabouts, options)
  worlds.push(world)
  return world
}

/** A later run: it knows the account and the certificates of an earlier one. */
const afterwards = (site: Site, { secrets }: IssuingWorld) => worldAt(site, { secrets })

/** Renewal information is no part of issuance: it is asked for without a signature, and may be left out. */
const issuing = (requests: readonly string[]) => requests.filter((each) => !each.includes('renewalInfo'))
const times = (requests: readonly string[], wanted: string) => requests.filter((each) => each === wanted).length
const said = ({ records }: IssuingWorld, message: string) => records.filter((record) => record.message === message)

describePeers('Pebble, strict', ['pebble'], ({ pebble: program }) => {
  let site: Site
  beforeAll(async () => {
    site = await startSite({
      program,
      profiles: { classic: 7_776_000, shortlived: 576_000 },
      blocked: ['blocked.test'],
    })
  })
  afterAll(() => site.close())

  test.each([
    ['an ECDSA key', 'ecdsa-p256'],
    ['a larger ECDSA key', 'ecdsa-p384'],
    ['an RSA key', 'rsa-2048'],
  ] as const)('issues an apex with its wildcard to %s, in a chain that leads to its root', async (_, key) => {
    const names = [`${key}.${ZONE}`, `*.${key}.${ZONE}`]
    const world = await worldAt(site)
    const [outcome] = await world.run([specFor('apex', names, { key })])
    expect(outcome).toMatchObject({ result: 'renewed', error: undefined, certificate: { keyAlgorithm: key } })
    const { chainPem, names: issued } = await world.current('apex')
    expect([...issued].sort()).toEqual([...names].sort())
    const root = new X509Certificate(await site.pebble.root())
    const last = new X509Certificate(chainPem.split(/(?<=-----END CERTIFICATE-----\n)/).at(-1) ?? '')
    expect(last.verify(root.publicKey)).toBe(true)
    expect(site.zones.list(ZONE).filter(({ type }) => type === 'TXT')).toEqual([])
  })

  test('two names cost at most thirteen requests on two connections, with an account that is known', async () => {
    const first = await worldAt(site)
    await first.run([specFor('first', [`first.${ZONE}`])])
    await site.pebble.forget()
    const world = await afterwards(site, first)
    await world.run([specFor('two', [`two.${ZONE}`, `*.two.${ZONE}`])])
    expect(issuing(await site.pebble.requests()).length).toBeLessThanOrEqual(13)
    expect(site.pebble.connections()).toBeLessThanOrEqual(2)
  })

  const ten = (label: string) =>
    Array.from({ length: 10 }, (_, at) => specFor(`${label}${at}`, [`${label}${at}.${ZONE}`]))

  test('ten certificates one after the other cost at most eight requests each, the directory and a nonce, on two connections', async () => {
    const first = await worldAt(site)
    await first.run([specFor('first', [`first.${ZONE}`])])
    await site.pebble.forget()
    const world = await afterwards(site, first)
    for (const spec of ten('row')) await world.run([spec])
    expect(issuing(await site.pebble.requests()).length).toBeLessThanOrEqual(2 + 8 * 10)
    expect(site.pebble.connections()).toBeLessThanOrEqual(2)
  })

  test('ten certificates at once cost no more than that but a nonce for each lane', async () => {
    const first = await worldAt(site)
    await first.run([specFor('first', [`first.${ZONE}`])])
    await site.pebble.forget()
    const world = await afterwards(site, first)
    const outcomes = await world.run(ten('lane'))
    expect(outcomes.map(({ result }) => result)).toEqual(new Array(10).fill('renewed'))
    expect(issuing(await site.pebble.requests()).length).toBeLessThanOrEqual(1 + 10 + 8 * 10)
    expect(site.pebble.connections()).toBeLessThanOrEqual(10)
  })

  test('a renewal says which certificate it replaces, and Pebble takes it', async () => {
    const spec = specFor('renewed', [`renewed.${ZONE}`])
    const world = await worldAt(site)
    const [first] = await world.run([spec])
    await site.pebble.forget()
    const [second] = await world.run([spec], { force: true })
    expect(second).toMatchObject({ result: 'renewed' })
    expect(second?.certificate?.fingerprint).not.toBe(first?.certificate?.fingerprint)
    expect(times(await site.pebble.requests(), 'POST /order-plz')).toBe(1)
    expect(said(world, 'the authority does not take the order as a replacement')).toEqual([])
  })

  test('a certificate that was replaced before is renewed all the same', async () => {
    const names = [`replaced.${ZONE}`]
    const world = await worldAt(site)
    await world.run([specFor('replaced', names)])
    const replaces = await world.current('replaced')
    await world.run([specFor('replaced', names)], { force: true })
    await site.pebble.forget()
    await world.authority.newOrder({ names, replaces })
    expect(times(await site.pebble.requests(), 'POST /order-plz')).toBe(2)
    expect(said(world, 'the authority does not take the order as a replacement')).toMatchObject([
      { fields: { code: 'ACME_ALREADY_REPLACED' } },
    ])
  })

  test('a certificate without a name in common, which Pebble answers with 500, does not stand in the way', async () => {
    const world = await worldAt(site)
    await world.run([specFor('other', [`other.${ZONE}`])])
    const order = await world.authority.newOrder({ names: [`else.${ZONE}`], replaces: await world.current('other') })
    expect(order.names).toEqual([`else.${ZONE}`])
  })

  test('the window of a new certificate lies around two thirds of its life', async () => {
    const world = await worldAt(site)
    await world.run([specFor('window', [`window.${ZONE}`], { profile: 'classic' })])
    const certificate = await world.current('window')
    const window = await world.authority.renewalWindow(certificate)
    const twoThirds = certificate.notAfter.getTime() - 30 * DAY
    expect(Math.abs(Number(window?.start) - (twoThirds - DAY))).toBeLessThan(60_000)
    expect(Math.abs(Number(window?.end) - (twoThirds + DAY))).toBeLessThan(60_000)
    expect(Math.round((Number(window?.checkAfter) - Date.now()) / 60_000)).toBe(360)
  })

  test('a window that has begun has the next run renew, and its explanation is kept for people', async () => {
    const spec = specFor('early', [`early.${ZONE}`])
    const world = await worldAt(site)
    await world.run([spec])
    const certificate = await world.current('early')
    await site.pebble.setRenewalInfo(certificate.chainPem, {
      suggestedWindow: { start: new Date(Date.now() - 7_200_000), end: new Date(Date.now() - 3_600_000) },
      explanationURL: 'https://ca.test/incident',
    })
    expect(await world.authority.renewalWindow(certificate)).toMatchObject({ explanation: 'https://ca.test/incident' })
    const later = await afterwards(site, world)
    const [outcome] = await later.run([spec])
    expect(outcome).toMatchObject({ result: 'renewed', decision: { reason: 'due' } })
  })

  test('a window that makes no sense is no window', async () => {
    const world = await worldAt(site)
    await world.run([specFor('mad', [`mad.${ZONE}`])])
    const certificate = await world.current('mad')
    await site.pebble.setRenewalInfo(certificate.chainPem, { suggestedWindow: { start: 'soon', end: 'later' } })
    expect(await world.authority.renewalWindow(certificate)).toBeUndefined()
  })

  test('the profile that is asked for decides how long the certificate lives', async () => {
    const world = await worldAt(site)
    const names = [`profile.${ZONE}`]
    await world.run([
      specFor('long', names, { profile: 'classic' }),
      specFor('short', names, { profile: 'shortlived' }),
    ])
    const days = async (id: string) => {
      const { notBefore, notAfter } = await world.current(id)
      return Math.round((notAfter.getTime() - notBefore.getTime()) / DAY)
    }
    expect([await days('long'), await days('short')]).toEqual([90, 7])
  })

  test('a profile that is not offered costs no order', async () => {
    const world = await worldAt(site)
    await world.run([specFor('first', [`first.${ZONE}`])])
    await site.pebble.forget()
    const failure = await failing(world.authority.newOrder({ names: [`first.${ZONE}`], profile: 'lifelong' }))
    expect(failure.code).toBe('ACME_PROFILE')
    expect(failure.fields.profiles).toEqual(expect.arrayContaining(['classic', 'shortlived']))
    expect(await site.pebble.requests()).toEqual([])
  })

  const accountOf = async ({ secrets }: IssuingWorld) => {
    const stored = await secrets.read(`account/${AUTHORITY}`, 'current')
    return { version: stored?.version, account: JSON.parse(stored?.value.reveal() ?? '{}') as Record<string, string> }
  }
  const rememberAs = async (world: IssuingWorld, change: Record<string, string | undefined>) => {
    const { version, account } = await accountOf(world)
    const changed = new Secret(JSON.stringify({ ...account, ...change }))
    const next = await world.secrets.stage(`account/${AUTHORITY}`, changed)
    await world.secrets.activate(`account/${AUTHORITY}`, next, version)
    return account.accountUrl
  }

  test('an account whose address was lost is found again by its key', async () => {
    const first = await worldAt(site)
    await first.run([specFor('first', [`first.${ZONE}`])])
    const accountUrl = await rememberAs(first, { accountUrl: undefined })
    const world = await afterwards(site, first)
    await world.run([specFor('second', [`second.${ZONE}`])])
    expect(said(world, 'account registered')).toMatchObject([{ fields: { existed: true } }])
    expect((await accountOf(world)).account.accountUrl).toBe(accountUrl)
  })

  test('the contact of an account follows the configuration, in one request for each change', async () => {
    const first = await worldAt(site, { options: { email: 'old@example.com' } })
    await first.run([specFor('contact', [`contact.${ZONE}`])])
    for (const options of [{ email: 'new@example.com' }, {}]) {
      const world = await worldAt(site, { options, secrets: first.secrets })
      await site.pebble.forget()
      await world.authority.newOrder({ names: [`changed.${ZONE}`] })
      expect(times(await site.pebble.requests(), 'POST /my-account/')).toBe(1)
      expect(said(world, 'the contact of the account was updated')).toHaveLength(1)
      await site.pebble.forget()
      const again = await worldAt(site, { options, secrets: first.secrets })
      await again.authority.newOrder({ names: [`again.${ZONE}`] })
      expect(times(await site.pebble.requests(), 'POST /my-account/')).toBe(0)
    }
  })

  test('a contact that Pebble refuses stops no renewal, and is said once', async () => {
    const first = await worldAt(site)
    await first.run([specFor('contact', [`contact.${ZONE}`])])
    const refused = 'the authority refuses the new contact of the account'
    const warnings: number[] = []
    for (const id of ['one', 'two']) {
      const world = await worldAt(site, { options: { email: 'a..b@example.com' }, secrets: first.secrets })
      const [outcome] = await world.run([specFor(id, [`${id}.${ZONE}`])])
      expect(outcome).toMatchObject({ result: 'renewed' })
      warnings.push(said(world, refused).length)
    }
    expect(warnings).toEqual([1, 0])
  })

  test('an order of another account is gone', async () => {
    const first = await worldAt(site)
    const { url } = await first.authority.newOrder({ names: [`theirs.${ZONE}`] })
    const stranger = await worldAt(site)
    expect((await failing(stranger.authority.readOrder(url))).code).toBe('ACME_ORDER_GONE')
  })

  test('an account that Pebble knows nothing of is registered again', async () => {
    const first = await worldAt(site)
    await first.run([specFor('first', [`first.${ZONE}`])])
    const accountUrl = await rememberAs(first, { accountUrl: new URL('/my-account/gone', site.pebble.directory).href })
    const world = await afterwards(site, first)
    const [outcome] = await world.run([specFor('again', [`again.${ZONE}`])])
    expect(outcome).toMatchObject({ result: 'renewed' })
    expect((await accountOf(world)).account.accountUrl).toBe(accountUrl)
  })

  test('a wrong TXT value fails with the name at fault and in the words of Pebble', async () => {
    const { authority } = await worldAt(site)
    const names = [`wrong.${ZONE}`, `absent.${ZONE}`]
    const order = await authority.newOrder({ names })
    const challenges = await authority.challenges(order)
    const record = { name: `_acme-challenge.wrong.${ZONE}`, type: 'TXT', data: 'something-else' } as const
    site.zones.addRecord(record)
    const failure = await failing(authority.answer(challenges))
    site.zones.removeRecord(record)
    expect(failure.code).toBe('ACME_VALIDATION_FAILED')
    expect(failure.message).toMatch(/pebble could not validate (wrong|absent)\.example\.test \(unauthorized\): ./)
    expect(names).toEqual(expect.arrayContaining(failure.fields.names as string[]))
    expect(await authority.readOrder(order.url)).toMatchObject({ status: 'invalid' })
    const csr = await createCsr(names, await generateKey('ecdsa-p256'))
    expect(await failing(authority.finalize(await authority.readOrder(order.url), csr))).toMatchObject({
      code: 'ACME_VALIDATION_FAILED',
    })
  })

  test('a name that Pebble will not certify is refused for good', async () => {
    const { authority } = await worldAt(site)
    const failure = await failing(authority.newOrder({ names: [`fine.${ZONE}`, 'www.blocked.test'] }))
    expect(failure).toMatchObject({ code: 'ACME_NAME_REFUSED', retry: 'never' })
  })

  test('a certificate is revoked, once or twice, and is to be renewed at once', async () => {
    const world = await worldAt(site)
    await world.run([specFor('revoked', [`revoked.${ZONE}`])])
    const certificate = await world.current('revoked')
    expect(await site.pebble.statusOf(certificate.serial)).toBe('Valid')
    await world.authority.revoke(certificate, 4)
    await world.authority.revoke(certificate, 4)
    expect(await site.pebble.statusOf(certificate.serial)).toBe('Revoked')
    const window = await world.authority.renewalWindow(certificate)
    expect(Number(window?.end)).toBeLessThan(Date.now())
  })
})

describePeers('Pebble with one good nonce of five refused, and every second proof reused', ['pebble'], ({ pebble }) => {
  let site: Site
  beforeAll(async () => {
    site = await startSite({ program: pebble, nonceReject: 20, authzReuse: 50 })
  })
  afterAll(() => site.close())

  test('ten certificates are issued and renewed at once, and none fails', async () => {
    const world = await worldAt(site)
    const specs = Array.from({ length: 10 }, (_, at) => specFor(`n${at}`, [`n${at}.${ZONE}`, `*.n${at}.${ZONE}`]))
    const issued = await world.run(specs)
    const renewed = await world.run(specs, { force: true })
    expect([...issued, ...renewed].map(({ error }) => error?.code)).toEqual(new Array(20).fill(undefined))
    expect(new Set([...issued, ...renewed].map(({ certificate }) => certificate?.fingerprint)).size).toBe(20)
    const requests = await site.pebble.requests()
    expect(times(requests, 'POST /certZ/')).toBeGreaterThanOrEqual(20)
    expect(times(requests, 'POST /chalZ/')).toBeLessThan(60) // 40 without reuse, and a quarter of it for nonces
  })
})

describePeers('Pebble that takes up to two seconds, and asks for three between two looks', ['pebble'], ({ pebble }) => {
  test('is looked at once before it says so, and once after', async () => {
    const site = await startSite({ program: pebble, sleep: 3, retryAfter: { authz: 3, order: 3 } })
    try {
      const world = await worldAt(site)
      const [outcome] = await world.run([specFor('patient', [`patient.${ZONE}`])])
      expect(outcome).toMatchObject({ result: 'renewed' })
      const requests = await site.pebble.requests()
      expect(times(requests, 'POST /authZ/')).toBeLessThanOrEqual(1 + 2)
      expect(times(requests, 'POST /my-order/')).toBe(1)
    } finally {
      await site.close()
    }
  })
})

describePeers('Pebble that wants an external account', ['pebble'], ({ pebble }) => {
  const hmac = 'canary-token-of-an-external-account-0123456789-x'
  let site: Site
  beforeAll(async () => {
    site = await startSite({ program: pebble, externalAccounts: { 'kid-1': hmac, 'kid-2': hmac } })
  })
  afterAll(() => site.close())
  const eab = { kid: 'kid-1', hmac: { from: 'env', name: 'HMAC' } } as const

  test('binds the account to it, once', async () => {
    const first = await worldAt(site, { options: { eab }, hmac })
    const [outcome] = await first.run([specFor('bound', [`bound.${ZONE}`])])
    expect(outcome).toMatchObject({ result: 'renewed', error: undefined })
    await site.pebble.forget()
    const world = await worldAt(site, { options: { eab }, hmac, secrets: first.secrets })
    await world.run([specFor('again', [`again.${ZONE}`])])
    expect(times(await site.pebble.requests(), 'POST /sign-me-up')).toBe(0)
  })

  test('another key identifier has an account with a key of its own, and the first one is used when it is put back', async () => {
    const first = await worldAt(site, { options: { eab }, hmac })
    await first.run([specFor('one', [`one.${ZONE}`])])
    const registrations = async (options: IssuingOptions['options']) => {
      await site.pebble.forget()
      const world = await worldAt(site, { ...(options && { options }), hmac, secrets: first.secrets })
      const [outcome] = await world.run([specFor('next', [`next.${ZONE}`])], { force: true })
      expect(outcome).toMatchObject({ result: 'renewed', error: undefined })
      return times(await site.pebble.requests(), 'POST /sign-me-up')
    }
    expect(await registrations({ eab: { ...eab, kid: 'kid-2' } })).toBe(1)
    expect(await registrations({ eab: { ...eab, kid: 'kid-2' } })).toBe(0)
    // Pebble refuses to replace what another account has ordered, and is then asked once whose the key is, which registers nothing.
    expect(await registrations({ eab })).toBe(1)
    expect(await registrations(undefined)).toBe(1)
  })

  test('a key identifier that it does not know is refused, and the account is used again when it is put back', async () => {
    const first = await worldAt(site, { options: { eab }, hmac })
    await first.run([specFor('one', [`one.${ZONE}`])])
    const wrong = await worldAt(site, { options: { eab: { ...eab, kid: 'kid-3' } }, hmac, secrets: first.secrets })
    const failure = await failing(wrong.authority.newOrder({ names: [`wrong.${ZONE}`] }))
    expect(failure).toMatchObject({ code: 'ACME_ACCOUNT_REFUSED', retry: 'never' })
    await site.pebble.forget()
    const back = await worldAt(site, { options: { eab }, hmac, secrets: first.secrets })
    await back.authority.newOrder({ names: [`back.${ZONE}`] })
    expect(times(await site.pebble.requests(), 'POST /sign-me-up')).toBe(0)
  })

  test('without a binding no account is asked for, and the configuration’s field is named', async () => {
    const { authority } = await worldAt(site)
    await site.pebble.forget()
    const failure = await failing(authority.newOrder({ names: [`none.${ZONE}`] }))
    expect(failure).toMatchObject({ code: 'ACME_ACCOUNT_REFUSED', retry: 'never' })
    expect(failure.message).toContain('eab')
    expect((await site.pebble.requests()).filter((each) => each.startsWith('POST'))).toEqual([])
  })

  test('a wrong key is refused, and does not stand in the message', async () => {
    const wrong = 'canary-token-that-is-not-the-right-one-012345678'
    const { authority } = await worldAt(site, { options: { eab }, hmac: wrong })
    const failure = await failing(authority.newOrder({ names: [`wrong.${ZONE}`] }))
    expect(failure).toMatchObject({ code: 'ACME_ACCOUNT_REFUSED' })
    expect(JSON.stringify([failure.message, failure.fields])).not.toContain('canary')
  })
})
