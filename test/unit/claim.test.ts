import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { StateStore } from '../../lib/ports.ts'
import { claim } from '../../lib/renewal/lease.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { createMemoryState } from '../support/memory-stores.ts'

let now = Date.parse('2026-11-22T06:00:00Z')
const clock = { now: () => new Date(now), sleep: async () => {} }
const timeLeft = () => 600_000
const of = (state: StateStore) => claim('shop', { environment: 'test', state, clock, timeLeft })
const stored = async (state: StateStore) =>
  parseDocument('x', (await state.read(documentKey('shop')))?.document ?? emptyDocument)

test('a certificate is held by one at a time, and the fence grows with every claim', async () => {
  const state = createMemoryState()
  const first = await of(state)
  await expect(of(state)).rejects.toMatchObject({ code: 'LEASE_HELD' })
  await first.release((document) => document)
  await of(state)
  expect((await stored(state)).fence).toBe(2)
})

test('a holder that was frozen until somebody took over is refused at its next note, and at every one after', async () => {
  const state = createMemoryState()
  const frozen = await of(state)
  now += 3_600_000
  const next = await of(state)
  await expect(frozen.note((document) => document)).rejects.toMatchObject({ code: 'LEASE_HELD' })
  await expect(frozen.release((document) => document)).rejects.toMatchObject({ code: 'LEASE_HELD' })
  await next.note((document) => ({ ...document, issued: [{ at: clock.now(), names: 'ab' }] }))
  expect((await stored(state)).issued).toHaveLength(1)
})

test('notes of several at once are all written', async () => {
  const state = createMemoryState()
  const held = await of(state)
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(
    names.map((name) => held.note((document) => ({ ...document, uploaded: { ...document.uploaded, [name]: [name] } }))),
  )
  expect(Object.keys((await stored(state)).uploaded).sort()).toEqual(names)
})

test('a write whose answer was lost is found to be our own', async () => {
  const state = createMemoryState()
  let losing = false
  const held = await of({
    ...state,
    async write(key, document, tag) {
      const written = await state.write(key, document, tag)
      if (!losing) return written
      losing = false
      throw new Failure('STATE_CONFLICT', 'the storage says that somebody else wrote')
    },
  })
  losing = true
  await held.note((document) => ({ ...document, issued: [{ at: clock.now(), names: 'ab' }] }))
  await held.release((document) => document)
  expect(await stored(state)).toMatchObject({ issued: [{ at: clock.now(), names: 'ab' }] })
})

test('F-03: a holder whose claim has run out confirms it before an effect, and is refused once somebody took over', async () => {
  const state = createMemoryState()
  const held = await of(state)
  const { tag } = (await state.read(documentKey('shop'))) ?? {}
  await held.confirm()
  expect((await state.read(documentKey('shop')))?.tag).toBe(tag)
  now += 3_600_000
  await held.confirm()
  expect((await stored(state)).claim?.until.getTime()).toBeGreaterThan(now)
  await expect(of(state)).rejects.toMatchObject({ code: 'LEASE_HELD' })
  now += 3_600_000
  await of(state)
  await expect(held.confirm()).rejects.toMatchObject({ code: 'LEASE_HELD' })
  await expect(held.confirm()).rejects.toMatchObject({ code: 'LEASE_HELD' })
})

test('a note renews the claim, so that a long run is not taken over while it is alive', async () => {
  const state = createMemoryState()
  const held = await of(state)
  now += 500_000
  await held.note((document) => document)
  now += 500_000
  await expect(of(state)).rejects.toMatchObject({ code: 'LEASE_HELD' })
})

test('F-68: a document of another environment is left as it is', async () => {
  const state = createMemoryState()
  const held = await of(state)
  await held.release((document) => document)
  const before = await state.read(documentKey('shop'))
  const foreign = claim('shop', { environment: 'staging', state, clock, timeLeft })
  await expect(foreign).rejects.toMatchObject({ code: 'STORE_FOREIGN' })
  expect(await state.read(documentKey('shop'))).toEqual(before)
})
