import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { inventoriesOf } from '../../lib/observe/inventory.ts'
import { createMemoryWorld, shop } from '../support/memory-world.ts'

test('what the load balancers hold is told of each once, however many listeners of it are targets, and of each in trouble', async () => {
  const world = await createMemoryWorld()
  await world.run()
  const again = shop.targets.map((target) => ({ ...target, id: `${target.id}/again`, name: `${target.name}/again` }))
  const specs = [shop, { ...shop, id: 'blog', targets: again }]
  const held = await inventoriesOf(specs, world)
  expect(held).toMatchObject([
    { balancer: 'fr', target: 'fr/edge', held: [{ name: world.fr.bound, managed: true }] },
    { balancer: 'us', target: 'us/apps', held: [{ name: world.us.bound, managed: true }] },
  ])
  world.us.list = () => Promise.reject(new Failure('DENIED', 'no'))
  expect(await inventoriesOf(specs, world)).toMatchObject([
    { balancer: 'fr', target: 'fr/edge' },
    { balancer: 'us', target: 'us/apps', error: { code: 'DENIED' } },
    { balancer: 'us', target: 'us/apps/again', error: { code: 'DENIED' } },
  ])
})

test('listeners of two load balancers of one account are told of each', async () => {
  const world = await createMemoryWorld()
  await world.run()
  const { list } = world.fr
  world.fr.list = async (listener) => ({
    certificates: (await list(listener)).certificates.map((each) => ({
      ...each,
      loadBalancer: `${listener.frontend}`,
    })),
  })
  const targets = ['edge', 'other'].map((frontend) => ({
    id: frontend,
    name: frontend,
    balancer: 'fr',
    listener: { frontend },
  }))
  expect(await inventoriesOf([{ ...shop, targets }], world)).toMatchObject([{ target: 'edge' }, { target: 'other' }])
})

test('what a load balancer may hold is told by its one list, without a look at any listener', async () => {
  const world = await createMemoryWorld()
  await world.run()
  const { list } = world.fr
  world.fr.list = async (listener) => ({ ...(await list(listener)), limit: 200 })
  world.fr.inspect = () => Promise.reject(new Failure('TARGET_MISSING', 'its frontend is gone'))
  const [fr, us] = await inventoriesOf([shop], world)
  expect(fr).toMatchObject({ balancer: 'fr', quota: { held: 1, limit: 200 } })
  expect(us).not.toHaveProperty('quota')
})
