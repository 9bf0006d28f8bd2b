/** A store that the version before this one has written. */
import { beforeEach, expect, test } from 'vitest'
import { emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
let world: MemoryWorld

const documentNow = async () =>
  parseDocument('shop', (await world.state.read('certificate/shop'))?.document ?? emptyDocument)

/** As version 1 left it: the certificate is current and served, one that it superseded is in its grace. */
async function leftByVersion1(change: object = {}) {
  const old = world.fr.bound ?? ''
  await world.run({ force: true })
  const { current, issued, nextLook, events } = await documentNow()
  const { fingerprint = '' } = current ?? {}
  const since = world.clock.now()
  const name = world.fr.bound ?? ''
  const entry = { fingerprint, name, since, verified: true }
  const version1 = {
    ...{ v: 1, environment: 'test', fence: 2, txt: [], events, wake: nextLook, current },
    targets: { 'fr/edge': entry, 'us/apps': entry },
    uploaded: { 'fr/edge': [old, name], 'us/apps': [old, name] },
    retire: ['fr/edge', 'us/apps'].map((target) => ({ target, name: old, after: new Date(since.getTime() + DAY) })),
    issued: issued.map(({ at, names }) => ({ at, names })),
    ...change,
  }
  const stored = await world.state.read('certificate/shop')
  await world.state.write('certificate/shop', version1, stored?.tag)
  return old
}

beforeEach(async () => {
  world = await createMemoryWorld()
  await world.run()
})

test('is taken over without an order, a swap or a word, and written anew', async () => {
  const old = await leftByVersion1()
  const [orders, changes] = [world.authority.orders.length, world.fr.changes.length]
  expect(await world.run()).toMatchObject({ result: 'kept', health: { healthy: true } })
  expect([world.authority.orders.length, world.fr.changes.length]).toEqual([orders, changes])
  expect(await documentNow()).toMatchObject({
    v: 2,
    targets: { 'fr/edge': { listener: shop.targets[0]?.listener, superseded: [{ object: old }] } },
    orphans: [],
  })
  world.pass(DAY + HOUR)
  await world.run()
  expect([...world.fr.objects.keys()]).toEqual([world.fr.bound])
})

test('goes on where it was: an order under way, a budget that is used up, a lease that is held', async () => {
  await world.run({ force: true })
  await leftByVersion1()
  expect(await world.run({ force: true })).toMatchObject({ decision: { reason: 'budget' } })
  const until = new Date(world.clock.now().getTime() + HOUR / 4)
  await leftByVersion1({ claim: { owner: 'a run of that version', fence: 2, until } })
  expect(await world.run({ force: true })).toMatchObject({ result: 'waiting', decision: { reason: 'locked' } })
})

test('with targets that are called otherwise now keeps what is known of them, and tells of those that are gone', async () => {
  const old = await leftByVersion1()
  const [edge] = shop.targets
  if (edge === undefined) throw new Error('a shop without a target')
  const renamed = { ...shop, targets: [{ ...edge, id: 'fr/4711' }], configHash: 'two' }
  await world.run({}, renamed)
  const { targets, orphans, leftBehind } = await documentNow()
  expect(Object.keys(targets)).toEqual(['fr/4711'])
  expect(targets['fr/4711']).toMatchObject({
    ...{ deployed: { object: world.fr.bound }, verified: true },
    objects: [old, world.fr.bound],
  })
  // Version 1 did not note how a listener is called: nobody can be asked about the other one, and it is said once.
  expect([orphans, leftBehind?.what]).toEqual([[], expect.arrayContaining([`${world.us.bound} at us/apps`])])
})
