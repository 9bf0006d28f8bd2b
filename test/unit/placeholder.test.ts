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
const placed = async (cutOffTls?: boolean) =>
  attachPlaceholder(shop, await createPlaceholder(shop.names, world.clock.now()), world, cutOffTls)
const documentNow = async () =>
  parseDocument('shop', (await world.state.read('certificate/shop'))?.document ?? emptyDocument)
const refuses = (balancer: MemoryWorld['fr']) => {
  balancer.trouble = new Failure('DENIED', 'not with this token')
}

test('a placeholder is remembered at every target at which it may be, and written down once some target has it', async () => {
  world.us.attachFirst = async () => {
    throw new Failure('DENIED', 'not with this token')
  }
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

test('a target that is not asked for says nothing of a placeholder that it may hold', async () => {
  refuses(world.us)
  expect(await placed()).toMatchObject({ 'us/apps': { code: 'DENIED' } })
  expect((await documentNow()).targets['us/apps']?.objects ?? []).toEqual([])
})

test('where clients complete a handshake now there is no placeholder, unless what they see may be cut off', async () => {
  const live = await createPlaceholder(['by-hand.example'], world.clock.now())
  world.us.served = live
  const refused = await placed()
  expect(refused).toMatchObject({ 'fr/edge': undefined, 'us/apps': { code: 'TARGET_REFUSED' } })
  expect(refused['us/apps']?.message).toContain('clients complete a TLS handshake')
  expect([world.us.served, world.us.changes]).toEqual([live, []])
  expect((await documentNow()).targets['us/apps']?.objects ?? []).toEqual([])

  expect(await placed(true)).toMatchObject({ 'us/apps': undefined })
  expect(world.us.served).not.toBe(live)
})
