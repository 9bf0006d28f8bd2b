/** An older copy of the secrets store is put back by hand, while the state is the newest. */
import { beforeEach, describe, expect, test } from 'vitest'
import { newerThanStored } from '../../lib/policy/outdated.ts'
import type { StoredCertificate } from '../../lib/secrets/codec.ts'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

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

describe('what the state knows was current', () => {
  const now = new Date('2026-11-22T06:00:00Z')
  const at = (days: number) => new Date(now.getTime() + days * DAY)
  const facts = (fingerprint: string, notBefore: Date, notAfter = at(60)) => ({
    ...{ names: [], serial: '01', keyAlgorithm: 'ecdsa-p256' as const, issuer: 'CN=CA' },
    ...{ fingerprint, notBefore, notAfter },
  })
  const stored = (fingerprint: string, notBefore: Date) =>
    ({ kind: 'certificate', certificate: facts(fingerprint, notBefore) }) as unknown as StoredCertificate
  const older = stored('older', at(-9))

  test.each([
    ['newer than the one that is stored', true, facts('known', at(-3)), { current: older, pending: undefined }],
    ['that one itself', false, facts('older', at(-9)), { current: older, pending: undefined }],
    ['older than it', false, facts('known', at(-30)), { current: older, pending: undefined }],
    ['about to be current', false, facts('known', at(-3)), { current: older, pending: stored('known', at(-3)) }],
    ['over', false, facts('known', at(-3), at(-1)), { current: older, pending: undefined }],
    ['newer than nothing', false, facts('known', at(-3)), { current: undefined, pending: undefined }],
    ['nothing', false, undefined, { current: older, pending: undefined }],
  ])('%s: the store is outdated is %s', (_what, isOutdated, known, held) => {
    expect(newerThanStored(known ? { current: known } : {}, held, now) !== undefined).toBe(isOutdated)
  })
})
