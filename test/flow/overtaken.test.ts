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
let newest: { document: unknown; tag: string | undefined }

beforeEach(async () => {
  ;[done, frozenAt, newest] = [[], undefined, { document: emptyDocument, tag: undefined }]
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
    const until = new Date(world.clock.now().getTime() + HOUR)
    const lease = { holder: 'another', fence: 99, until }
    void memory.write(KEY, { ...Object(newest.document), lease, fence: 99 }, newest.tag)
    done.length = 0
  }
  const emit = (event: RunEvent) => {
    if (event.kind === 'step-started') takeOver(event.step)
  }
  const ops = { send: async () => takeOver('notice') }
  world = await createMemoryWorld({ state, emit, notifiers: { ops } })
  noted(world.authority, 'newOrder', 'answer', 'finalize')
  noted(world.solver, 'present')
  noted(world.secrets, 'stage', 'activate')
  for (const balancer of [world.fr, world.us]) noted(balancer, 'swap', 'deleteUnused', 'detach')
})

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
})
