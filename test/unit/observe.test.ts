import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { issuersOf, observe } from '../../lib/observe/observe.ts'
import { probesOf } from '../../lib/observe/probes.ts'
import { withCurrent } from '../../lib/observe/with-current.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { decode, encode, type StoredCertificate } from '../../lib/secrets/codec.ts'
import { type CertificateDocument, documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import type { RenewalWindow } from '../../lib/types.ts'
import { certificateId } from '../../lib/x509/certificate-id.ts'
import { createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const now = new Date('2026-11-22T06:00:00Z')
const later = (hours: number) => new Date(now.getTime() + hours * HOUR)

const chainPem = (await serverCertificate(await createAuthority({ name: 'CA' }))).cert

describe('what is current is noted', () => {
  const stored: StoredCertificate = {
    kind: 'certificate',
    orderSpec: {
      ...{ names: shop.names, key: 'ecdsa-p256', authority: 'ca', environment: 'test' },
      directory: 'https://ca.example/directory',
    },
    certificate: {
      ...{ names: shop.names, serial: '01', fingerprint: 'ab', keyAlgorithm: 'ecdsa-p256', issuer: 'CN=CA' },
      ...{ notBefore: later(-9), notAfter: later(9), chainPem, privateKeyPem: new Secret('') },
    },
  }
  const window: RenewalWindow = { start: later(5), end: later(6), checkAfter: later(1) }
  const known = withCurrent(emptyDocument, stored, window, now)

  test('with its authority, how it is called there, and its window, and without its chain and its key', () => {
    expect(known.current).toEqual({
      ...{ names: shop.names, serial: '01', fingerprint: 'ab', keyAlgorithm: 'ecdsa-p256', issuer: 'CN=CA' },
      ...{ notBefore: later(-9), notAfter: later(9), authority: 'ca' },
      ...{ directory: 'https://ca.example/directory', certificateId: certificateId({ chainPem }) },
    })
    expect(known.current?.certificateId).toMatch(/^[\w-]+\.[\w-]+$/)
    expect(known.window).toStrictEqual({ fingerprint: 'ab', ...window })
  })

  test('once: the same is no news', () => {
    expect(withCurrent(known, stored, window, now)).toBe(known)
    expect(withCurrent(known, stored, undefined, now)).toBe(known)
    expect(withCurrent(known, undefined, window, now)).toBe(known)
    expect(withCurrent(emptyDocument, undefined, window, now)).toBe(emptyDocument)
  })

  test('anew when it is another one, when it is from another authority, or when its window is asked for again', () => {
    const other = { ...stored, certificate: { ...stored.certificate, fingerprint: 'cd' } }
    expect(withCurrent(known, other, undefined, now).current?.fingerprint).toBe('cd')
    expect(withCurrent(known, other, window, now).window?.fingerprint).toBe('cd')
    const moved = { ...stored, orderSpec: { ...stored.orderSpec, authority: 'renamed' } }
    expect(withCurrent(known, moved, undefined, now).current?.authority).toBe('renamed')
    const next = { ...window, checkAfter: later(2), explanation: 'https://ca.example/why' }
    expect(withCurrent(known, stored, next, now).window).toEqual({ fingerprint: 'ab', ...next })
  })

  test('with that the authority would have it replaced now, as long as it is the same one', () => {
    const past = { ...window, end: now, checkAfter: later(2) }
    const suggested = withCurrent(known, stored, past, now)
    expect(suggested.window).toMatchObject({ suggestedNow: true })
    expect(withCurrent(suggested, stored, window, now).window).toMatchObject({ end: later(6), suggestedNow: true })
    const other = { ...stored, certificate: { ...stored.certificate, fingerprint: 'cd' } }
    expect(withCurrent(suggested, other, window, now).window).not.toHaveProperty('suggestedNow')
  })
})

test('the authorities are asked in the order of the configuration, each with its directory and its limit', async () => {
  const { authority } = await createMemoryWorld()
  const limited = { authority: 'ca', directory: 'https://ca.example/directory', issuanceLimit: authority.issuanceLimit }
  const { issuanceLimit: _none, ...free } = authority
  expect(issuersOf({ authorities: ['free', 'ca', 'gone'] }, { authorities: { ca: authority, free } })).toEqual([
    { authority: 'free', directory: 'https://ca.example/directory' },
    limited,
    { authority: 'gone' },
  ])
})

describe('a look', () => {
  async function renewed(): Promise<{ world: MemoryWorld; document: () => Promise<CertificateDocument> }> {
    const world = await createMemoryWorld()
    await world.run()
    const document = async () => parseDocument('shop', (await world.state.read(documentKey('shop')))?.document)
    return { world, document }
  }

  test('asks the authority for its window once the time has come that it has named, and not before', async () => {
    const { world, document } = await renewed()
    let asked = 0
    const window = { start: later(900), end: later(901), checkAfter: later(7) }
    world.authority.renewalWindow = async () => {
      asked += 1
      return window
    }
    const seen = await observe(shop, await document(), world)
    expect([asked, seen.window, seen.knownWindow]).toEqual([1, window, undefined])
    world.pass(7 * HOUR - 1)
    const kept = await observe(shop, seen.document, world)
    expect([asked, kept.window]).toEqual([1, seen.document.window])
    expect(kept.knownWindow).toEqual(seen.document.window)
    world.pass(1)
    await observe(shop, seen.document, world)
    expect(asked).toBe(2)
  })

  test('asks no other authority of that name, and nobody where nothing is current', async () => {
    const { world, document } = await renewed()
    let asked = 0
    const renewalWindow = async () => {
      asked += 1
      return undefined
    }
    const other = { ...world.authority, directory: 'https://other.example', renewalWindow }
    expect((await observe(shop, await document(), { ...world, authorities: { ca: other } })).window).toBeUndefined()
    expect((await observe(shop, await document(), { ...world, authorities: {} })).window).toBeUndefined()
    const empty = await createMemoryWorld()
    empty.authority.renewalWindow = renewalWindow
    expect((await observe(shop, emptyDocument, empty)).window).toBeUndefined()
    expect(asked).toBe(0)
    world.authority.renewalWindow = renewalWindow
    await observe(shop, await document(), world)
    expect(asked).toBe(1)
  })

  test('asks the authority for the window also of a certificate that was stored without its directory', async () => {
    const { world, document } = await renewed()
    const window = { start: later(900), end: later(901), checkAfter: later(7) }
    world.authority.window = window
    const { read } = world.secrets
    world.secrets.read = async (name, stage) => {
      const found = await read(name, stage)
      if (found === undefined) return undefined
      const { orderSpec, ...stored } = decode(name, found.value)
      const { directory: _none, ...earlier } = orderSpec
      return { ...found, value: encode({ ...stored, orderSpec: earlier } as StoredCertificate) }
    }
    expect(await observe(shop, await document(), world)).toMatchObject({ window })
  })

  test('reads what is pending before what is current where a run may still be at work, and else both at once', async () => {
    const { world, document } = await renewed()
    const { read } = world.secrets
    let reading: string[] = []
    world.secrets.read = async (name, stage) => {
      reading.push(stage)
      const found = await read(name, stage)
      reading.push(`${stage} is read`)
      return found
    }
    await observe(shop, await document(), world)
    expect(reading.slice(0, 2)).toEqual(['pending', 'current'])
    reading = []
    const lease = { holder: 'another', fence: 7, until: now }
    await observe(shop, { ...(await document()), lease }, world)
    expect(reading.slice(0, 3)).toEqual(['pending', 'pending is read', 'current'])
  })

  test('finds that the clock is wrong, and no other trouble of the authority is swallowed', async () => {
    const { world, document } = await renewed()
    const wrong = new Failure('CLOCK_WRONG', 'an hour ahead')
    world.authority.renewalWindow = () => Promise.reject(wrong)
    expect(await observe(shop, await document(), world)).toMatchObject({ clockWrong: wrong, window: undefined })
    world.authority.renewalWindow = () => Promise.reject(new Failure('DENIED', 'no'))
    await expect(observe(shop, await document(), world)).rejects.toMatchObject({ code: 'DENIED' })
  })

  test('says of each target what it serves, since when its addresses answer, and who of them asks for patience', async () => {
    const { world, document } = await renewed()
    const until = later(5)
    world.us.trouble = new Failure('RATE_LIMITED', 'not now', { retryAfter: until })
    const before = { ...(await document()), cooldowns: { dns: later(1) } }
    const seen = await observe(shop, before, world)
    expect(seen.targets).toMatchObject({
      'fr/edge': { serves: true, probes: [{ shows: 'current', answersSince: now }] },
      'us/apps': { error: { code: 'RATE_LIMITED' } },
    })
    expect(seen.cooldowns).toEqual({ dns: later(1), 'balancers/us': until })
  })

  test('makes up from what is seen what was lost of the state', async () => {
    const { world, document } = await renewed()
    const known = (await document()).targets
    const { document: found } = await observe(shop, emptyDocument, world)
    for (const [id, { deployed, addresses, verified }] of Object.entries(found.targets)) {
      expect([deployed, addresses, verified]).toEqual([known[id]?.deployed, known[id]?.addresses, true])
    }
    world.fr.bound = 'by-hand'
    expect((await observe(shop, emptyDocument, world)).document.targets['fr/edge']).not.toHaveProperty('deployed')
  })

  test('of what is as it was makes no new document', async () => {
    const { world, document } = await renewed()
    const known = (await observe(shop, await document(), world)).document
    world.pass(HOUR)
    expect((await observe(shop, known, world)).document).toEqual(known)
  })

  test.each([
    ['a target that takes other keys alone', ['rsa-2048'], shop, 'TARGET_REFUSED'],
    ['a target that takes this key', ['rsa-2048', 'ecdsa-p256'], shop, undefined],
    [
      'a target that takes other keys than what a person brings',
      ['rsa-2048'],
      { ...shop, imported: true as const },
      undefined,
    ],
  ] as const)('of %s (%j)', async (_what, allowedKeys, spec, code) => {
    const { world, document } = await renewed()
    const { inspect } = world.fr
    world.fr.inspect = async (...given) => ({ ...(await inspect(...given)), allowedKeys })
    const view = (await observe(spec, await document(), world)).targets['fr/edge']
    expect(view && 'error' in view ? view.error.code : undefined).toBe(code)
    if (view && 'error' in view)
      expect(view.error.fields).toEqual({ target: 'fr/edge', key: 'ecdsa-p256', takes: ['rsa-2048'] })
  })
})

describe('an address is looked at', () => {
  async function looked(
    shows: (serverName: string) => string,
    names: readonly string[],
    covered: readonly string[] | undefined,
  ) {
    const world = await createMemoryWorld()
    await world.run()
    const { served } = world.fr
    if (served === undefined) throw new Error('it serves one')
    const asked: string[] = []
    const probe = {
      handshake: async (_endpoint: unknown, serverName: string) => {
        asked.push(serverName)
        const result = shows(serverName)
        if (result === 'current') return { result: 'presented', certificate: served } as const
        if (result === 'other') return { result: 'presented', certificate: { ...served, fingerprint: 'cd' } } as const
        return { result: result as 'broken', reason: 'x', silent: true }
      },
    }
    const current = covered && { ...served, names: covered }
    const [probed] = await probesOf([{ address: '192.0.2.1', port: 443 }], names, current, probe)
    return { asked, shows: probed?.shows, serverName: probed?.serverName }
  }
  const names = ['a.example', 'b.example', '*.c.example']

  test.each<[what: string, shown: Record<string, string>, asked: string[], shows: string, of: string]>([
    ['for each name, if it answers', {}, ['a.example', 'b.example', 'newleaf-probe.c.example'], 'current', 'a.example'],
    [
      'and is as bad as for the worst of them',
      { 'b.example': 'unreachable', 'newleaf-probe.c.example': 'broken' },
      ['a.example', 'b.example', 'newleaf-probe.c.example'],
      'broken',
      'newleaf-probe.c.example',
    ],
    ['for one name, if it does not answer', { 'a.example': 'refused' }, ['a.example'], 'refused', 'a.example'],
    ['for one name, if its handshakes fail', { 'a.example': 'broken' }, ['a.example'], 'broken', 'a.example'],
  ])('%s', async (_what, shown, asked, shows, of) => {
    expect(await looked((name) => shown[name] ?? 'current', names, names)).toEqual({ asked, shows, serverName: of })
  })

  test('for those names alone that the certificate has; for one where there is none', async () => {
    expect((await looked(() => 'current', names, ['b.example'])).asked).toEqual(['b.example'])
    expect((await looked(() => 'current', names, undefined)).asked).toEqual(['a.example'])
  })
})
