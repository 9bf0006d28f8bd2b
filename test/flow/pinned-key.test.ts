import { expect, test } from 'vitest'
import type { KeyAlgorithm } from '../../lib/types.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

/** From now on the target takes these keys only, as a certificate in ACM does. */
function pin(world: MemoryWorld, target: 'fr' | 'us', takes: readonly KeyAlgorithm[]) {
  const look = world[target].inspect
  world[target].inspect = async (...given) => ({ ...(await look(...given)), allowedKeys: takes })
}

test('a certificate is not ordered when no target takes its key, and the message says which one to configure', async () => {
  const world = await createMemoryWorld()
  for (const target of ['fr', 'us'] as const) pin(world, target, ['rsa-2048'])
  expect(await world.run()).toMatchObject({
    result: 'failed',
    error: { code: 'TARGET_REFUSED', message: expect.stringMatching(/fr\/edge takes only rsa-2048.*key: rsa-2048$/) },
  })
  expect(world.authority.orders).toEqual([])
})

test('a target that does not take the key keeps none of the others from being served', async () => {
  const world = await createMemoryWorld()
  pin(world, 'fr', ['ecdsa-p256'])
  await world.run()
  pin(world, 'us', ['rsa-2048'])
  const outcome = await world.run({ force: true })
  expect(world.fr.served?.fingerprint).toBe(outcome.certificate?.fingerprint)
  expect(world.authority.orders).toHaveLength(2)
})

test('a key that was configured to fit is ordered, though the current certificate has another', async () => {
  const world = await createMemoryWorld()
  await world.run()
  for (const target of ['fr', 'us'] as const) pin(world, target, ['rsa-2048'])
  const outcome = await world.run({}, { ...shop, key: 'rsa-2048', configHash: 'two' })
  expect(outcome).toMatchObject({ result: 'renewed', certificate: { keyAlgorithm: 'rsa-2048' } })
})
