import { beforeEach, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { attachPlaceholder } from '../../lib/renewal/placeholder.ts'
import { emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { createPlaceholder } from '../../lib/x509/placeholder.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

let world: MemoryWorld
beforeEach(async () => {
  world = await createMemoryWorld()
})
const placed = async () => attachPlaceholder(shop, await createPlaceholder(shop.names, world.clock.now()), world)
const documentNow = async () =>
  parseDocument('shop', (await world.state.read('certificate/shop'))?.document ?? emptyDocument)
const refuses = (balancer: MemoryWorld['fr']) => {
  balancer.trouble = new Failure('DENIED', 'not with this token')
}

test('a placeholder is remembered at every target at which it may be, and written down once some target has it', async () => {
  refuses(world.us)
  expect(await placed()).toMatchObject({ 'fr/edge': undefined, 'us/apps': { code: 'DENIED' } })
  const { events, targets } = await documentNow()
  expect(events.map(({ event }) => event)).toEqual(['placeholder'])
  expect(targets['us/apps']?.objects).toEqual([world.fr.bound])
})

test('a placeholder that no target takes is no event, and leaves no lease', async () => {
  refuses(world.fr)
  refuses(world.us)
  expect(Object.values(await placed()).map((failure) => failure?.code)).toEqual(['DENIED', 'DENIED'])
  expect(await documentNow()).toMatchObject({ events: [] })
  expect((await documentNow()).lease).toBeUndefined()
})
