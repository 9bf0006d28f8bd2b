import { beforeEach, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { deploy } from '../../lib/renewal/deploy.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { readStages } from '../../lib/secrets/certificate.ts'
import type { Certificate } from '../../lib/types.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

let world: MemoryWorld
let current: Certificate
beforeEach(async () => {
  world = await createMemoryWorld()
  await world.run()
  const certificate = (await readStages('shop', world)).current?.stored.certificate
  if (certificate === undefined) throw new Error('it has one')
  current = certificate
  world.fr.changes.length = 0
})

/** What is current is brought to its targets again. */
async function deployed(spared: Readonly<Record<string, Failure>> = {}) {
  const lease = await openLease('shop', world)
  await lease.hold((document) => document)
  const delivery = { spec: shop, certificate: current, previous: current, probes: {}, spared }
  const results = await deploy(delivery, lease, world)
  await lease.release((document) => document)
  const repairs = Object.values(lease.document.targets).map((entry) => entry.repairs?.length ?? 0)
  return { results, repairs, changes: world.fr.changes }
}

test('a target that serves it is not swapped again, and that is no repair', async () => {
  const { results, repairs, changes } = await deployed()
  expect(results['fr/edge']).toMatchObject({ state: 'verified' })
  expect([repairs, changes]).toEqual([[0, 0], []])
})

test('a target that has served it and does not any more is put right, and that is noted', async () => {
  ;[world.fr.bound, world.fr.served] = ['by-hand', undefined]
  const { repairs, changes } = await deployed()
  expect([repairs, changes.length]).toEqual([[1, 0], 1])
})

test('a target that is given it for the first time is not put right', async () => {
  const lease = await openLease('shop', world)
  await lease.release((document) => ({ ...document, targets: {} }))
  ;[world.fr.bound, world.fr.served] = ['by-hand', undefined]
  const { repairs, changes } = await deployed()
  expect([repairs, changes.length]).toEqual([[0, 0], 1])
})

test('nothing is brought to a target that is spared, which says why, and the others have it', async () => {
  ;[world.fr.bound, world.fr.served] = ['by-hand', undefined]
  const contested = new Failure('TARGET_CONTESTED', 'somebody else wants it')
  const { results, changes } = await deployed({ 'fr/edge': contested })
  expect(results).toMatchObject({ 'fr/edge': { state: 'failed', error: contested }, 'us/apps': { state: 'verified' } })
  expect(changes).toEqual([])
})
