/** A certificate that a person brings, and the placeholder that a listener is given before the first: what is noted of them. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { discard } from '../../lib/renewal/discard.ts'
import { importCertificate } from '../../lib/renewal/import.ts'
import { attachPlaceholder } from '../../lib/renewal/placeholder.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import type { Certificate, CertificateSpec } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'
import { issue } from '../support/practice-world.ts'

const pki = await createAuthority({ name: 'bought' })
async function bought(names: readonly string[] = shop.names): Promise<Certificate> {
  const { chainPem, privateKeyPem } = await issue(pki, 'ecdsa-p256', [...names])
  return { ...publicCertificate(chainPem), privateKeyPem: new Secret(privateKeyPem) }
}
const [one, two] = await Promise.all([bought(), bought()])
const brought: CertificateSpec = { ...shop, imported: true, authorities: ['imported'] }
const now = new Date()

let world: MemoryWorld
beforeEach(async () => {
  world = await createMemoryWorld()
  world.pass(now.getTime() - world.clock.now().getTime())
})
const documentNow = async () =>
  parseDocument('shop', (await world.state.read(documentKey('shop')))?.document ?? emptyDocument)
const events = async () => (await documentNow()).events.map(({ event, detail }) => `${event} ${detail}`)
const pending = () => world.secrets.read('certificate/shop', 'pending')

describe('an import', () => {
  test('is noted with the certificate’s fingerprint, and a run brings it to its targets', async () => {
    await importCertificate(brought, one, world)
    expect(await documentNow()).toMatchObject({ fence: 1, environment: 'test' })
    expect(await events()).toEqual([`imported ${one.fingerprint.slice(0, 16)}`])
    expect(await world.run({}, brought)).toMatchObject({ result: 'deployed', health: { healthy: true } })
    expect([world.fr, world.us].map(({ served }) => served?.fingerprint)).toEqual([one.fingerprint, one.fingerprint])
    expect(await world.run({}, brought)).toMatchObject({ result: 'kept', decision: { until: one.notAfter } })
    expect(await documentNow()).toMatchObject({ issued: [] })
    expect(world.authority.orders).toEqual([])
  })

  test('is looked at as others are, however near its end is', async () => {
    await importCertificate(brought, one, world)
    await world.run({}, brought)
    world.pass(one.notAfter.getTime() - world.clock.now().getTime() - 60_000)
    const { next } = await world.run({}, brought)
    expect(next).toEqual(new Date(world.clock.now().getTime() + 6 * 3_600_000))
  })

  test('that fails leaves no event "imported", and its own error is heard, also when the state fails as well', async () => {
    const stage = async () => Promise.reject(new Failure('DENIED', 'no right to write'))
    const broken = { ...world, secrets: { ...world.secrets, stage } }
    await expect(importCertificate(brought, one, broken)).rejects.toMatchObject({ code: 'DENIED' })
    expect(await events()).toEqual([])
    expect((await documentNow()).lease).toBeUndefined()

    let writes = 0
    const write: MemoryWorld['state']['write'] = (...given) =>
      ++writes > 1 ? Promise.reject(new Failure('UNAVAILABLE', 'the state is down')) : world.state.write(...given)
    const down = { ...broken, state: { ...world.state, write } }
    await expect(importCertificate(brought, one, down)).rejects.toMatchObject({ code: 'DENIED' })
    expect(await events()).toEqual([])
  })

  test('of a key that one target does not take at the moment is refused, and nothing is stored', async () => {
    const { inspect } = world.us
    world.us.inspect = async (...given) => ({ ...(await inspect(...given)), allowedKeys: ['rsa-2048'] })
    await expect(importCertificate(brought, one, world)).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      message: expect.stringContaining('the key of the certificate is ecdsa-p256, and us/apps takes only rsa-2048'),
    })
    expect([await pending(), await world.state.list('')]).toEqual([undefined, []])
  })

  test('does not wait for a target that cannot be asked', async () => {
    world.us.trouble = new Failure('UNAVAILABLE', 'down')
    await importCertificate(brought, one, world)
    expect(await pending()).toBeDefined()
  })

  test('that waits can be taken back, and the next one takes its place', async () => {
    await importCertificate(brought, one, world)
    expect(await discard(brought, world)).toBe(one.fingerprint)
    await world.run({}, brought)
    expect(world.fr.served).toBeUndefined()
    await importCertificate(brought, two, world)
    expect(await world.run({}, brought)).toMatchObject({ result: 'deployed', health: { healthy: true } })
    expect(world.fr.served?.fingerprint).toBe(two.fingerprint)
  })

  test.each<[why: string, spec: CertificateSpec, certificate: Certificate, message: string]>([
    ['of one that newleaf orders itself', shop, one, 'write `imported: true` under certificates.shop'],
    [
      'of one that covers other names',
      { ...brought, names: [...shop.names, 'more.example'] },
      one,
      `does not cover more.example, which certificates.shop names; it covers ${one.names.join(', ')}`,
    ],
    [
      'of a key that its kinds of load balancer do not take',
      { ...brought, acceptedKeys: ['rsa-2048', 'rsa-3072'] },
      one,
      'the key of the certificate is ecdsa-p256, and its targets take only rsa-2048, rsa-3072',
    ],
    ['of one without a name', brought, { ...one, names: [] }, 'it covers no name'],
    [
      'of a key that no load balancer takes',
      brought,
      { ...one, keyAlgorithm: 'other' },
      'bring ECDSA P-256 or RSA 2048',
    ],
  ])('%s is refused, and nothing is stored', async (_why, spec, certificate, message) => {
    await expect(importCertificate(spec, certificate, world)).rejects.toMatchObject({
      ...{ code: 'EVENT_INVALID', message: expect.stringContaining(message) },
    })
    expect([await pending(), await world.state.list('')]).toEqual([undefined, []])
  })

  test('covers by a wildcard what is asked for', async () => {
    await importCertificate({ ...brought, names: ['www.shop.example'] }, one, world)
    expect(await pending()).toBeDefined()
  })
})

describe('a placeholder', () => {
  const nameOf = (object: string) => object.startsWith('newleaf-test-shop-')

  test('is noted before it can exist, and is replaced and deleted by the first renewal', async () => {
    const placed = await attachPlaceholder(shop, two, world)
    expect(placed).toEqual({ 'fr/edge': undefined, 'us/apps': undefined })
    expect(await events()).toEqual(['placeholder undefined'])
    const [object = ''] = [...world.fr.objects.keys()]
    expect(nameOf(object)).toBe(true)
    expect((await documentNow()).targets['fr/edge']?.objects).toEqual([object])
    expect(await world.run()).toMatchObject({ result: 'renewed', health: { healthy: true } })
    world.pass(25 * 3_600_000)
    await world.run()
    expect([...world.fr.objects.keys()]).toEqual([world.fr.bound])
    expect(world.fr.bound).not.toBe(object)
  })

  test('that one target does not take is given to the others', async () => {
    world.fr.bound = 'by-hand'
    const placed = await attachPlaceholder(shop, two, world)
    expect(placed).toMatchObject({ 'fr/edge': { code: 'TARGET_REFUSED' } })
    expect(placed['us/apps']).toBeUndefined()
    expect(await events()).toEqual(['placeholder undefined'])
  })

  test('that no target takes leaves no event "placeholder"', async () => {
    world.fr.trouble = new Failure('DENIED', 'no')
    world.us.bound = 'by-hand'
    expect(await attachPlaceholder(shop, two, world)).toMatchObject({
      'fr/edge': { code: 'DENIED' },
      'us/apps': { code: 'TARGET_REFUSED' },
    })
    expect(await events()).toEqual([])
    expect((await documentNow()).lease).toBeUndefined()
  })
})
