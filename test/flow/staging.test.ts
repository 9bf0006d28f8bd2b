/** An authority for tests, at a listener that serves what clients trust. */
import { beforeEach, describe, expect, test } from 'vitest'
import { authorityOptions, directories, knownOf } from '../../lib/acme/directories.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { attachPlaceholder } from '../../lib/renewal/placeholder.ts'
import type { Certificate } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { selfSigned } from '../../sandbox/pki.ts'
import { createMemoryAuthority } from '../support/memory-authority.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const DAY = 86_400_000

/** A world whose one authority is for tests. */
async function stagingWorld({ fr, us }: Partial<Pick<MemoryWorld, 'fr' | 'us'>> = {}) {
  const ops = createMemoryNotifier()
  const plain = await createMemoryWorld()
  const txt = plain.txt
  const authority = await createMemoryAuthority(plain.clock, (name) => txt.get(name) ?? [])
  const balancers = { fr: fr ?? plain.fr, us: us ?? plain.us }
  const world = await createMemoryWorld({
    ...{ environment: 'staging', balancers, notifiers: { ops }, clock: plain.clock, solver: plain.solver },
    authorities: { ca: { ...authority, untrusted: true } },
  })
  return { world, ops, authority, balancers, pass: plain.pass }
}

describe('a certificate of a staging authority', () => {
  let live: MemoryWorld
  beforeEach(async () => {
    live = await createMemoryWorld()
    await live.run()
  })

  test('F-87: does not take the place of another one: before an order is made it is refused, and somebody hears of it', async () => {
    const { world, ops, authority } = await stagingWorld(live)
    const served = [live.fr, live.us].map(({ bound }) => bound)
    for (const request of [{}, { force: true, only: ['shop'] }, { deploy: true, only: ['shop'] }])
      expect(await world.run(request)).toMatchObject({ result: 'failed', error: { code: 'STAGING_REFUSED' } })
    expect([live.fr, live.us].map(({ bound }) => bound)).toEqual(served)
    expect(authority.orders).toEqual([])
    expect(ops.heard()).toEqual(['problem STAGING_REFUSED'])
    expect(ops.notices[0]?.advice).toContain('`replaceTrusted: true`')
  })

  test('goes to the target that serves nothing yet, and to no other', async () => {
    const { world, balancers } = await stagingWorld({ fr: live.fr })
    const served = live.fr.bound
    expect(await world.run()).toMatchObject({
      error: { code: 'STAGING_REFUSED' },
      targets: { 'fr/edge': { state: 'failed' }, 'us/apps': { state: 'verified' } },
    })
    expect(live.fr.bound).toBe(served)
    expect(balancers.us.bound).toMatch(/^newleaf-staging-shop-/)
  })

  test('takes the place of a placeholder, of its own earlier one, and of one that has expired', async () => {
    const { world, balancers, pass } = await stagingWorld()
    const { cert, key } = await selfSigned('ecdsa-p256', {
      names: [...shop.names],
      notBefore: new Date(world.clock.now().getTime() - DAY),
      notAfter: new Date(world.clock.now().getTime() + 300 * DAY),
    })
    const placeholder: Certificate = { ...publicCertificate(cert), privateKeyPem: new Secret(key) }
    await attachPlaceholder(shop, placeholder, world)
    expect(balancers.fr.served?.fingerprint).toBe(placeholder.fingerprint)
    expect(await world.run()).toMatchObject({ result: 'renewed', health: { healthy: true } })
    expect(await world.run({ force: true, only: ['shop'] })).toMatchObject({ result: 'renewed' })
    pass(200 * DAY)
    expect(await world.run()).toMatchObject({ result: 'renewed', health: { healthy: true } })
  })
})

test('the staging directories are known, and the configuration may allow what they issue', () => {
  const untrusted = Object.entries(directories).filter(([, { url }]) => knownOf({ directory: url }).untrusted)
  expect(untrusted.map(([name]) => name)).toEqual(['letsencrypt-staging', 'google-staging'])
  const { url } = directories['letsencrypt-staging']
  expect(knownOf({ directory: url, replaceTrusted: true })).toEqual({ directory: url })
  expect(Object.keys(authorityOptions.pipe[0].entries)).toContain('replaceTrusted')
})
