import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { removingTogether } from '../../lib/state/removing-together.ts'
import {
  dueMarkers,
  isFullScanDone,
  listMarkers,
  listUnhealthy,
  markerKey,
  markHealth,
  moveMarker,
  noteFullScan,
  overdueIn,
  parseMarkerKey,
  removeMarkersOf,
  unhealthyIn,
} from '../../lib/state/schedule.ts'
import { createMemoryState } from '../support/memory-stores.ts'

const now = new Date('2026-11-22T06:00:00.000Z')
const earlier = new Date('2026-11-22T05:59:59.999Z')
const later = new Date('2026-11-22T06:00:00.001Z')
const tomorrow = new Date('2026-11-23T00:00:00.000Z')

/** Notes what is done, and stops the world at the nth effect. */
function watched(stopAt = Infinity) {
  const state = createMemoryState()
  const effects: string[] = []
  const effect = (what: string) => {
    if (effects.length >= stopAt) throw new Error('killed')
    effects.push(what)
  }
  return {
    effects,
    state: {
      ...state,
      write: async (key: string, document: unknown, tag: string | undefined) => {
        effect(`write ${key}`)
        return state.write(key, document, tag)
      },
      remove: async (...keys: string[]) => {
        for (const key of keys) {
          effect(`remove ${key}`)
          await state.remove(key)
        }
      },
    },
  }
}

describe('wake markers', () => {
  test('a key and its time and certificate belong together', () => {
    const key = markerKey(now, 'shop')
    expect(key).toBe('wake/2026-11-22T06:00:00.000Z/shop')
    expect(parseMarkerKey(key)).toEqual({ id: 'shop', at: now, key })
  })

  test.each([
    'wake/2026-11-22T06:00:00.000Z/',
    'wake/2026-11-22T06:00:00.000Z/Shop',
    'wake/2026-11-22T06:00:00.000Z/-shop',
    'wake/2026-11-22T06:00:00.000Z/shop/../blog',
    `wake/2026-11-22T06:00:00.000Z/${'s'.repeat(64)}`,
    'wake/2026-11-22T06:00:00Z/shop',
    'wake/2026-99-99T06:00:00.000Z/shop',
    'wake/0000-swept/2026-11-22-0123',
    'x/wake/2026-11-22T06:00:00.000Z/shop',
    'wake/2026-11-22T06:00:00.000Z/shop/',
    'certificate/shop',
  ])('%j is no marker', (key) => {
    expect(parseMarkerKey(key)).toBe(undefined)
  })

  test('one listing finds all that is due up to now, the earliest first, and nothing of later', async () => {
    const { state } = watched()
    for (const [id, at] of Object.entries({ shop: now, zzz: now, 'a-1': now, early: earlier, late: later })) {
      await moveMarker(state, id, undefined, at)
    }
    await state.write('wake/stray', {}, undefined)
    let listings = 0
    const keys = await listMarkers(
      {
        list: (...range) => {
          listings++
          return state.list(...range)
        },
      },
      now,
    )
    expect(dueMarkers(keys).map(({ id }) => id)).toEqual(['early', 'a-1', 'shop', 'zzz'])
    expect(listings).toBe(1)
  })

  test('the new marker stands before the old one goes', async () => {
    const { state, effects } = watched()
    await moveMarker(state, 'shop', undefined, now)
    await moveMarker(state, 'shop', now, later)
    expect(effects).toEqual([
      `write ${markerKey(now, 'shop')}`,
      `write ${markerKey(later, 'shop')}`,
      `remove ${markerKey(now, 'shop')}`,
    ])
  })

  test('F-01 killed anywhere while it is moved, a marker is left, and moving it again tidies up', async () => {
    for (const stopAt of [1, 2, 3]) {
      const { state } = watched(stopAt)
      await moveMarker(state, 'shop', undefined, now)
      await moveMarker(state, 'shop', now, later).catch(() => undefined)
      const left = await state.list('wake/')
      expect(left.length).toBeGreaterThan(0)
      const { state: next } = watched()
      for (const key of left) await next.write(key, {}, undefined)
      await moveMarker(next, 'shop', now, later)
      expect(await next.list('wake/')).toEqual([markerKey(later, 'shop')])
    }
  })

  test('moving a marker to where it stands leaves it there', async () => {
    const { state } = watched()
    await moveMarker(state, 'shop', undefined, now)
    await moveMarker(state, 'shop', now, now)
    expect(await state.list('wake/')).toEqual([markerKey(now, 'shop')])
  })
})

