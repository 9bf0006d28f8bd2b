/** A run that was frozen until its lease had run out and another run had taken the certificate over: it must do nothing more. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { RunEvent } from '../../lib/events.ts'
import type { StateStore } from '../../lib/ports.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { createMemoryState } from '../support/memory-stores.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const KEY = documentKey('shop')

let world: MemoryWorld
/** What was done outside, by the name of the call. */
let done: string[]
/** The step at whose beginning the other run takes over. */
let frozenAt: string | undefined
/** Whether the other run is still at it then. */
let isAtIt: boolean
let newest: { document: unknown; tag: string | undefined }

beforeEach(async () => {
  ;[done, frozenAt, isAtIt, newest] = [[], undefined, true, { document: emptyDocument, tag: undefined }]
  const memory = createMemoryState()
  const state: StateStore = {
    ...memory,
    async write(key, document, tag) {
      const written = await memory.write(key, document, tag)
      if (key === KEY) newest = { document, tag: written }
      return written
    },
  }
  const takeOver = (step: string) => {
    if (step !== frozenAt) return
    frozenAt = undefined
    world.pass(HOUR)
    const lease = isAtIt ? { ...another, until: later(HOUR) } : undefined
    void memory.write(KEY, { ...Object(newest.document), lease, fence: 99 }, newest.tag)
    done.length = 0
  }
  const emit = (event: RunEvent) => {
    if (event.kind === 'planned') done.push('decide')
    if (event.kind === 'step-started') takeOver(event.step)
  }
  const ops = { send: async () => takeOver('notice') }
  world = await createMemoryWorld({ state, emit, notifiers: { ops } })
  noted(world.authority, 'newOrder', 'answer', 'finalize')
  noted(world.solver, 'present')
  noted(world.secrets, 'stage', 'activate')
  for (const balancer of [world.fr, world.us]) noted(balancer, 'swap', 'deleteUnused', 'detach')
})

const another = { holder: 'another', fence: 99 }
const later = (milliseconds: number) => new Date(world.clock.now().getTime() + milliseconds)

/** Every call of these is noted, and goes on. */
function noted<T extends object>(of: T, ...names: (keyof T & string)[]) {
  for (const name of names) {
    const real = of[name] as (...given: unknown[]) => unknown
    const noting = (...given: unknown[]) => {
      done.push(name)
      return real(...given)
    }
    of[name] = noting as T[typeof name]
  }
}

const documentNow = async () => parseDocument(KEY, (await world.state.read(KEY))?.document ?? emptyDocument)

async function isLeftAlone(force = true) {
  const outcome = await world.run({ force })
  expect(outcome).toMatchObject({ result: 'waiting', error: undefined, health: { conditions: [{ code: 'LOCKED' }] } })
  expect((await documentNow()).lease).toMatchObject({ holder: 'another' })
}

describe('a run that was overtaken', () => {
  test.each([
    ['key', 'makes no key'],
    ['order', 'orders nothing'],
    ['validate', 'shows nothing in DNS'],
    ['finalize', 'does not finalize the order'],
    ['store', 'does not store the certificate'],
    ['deploy', 'changes no load balancer, and calls it no failure of its target'],
    ['verify', 'puts nothing back, and calls it no failure of its target'],
  ])('before its step %s %s', async (step, _what) => {
    frozenAt = step
    await isLeftAlone()
    expect(done.filter((each) => each !== 'swap' || step !== 'verify')).toEqual([])
  })

  test('before it could note what failed says that it was overtaken, and no more', async () => {
    world.authority.failures.push({ on: 'newOrder', failure: new Failure('ACME_SERVER', 'down') })
    frozenAt = 'notice'
    await isLeftAlone()
    expect(await documentNow()).not.toHaveProperty('failures')
  })

  test('before it deletes what is superseded deletes nothing', async () => {
    await world.run()
    await world.run({ force: true })
    world.pass(DAY + HOUR)
    frozenAt = 'delete'
    await isLeftAlone(false)
    expect(done).toEqual([])
    expect(world.fr.objects.size).toBe(2)
  })

  test('before it deletes what an orphan has left deletes nothing', async () => {
    await world.run()
    frozenAt = 'delete'
    const outcome = await world.run({}, { ...shop, targets: shop.targets.slice(0, 1), configHash: 'two' })
    expect(outcome).toMatchObject({ result: 'waiting', error: undefined })
    expect(done).toEqual([])
    expect(world.us.objects.size).toBe(1)
  })

  test('while it puts back what was served before, leaves it to the other', async () => {
    await world.run()
    world.fr.breaking = { how: 'broken', unless: world.fr.served?.fingerprint }
    frozenAt = 'roll back'
    await isLeftAlone()
    expect(done).toEqual([])
  })

  test('by one that is done already does not begin again', async () => {
    ;[frozenAt, isAtIt] = ['finalize', false]
    expect(await world.run()).toMatchObject({ result: 'waiting', error: undefined })
    expect(done).toEqual([])
  })
})

describe('a run that finds something noted since it has read', () => {
  const note = async (change: object = {}) => {
    const stored = await world.state.read(KEY)
    await newState.write(KEY, { ...emptyDocument, ...Object(stored?.document), fence: 7, ...change }, stored?.tag)
  }
  let newState: Pick<StateStore, 'write'>
  /** Before so many attempts at the lock somebody notes this. */
  function notedBefore(times: number, work = note) {
    const { write } = world.state
    newState = { write }
    let left = times
    world.state.write = async (key, document, tag) => {
      left -= 1
      if (key === KEY && left >= 0) await work()
      return write(key, document, tag)
    }
  }
  const decisions = () => done.filter((each) => each === 'decide').length
  const LOCKED = { result: 'waiting', error: undefined, health: { conditions: [{ code: 'LOCKED' }] } }

  test('decides anew, and does it', async () => {
    notedBefore(2)
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect([decisions(), world.authority.issued]).toEqual([3, 1])
  })

  test('leaves it alone when that goes on', async () => {
    notedBefore(3)
    expect(await world.run()).toMatchObject(LOCKED)
    expect([decisions(), world.authority.issued]).toEqual([3, 0])
  })

  test('leaves it to a run that has taken the lock, and decides anew when that lock has ended', async () => {
    notedBefore(1, () => note({ lease: { ...another, until: later(1) } }))
    expect(await world.run()).toMatchObject(LOCKED)
    expect(decisions()).toBe(1)
    world.pass(1)
    notedBefore(1, () => note({ lease: { ...another, until: later(0) } }))
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect(decisions()).toBe(3)
  })

  test('says that it is locked also where it cannot be read again', async () => {
    const { read } = world.state
    notedBefore(1, async () => {
      await note()
      let isFirst = true
      world.state.read = async (key) => {
        if (!isFirst) throw new Failure('STORE_FAILED', 'down')
        isFirst = false
        return read(key)
      }
    })
    expect(await world.run()).toMatchObject(LOCKED)
  })

  test('does not try again what the store refuses', async () => {
    notedBefore(1, () => Promise.reject(new Failure('STORE_FAILED', 'the disk is full')))
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'STORE_FAILED' } })
    expect(decisions()).toBe(1)
  })
})
