/** The secrets store is older than the state: an older copy of it was put back, or it was emptied. */
import { beforeEach, describe, expect, test } from 'vitest'
import { planText } from '../../cli/plan-text.ts'
import { Failure } from '../../lib/errors.ts'
import { lostFromStore } from '../../lib/policy/outdated.ts'
import { plan } from '../../lib/renewal/plan.ts'
import { readStages } from '../../lib/secrets/certificate.ts'
import { documentKey, parseDocument, readDocument } from '../../lib/state/document.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const request = { force: false, dryRun: false, fullScan: true }

describe('an older copy of the secrets store', () => {
  let world: MemoryWorld
  let ops: ReturnType<typeof createMemoryNotifier>
  let newer: string | undefined
  const documentNow = async () => parseDocument('shop', (await world.state.read(documentKey('shop')))?.document)
  const served = () => [world.fr, world.us].map((each) => each.served?.fingerprint)

  beforeEach(async () => {
    const secrets = createMemorySecrets()
    ops = createMemoryNotifier()
    world = await createMemoryWorld({ secrets, notifiers: { ops } })
    await world.run()
    const putBack = secrets.save()
    world.pass(HOUR)
    newer = (await world.run({ force: true, only: ['shop'] })).certificate?.fingerprint
    world.pass(2 * DAY)
    expect(await world.run()).toMatchObject({ health: { healthy: true } })
    putBack()
  })

  test('is recognised: what it holds is not deployed over the newer certificate, and somebody hears of it', async () => {
    for (let day = 0; day < 5; day += 1) {
      expect(await world.run()).toMatchObject({ health: { healthy: false } })
      world.pass(DAY)
    }
    expect(served()).toEqual([newer, newer])
    expect(ops.heard()).toEqual(['problem STORE_OUTDATED'])
    expect((await documentNow()).current?.fingerprint).toBe(newer)
  })

  test('is not deployed either when a person asks for it', async () => {
    const request = { only: ['shop'], deploy: true }
    expect(await world.run(request)).toMatchObject({ result: 'failed', error: { code: 'STORE_OUTDATED' } })
    expect(served()).toEqual([newer, newer])
  })

  test('does not keep a renewal from being ordered, by force or once it is due', async () => {
    const forced = await world.run({ force: true, only: ['shop'] })
    expect(forced).toMatchObject({ result: 'renewed', health: { healthy: true } })
    expect(served()).toEqual([forced.certificate?.fingerprint, forced.certificate?.fingerprint])
    world.pass(HOUR)
    expect(await world.run()).toMatchObject({ health: { healthy: true } })
  })
})

describe('a secrets store that was emptied', () => {
  test('is told from a certificate that never was, and another one is ordered', async () => {
    const secrets = createMemorySecrets()
    const putBack = secrets.save()
    const world = await createMemoryWorld({ secrets })
    const [never] = await plan([shop], request, world)
    expect(never?.health.conditions).toMatchObject([{ code: 'NO_CERTIFICATE', message: 'there is no certificate yet' }])
    const first = (await world.run()).certificate
    putBack()

    const items = await plan([shop], request, world)
    const which = `the secrets store does not hold the certificate any more: ${first?.fingerprint.slice(0, 16)}`
    const said = expect.stringContaining(which)
    expect(items).toMatchObject([
      { decision: { action: 'issue', reason: 'absent', message: said }, lost: { fingerprint: first?.fingerprint } },
    ])
    expect(items[0]?.health.conditions).toMatchObject([{ code: 'NO_CERTIFICATE', message: said }])
    const found = { items, obstacles: [], unconfigured: [], credentials: [] }
    const shown = planText(found, world.clock.now(), (_colour, text) => text)
    expect(shown).toContain(`current    not stored any more: ${first?.fingerprint.slice(0, 16)}, 90 days left`)
    expect(shown).not.toContain('yet')
    const deploy = await world.run({ deploy: true, only: ['shop'] })
    expect(deploy).toMatchObject({ error: { code: 'CERTIFICATE_MISSING', message: said } })

    const renewed = await world.run()
    expect(renewed).toMatchObject({ result: 'renewed', health: { healthy: true } })
    expect(renewed.certificate?.fingerprint).not.toBe(first?.fingerprint)
  })

  test('is none where the first certificate is about to be current', async () => {
    const world = await createMemoryWorld()
    const { certificate } = await world.run()
    const { document } = await readDocument('shop', world)
    const { current } = await readStages('shop', world)
    expect(lostFromStore(document, { current: undefined, pending: undefined })).toMatchObject({
      fingerprint: certificate?.fingerprint,
    })
    expect(lostFromStore(document, { current: undefined, pending: current?.stored })).toBeUndefined()
    expect(lostFromStore(document, { current: current?.stored, pending: undefined })).toBeUndefined()
  })
})

test('a secrets store that cannot be read does not hide that the certificate has expired', async () => {
  const world = await createMemoryWorld()
  await world.run()
  world.pass(100 * DAY)
  world.secrets.read = () => Promise.reject(new Failure('STORE_UNREADABLE', 'torn'))
  const [item] = await plan([shop], request, world)
  expect(item?.health.conditions).toMatchObject([{ code: 'EXPIRED' }, { code: 'NOT_DONE' }])
})