describe('the daily sweep', () => {
  test('is done once a day and configuration, as the listing of markers shows', async () => {
    const { state } = watched()
    expect(isFullScanDone(await listMarkers(state, now), now, 'aa')).toBe(false)
    await noteFullScan(state, now, 'aa', [])
    const keys = await listMarkers(state, later)
    expect(isFullScanDone(keys, later, 'aa')).toBe(true)
    expect(isFullScanDone(keys, later, 'bb')).toBe(false)
    expect(isFullScanDone(keys, tomorrow, 'aa')).toBe(false)
    expect(dueMarkers(keys)).toEqual([])
  })

  test('is noted before the notes of earlier days and configurations go; markers stay', async () => {
    const { state, effects } = watched()
    await moveMarker(state, 'shop', undefined, now)
    await noteFullScan(state, now, 'aa', [])
    effects.length = 0
    await noteFullScan(state, tomorrow, 'aa', await listMarkers(state, tomorrow))
    expect(effects).toEqual(['write wake/0000-swept/2026-11-23-aa', 'remove wake/0000-swept/2026-11-22-aa'])
    expect(await listMarkers(state, tomorrow)).toEqual(['wake/0000-swept/2026-11-23-aa', markerKey(now, 'shop')])
  })

  test('can be noted twice', async () => {
    const { state } = watched()
    await noteFullScan(state, now, 'aa', [])
    await noteFullScan(state, now, 'aa', await listMarkers(state, now))
    expect(isFullScanDone(await listMarkers(state, now), now, 'aa')).toBe(true)
  })
})

describe('who is unhealthy', () => {
  const bad = (id: string, code: string) => `wake/0000-unhealthy/${id}/${code}`

  test('is noted before every time, and found by the listing of what is due', async () => {
    const { state, effects } = watched()
    await markHealth(state, 'shop', 'EXPIRED')
    expect(effects).toEqual([`write ${bad('shop', 'EXPIRED')}`])
    const keys = await listMarkers(state, new Date(0))
    expect([unhealthyIn(keys), dueMarkers(keys)]).toEqual([[{ id: 'shop', code: 'EXPIRED' }], []])
    await moveMarker(state, 'shop', undefined, now)
    expect(await listUnhealthy(state)).toEqual([bad('shop', 'EXPIRED')])
  })

  test.each<[code: string | undefined, effects: readonly string[]]>([
    ['EXPIRED', [`remove ${bad('shop', 'FAILED')}`]],
    [
      'LOCKED',
      [`write ${bad('shop', 'LOCKED')}`, `remove ${bad('shop', 'EXPIRED')}`, `remove ${bad('shop', 'FAILED')}`],
    ],
    [undefined, [`remove ${bad('shop', 'EXPIRED')}`, `remove ${bad('shop', 'FAILED')}`]],
  ])(
    'and was EXPIRED and FAILED, is %s now: the new note stands before the old ones go, and others stay',
    async (code, expected) => {
      const { state, effects } = watched()
      const noted = [
        ...[
          { id: 'other', code: 'EXPIRED' },
          { id: 'shop', code: 'EXPIRED' },
        ],
        { id: 'shop', code: 'FAILED' },
      ]
      for (const each of noted) await markHealth(state, each.id, each.code)
      effects.length = 0
      await markHealth(state, 'shop', code, noted)
      expect(effects).toEqual(expected)
    },
  )

  test('is noted once, also where nothing is known of what was noted, and nothing is removed then', async () => {
    const { state } = watched()
    await markHealth(state, 'shop', 'EXPIRED')
    await markHealth(state, 'shop', 'EXPIRED')
    await markHealth(state, 'shop', undefined)
    expect(await listUnhealthy(state)).toEqual([bad('shop', 'EXPIRED')])
  })

  test.each([
    ...['wake/0000-unhealthy/shop', 'wake/0000-unhealthy/shop/', 'wake/0000-unhealthy/Shop/EXPIRED'],
    ...[
      'wake/0000-unhealthy/shop/expired',
      `wake/0000-unhealthy/shop/${'E'.repeat(41)}`,
      'wake/0000-unhealthy//EXPIRED',
    ],
    ...['x/wake/0000-unhealthy/shop/EXPIRED', 'wake/0000-unhealthy/shop/EXPIRED/x', markerKey(now, 'shop')],
  ])('is not told by %j', (key) => {
    expect(unhealthyIn([key])).toEqual([])
  })

  test('that cannot be noted is trouble, and no word less', async () => {
    const write = async () => Promise.reject(new Failure('STORE_FAILED', 'the disk is full'))
    await expect(markHealth({ ...watched().state, write }, 'shop', 'EXPIRED')).rejects.toMatchObject({
      code: 'STORE_FAILED',
    })
    await expect(moveMarker({ ...watched().state, write }, 'shop', undefined, now)).rejects.toMatchObject({
      code: 'STORE_FAILED',
    })
  })
})

