import { describe, expect, onTestFinished, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { after, DAY, HOUR } from '../../lib/platform/clock.ts'
import type { Handshake } from '../../lib/ports.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

test('F-74 a balancer that asks for three days of patience is left alone by every run of these days, and looked at again', async () => {
  const world = await createMemoryWorld()
  await world.run()
  const { inspect: look } = world.fr
  let asked = 0
  world.fr.inspect = async (...args) => {
    asked += 1
    if (asked > 1) return look(...args)
    throw new Failure('RATE_LIMITED', 'not now', { retryAfter: after(world.clock.now(), 3 * DAY) })
  }
  world.pass(HOUR)
  expect(await world.run()).toMatchObject({ result: 'kept', error: undefined, health: { healthy: true } })
  for (const request of [{}, { only: ['shop'] }, { force: true }]) {
    world.pass(20 * HOUR)
    await world.run(request)
    expect(asked).toBe(1)
  }
  world.pass(12 * HOUR)
  expect(await world.run()).toMatchObject({ error: undefined })
  expect(asked).toBeGreaterThan(1)
})

test('F-22 DNS that asks for patience keeps our TXT values until then, and no longer', async () => {
  const world = await createMemoryWorld()
  const { cleanUp } = world.solver
  let asked = 0
  world.solver.cleanUp = async (records) => {
    asked += 1
    if (asked > 1) return cleanUp(records)
    throw new Failure('RATE_LIMITED', 'not now', { retryAfter: after(world.clock.now(), 2 * DAY) })
  }
  expect(await world.run()).toMatchObject({ result: 'renewed', error: undefined })
  world.pass(DAY)
  await world.run()
  expect([asked, world.txt.size]).toEqual([1, 1])
  world.pass(DAY)
  await world.run()
  expect([asked, world.txt.size]).toEqual([2, 0])
})

describe('a balancer that asks for patience when it is looked at', () => {
  const asks = (world: MemoryWorld, ...names: string[]) => {
    const until = after(world.clock.now(), 2 * HOUR)
    const refuse = () => Promise.reject(new Failure('RATE_LIMITED', 'not now', { retryAfter: until }))
    for (const name of names) Object.assign(world.balancers[name] ?? {}, { inspect: refuse })
    return until
  }

  /** What every address shows from now on; the probe is that of all worlds. */
  const show = ({ probe }: MemoryWorld, shown: Handshake) => {
    const { handshake } = probe
    onTestFinished(() => void Object.assign(probe, { handshake }))
    probe.handshake = async () => shown
  }

  test.each([
    ['one of two', ['fr']],
    ['each of them', ['fr', 'us']],
  ])(
    'makes no failure of a certificate with which nothing is to be done, %s: it is as it was, and looked at after that',
    async (_which, names) => {
      const world = await createMemoryWorld()
      await world.run()
      world.pass(HOUR)
      const until = asks(world, ...names)
      const outcome = await world.run()
      expect(outcome).toMatchObject({ result: 'kept', error: undefined, next: until, health: { healthy: true } })
      expect(outcome.decision).toMatchObject({ action: 'wait', reason: 'fresh', until })
    },
  )

  test.each([
    ['breaks TLS', { result: 'broken', reason: 'alert', silent: false }, 'TLS_BROKEN'],
    ['does not answer any more', { result: 'refused', reason: 'ECONNREFUSED' }, 'NOT_ANSWERING'],
  ] as const)(
    'hides no listener that %s meanwhile: its addresses are known, and are looked at',
    async (_how, shown, code) => {
      const world = await createMemoryWorld()
      expect(await world.run()).toMatchObject({ health: { healthy: true } })
      world.pass(HOUR)
      const until = asks(world, 'fr', 'us')
      show(world, shown)
      const outcome = await world.run()
      expect(outcome).toMatchObject({ error: undefined, next: until, health: { healthy: false } })
      expect(outcome.health.conditions[0]).toMatchObject({ code })
    },
  )

  test('of which no address is known makes nothing well that nobody has seen', async () => {
    const world = await createMemoryWorld()
    show(world, { result: 'unreachable', reason: 'ENETUNREACH' })
    await world.run()
    world.pass(HOUR)
    asks(world, 'fr', 'us')
    const { health } = await world.run()
    expect(health.conditions.map(({ code }) => code)).toContain('UNVERIFIED')
    expect(health.healthy).toBe(false)
  })

  test('holds up a renewal that is due, and that is a failure until it is tried again', async () => {
    const world = await createMemoryWorld()
    await world.run()
    world.pass(70 * DAY)
    const until = asks(world, 'fr', 'us')
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'RATE_LIMITED' }, next: until })
  })

  test('is told to a person who wants just this to be deployed', async () => {
    const world = await createMemoryWorld()
    await world.run()
    asks(world, 'fr', 'us')
    expect(await world.run({ deploy: true, only: ['shop'] })).toMatchObject({ error: { code: 'RATE_LIMITED' } })
  })
})
