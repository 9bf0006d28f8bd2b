import { beforeEach, describe, expect, test } from 'vitest'
import { deploymentOf } from '../../lib/balancers/names.ts'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { rollBack } from '../../lib/renewal/roll-back.ts'
import { readPrevious, readStages } from '../../lib/secrets/certificate.ts'
import type { TargetEntry } from '../../lib/state/document.ts'
import { entryOf, withEntry } from '../../lib/state/targets.ts'
import type { Certificate } from '../../lib/types.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const [target] = shop.targets
if (target === undefined) throw new Error('it has a target')

let world: MemoryWorld
let earlier: Certificate
let current: Certificate
beforeEach(async () => {
  world = await createMemoryWorld()
  await world.run()
  await world.run({ force: true })
  const stored = [await readPrevious('shop', world), (await readStages('shop', world)).current]
  const [one, other] = stored.map((staged) => staged?.stored.certificate)
  if (one === undefined || other === undefined) throw new Error('it has two')
  ;[earlier, current] = [one, other]
})

const deployment = (certificate: Certificate) => deploymentOf(certificate, shop, world.environment)
const given = (certificate: Certificate): Partial<TargetEntry> => ({
  deployed: { fingerprint: certificate.fingerprint, object: deployment(certificate).name, since: world.clock.now() },
})

/** What comes of a certificate that has failed at a listener which has it now, where this is known of the target. */
async function rolledBack(code: FailureCode, failed: Certificate, known: Partial<TargetEntry>) {
  await world.fr.swap(target?.listener ?? {}, deployment(failed))
  world.fr.changes.length = 0
  const lease = await openLease('shop', world)
  await lease.hold((document) => {
    const { deployed: _served, ...entry } = entryOf(document, shop.targets[0] as NonNullable<typeof target>)
    return withEntry(document, { id: 'fr/edge' }, { ...entry, ...known })
  })
  const failure = new Failure(code, 'as told')
  const delivery = { spec: shop, certificate: failed, previous: current, probes: {}, spared: {} }
  const { message } = await rollBack(failure, target as NonNullable<typeof target>, delivery, lease, world)
  await lease.release((document) => document)
  return { message, changes: world.fr.changes, entry: lease.document.targets['fr/edge'] }
}

describe('what is current', () => {
  test('is put back where a new one was not seen, and is what the target has then, which is no repair', async () => {
    const { message, changes, entry } = await rolledBack('VERIFY_FAILED', earlier, given(earlier))
    expect(message).toContain('as told; the current certificate was put back, and is shown at 1 of 1 addresses')
    expect(changes).toEqual([`swap ${deployment(current).name}`])
    expect(entry).toMatchObject({ deployed: { fingerprint: current.fingerprint }, verified: true })
    expect(entry).not.toHaveProperty('repairs')
  })

  test.each<FailureCode>(['OUT_OF_TIME', 'LOCAL_TROUBLE'])(
    'is not put back where nobody has seen that the new one fails: %s',
    async (code) => {
      expect(await rolledBack(code, earlier, given(earlier))).toMatchObject({ message: 'as told', changes: [] })
    },
  )
})

describe('where what is current has failed itself', () => {
  test('the one before it is put back, if it was seen there last', async () => {
    const { message, changes } = await rolledBack('VERIFY_FAILED', current, given(earlier))
    expect(message).toContain('as told; the one before it was put back')
    expect(changes).toEqual([`swap ${deployment(earlier).name}`])
  })

  test('nothing is put back where it was refused before anything was changed', async () => {
    expect(await rolledBack('REJECTED', current, given(earlier))).toMatchObject({ message: 'as told', changes: [] })
  })

  test('nothing is put back, and no store asked for it, where it was itself seen there last', async () => {
    world = { ...world, secrets: { ...world.secrets, read: () => Promise.reject(new Failure('DENIED', 'no right')) } }
    expect(await rolledBack('VERIFY_FAILED', current, given(current))).toMatchObject({
      message: 'as told',
      changes: [],
    })
  })

  test('it is taken off where it is the first of ours there, and was brought there by newleaf', async () => {
    const { name } = deployment(current)
    const taken = await rolledBack('VERIFY_FAILED', current, { objects: [name] })
    expect(taken).toMatchObject({ message: expect.stringContaining('taken off again'), changes: [`withdraw ${name}`] })
  })

  test('it stays where newleaf has not brought it there', async () => {
    const left = await rolledBack('VERIFY_FAILED', current, { objects: [] })
    expect(left).toMatchObject({ message: 'as told', changes: [] })
  })
})