test('who was to be looked at more than three hours ago is overdue, once', () => {
  const wakes = [
    ...[
      { id: 'a', at: -4 },
      { id: 'a', at: -5 },
      { id: 'b', at: -3 },
    ].map(({ id, at }) => ({
      ...{ id, key: '' },
      at: new Date(now.getTime() + at * 3_600_000),
    })),
    { id: 'c', key: '', at: new Date(now.getTime() - 3 * 3_600_000 - 1) },
  ]
  expect(overdueIn(wakes, now)).toEqual([
    { id: 'a', code: 'OVERDUE' },
    { id: 'c', code: 'OVERDUE' },
  ])
})

test('all markers of a certificate are removed, and those of no other', async () => {
  const { state, effects } = watched()
  await moveMarker(state, 'shop', undefined, tomorrow)
  await markHealth(state, 'shop', 'EXPIRED')
  await moveMarker(state, 'shop-2', undefined, now)
  await markHealth(state, 'shop-2', 'EXPIRED')
  effects.length = 0
  await removeMarkersOf(state, 'shop')
  expect(effects.sort()).toEqual([
    'remove wake/0000-unhealthy/shop/EXPIRED',
    'remove wake/2026-11-23T00:00:00.000Z/shop',
  ])
})

describe('within one run a marker', () => {
  test('that is done with stays until the end, and is then removed with all others, unless it was written since', async () => {
    const { state, effects } = watched()
    const together = removingTogether(state)
    for (const key of ['wake/a', 'wake/b', 'wake/b', 'wake/c']) await together.remove(key)
    await together.write('wake/c', {}, undefined)
    expect(await together.list('wake/', 'wake/~')).toEqual(['wake/c'])
    expect(await together.read('wake/c')).toMatchObject({ document: {} })
    expect(effects).toEqual(['write wake/c'])
    await together.removeMarkers()
    await together.removeMarkers()
    expect(effects).toEqual(['write wake/c', 'remove wake/a', 'remove wake/b'])
  })

  test('that could not be removed is removed again', async () => {
    const { state, effects } = watched()
    let isDown = true
    const together = removingTogether({
      ...state,
      remove: (...keys) => (isDown ? Promise.reject(new Failure('UNAVAILABLE', 'down')) : state.remove(...keys)),
    })
    await together.remove('wake/a')
    await expect(together.removeMarkers()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    isDown = false
    await together.removeMarkers()
    expect(effects).toEqual(['remove wake/a'])
  })

  test('is what waits for the end: anything else is removed at once', async () => {
    const { state, effects } = watched()
    await removingTogether(state).remove('certificates/shop')
    expect(effects).toEqual(['remove certificates/shop'])
  })
})
