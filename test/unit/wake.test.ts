import { describe, expect, test } from 'vitest'
import { dueWakes, listWakes, moveWake, noteSweep, parseWakeKey, sweepDone, wakeKey } from '../../lib/state/schedule.ts'
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
      remove: async (key: string) => {
        effect(`remove ${key}`)
        await state.remove(key)
      },
    },
  }
}

describe('wake markers', () => {
  test('a key and its time and certificate belong together', () => {
    const key = wakeKey(now, 'shop')
    expect(key).toBe('wake/2026-11-22T06:00:00.000Z/shop')
    expect(parseWakeKey(key)).toEqual({ id: 'shop', at: now, key })
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
    'certificate/shop',
  ])('%j is no marker', (key) => {
    expect(parseWakeKey(key)).toBe(undefined)
  })

  test('one listing finds all that is due up to now, the earliest first, and nothing of later', async () => {
    const { state } = watched()
    for (const [id, at] of Object.entries({ shop: now, zzz: now, 'a-1': now, early: earlier, late: later })) {
      await moveWake(state, id, undefined, at)
    }
    await state.write('wake/stray', {}, undefined)
    let listings = 0
    const keys = await listWakes(
      {
        list: (...range) => {
          listings++
          return state.list(...range)
        },
      },
      now,
    )
    expect(dueWakes(keys).map(({ id }) => id)).toEqual(['early', 'a-1', 'shop', 'zzz'])
    expect(listings).toBe(1)
  })

  test('the new marker stands before the old one goes', async () => {
    const { state, effects } = watched()
    await moveWake(state, 'shop', undefined, now)
    await moveWake(state, 'shop', now, later)
    expect(effects).toEqual([
      `write ${wakeKey(now, 'shop')}`,
      `write ${wakeKey(later, 'shop')}`,
      `remove ${wakeKey(now, 'shop')}`,
    ])
  })

  test('F-01 killed anywhere while it is moved, a marker is left, and moving it again tidies up', async () => {
    for (const stopAt of [1, 2, 3]) {
      const { state } = watched(stopAt)
      await moveWake(state, 'shop', undefined, now)
      await moveWake(state, 'shop', now, later).catch(() => undefined)
      const left = await state.list('wake/')
      expect(left.length).toBeGreaterThan(0)
      const { state: next } = watched()
      for (const key of left) await next.write(key, {}, undefined)
      await moveWake(next, 'shop', now, later)
      expect(await next.list('wake/')).toEqual([wakeKey(later, 'shop')])
    }
  })

  test('moving a marker to where it stands leaves it there', async () => {
    const { state } = watched()
    await moveWake(state, 'shop', undefined, now)
    await moveWake(state, 'shop', now, now)
    expect(await state.list('wake/')).toEqual([wakeKey(now, 'shop')])
  })
})

describe('the daily sweep', () => {
  test('is done once a day and configuration, as the listing of markers shows', async () => {
    const { state } = watched()
    expect(sweepDone(await listWakes(state, now), now, 'aa')).toBe(false)
    await noteSweep(state, now, 'aa', [])
    const keys = await listWakes(state, later)
    expect(sweepDone(keys, later, 'aa')).toBe(true)
    expect(sweepDone(keys, later, 'bb')).toBe(false)
    expect(sweepDone(keys, tomorrow, 'aa')).toBe(false)
    expect(dueWakes(keys)).toEqual([])
  })

  test('is noted before the notes of earlier days and configurations go; markers stay', async () => {
    const { state, effects } = watched()
    await moveWake(state, 'shop', undefined, now)
    await noteSweep(state, now, 'aa', [])
    effects.length = 0
    await noteSweep(state, tomorrow, 'aa', await listWakes(state, tomorrow))
    expect(effects).toEqual(['write wake/0000-swept/2026-11-23-aa', 'remove wake/0000-swept/2026-11-22-aa'])
    expect(await listWakes(state, tomorrow)).toEqual(['wake/0000-swept/2026-11-23-aa', wakeKey(now, 'shop')])
  })

  test('can be noted twice', async () => {
    const { state } = watched()
    await noteSweep(state, now, 'aa', [])
    await noteSweep(state, now, 'aa', await listWakes(state, now))
    expect(sweepDone(await listWakes(state, now), now, 'aa')).toBe(true)
  })
})
