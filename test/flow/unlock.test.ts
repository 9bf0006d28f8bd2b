/** A lock that a dead run has left, and the person who ends it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { unlock } from '../../lib/renewal/unlock.ts'
import { withRuntime } from '../../lib/run.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'
import { practiceWorld } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

const same = <T>(document: T): T => document
const lockOf = (world: MemoryWorld) => openLease('shop', { ...world, process: { host: 'build-7', pid: 4711 } })

let world: MemoryWorld
beforeEach(async () => {
  world = await createMemoryWorld()
})

describe('a lock', () => {
  test('says whose it is, since when and until when, that its run may be dead, and the way out', async () => {
    await (await lockOf(world)).hold(same)
    const since = world.clock.now().toISOString()
    const message = expect.stringMatching(
      new RegExp(
        `^locked by build-7 process 4711 since ${since}, until .*Z at most; it may be dead: newleaf unlock shop$`,
      ),
    )
    await expect((await openLease('shop', world)).hold(same)).rejects.toMatchObject({ code: 'LOCKED', message })
  })

  test('of a cloud function names the function and its request', async () => {
    const invocation = { function: 'newleaf-prod-renew', requestId: '0f6c2f6e' }
    await (await openLease('shop', { ...world, invocation })).hold(same)
    const message = expect.stringMatching(/^locked by function newleaf-prod-renew request 0f6c2f6e since /)
    await expect((await openLease('shop', world)).hold(same)).rejects.toMatchObject({ code: 'LOCKED', message })
  })

  test('that is ended is free for the next run, and whoever held it is refused at its next saving', async () => {
    const dead = await lockOf(world)
    await dead.hold(same)
    const whose = { process: { host: 'build-7', pid: 4711 } }
    expect(await unlock('shop', world, async () => true)).toMatchObject({ unlocked: true, lease: whose })
    await expect(dead.save(same)).rejects.toMatchObject({ code: 'LOCKED' })
    const next = await openLease('shop', world)
    await next.hold(same)
    expect(next.document.fence).toBe(2)
  })

  test('that nobody agrees to end stays', async () => {
    const holder = await lockOf(world)
    await holder.hold(same)
    expect(await unlock('shop', world, async () => false)).toMatchObject({ unlocked: false })
    await holder.save(same)
    await expect((await openLease('shop', world)).hold(same)).rejects.toMatchObject({ code: 'LOCKED' })
  })

  test('whose run saves while somebody is asked is not ended: that run lives', async () => {
    const holder = await lockOf(world)
    await holder.hold(same)
    const asked = unlock('shop', world, async () => {
      await holder.save(same)
      return true
    })
    await expect(asked).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
    await holder.save(same)
  })
})

describe('newleaf unlock', () => {
  let practice: Awaited<ReturnType<typeof practiceWorld>>
  beforeAll(async () => {
    practice = await practiceWorld()
  })
  afterAll(() => practice.close())

  const unlocked =
    (...args: string[]) =>
    (typed?: string) =>
      newleaf(['unlock', ...args, '--config', practice.world.configuration], {
        env: practice.world.env,
        ...(typed && { typed }),
      })
  const die = async () => {
    const context = {
      env: practice.world.env,
      clock: systemClock,
      log: createLog(silent, systemClock),
      random: Math.random,
      timeLeft: () => 600_000,
    }
    const process = { host: 'build-7', pid: 4711 }
    await withRuntime(await loadConfig(practice.world.configuration), { ...context, process }, async (deps) =>
      (await openLease('shop', deps)).hold(same),
    )
  }

  test('says whose the lock is, and ends it once a person agrees', async () => {
    expect(await unlocked('shop', '--yes')()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nobody holds'),
    })
    await die()
    const whose = expect.stringContaining('locked by build-7 process 4711 since ')
    expect(await unlocked('shop')('n\n')).toMatchObject({ code: 1, stderr: whose, stdout: '' })
    expect(await unlocked('shop')('y\n')).toMatchObject({
      code: 0,
      stderr: whose,
      stdout: expect.stringContaining('is ended'),
    })
    await die()
    expect(await unlocked('shop', '--yes')()).toMatchObject({ code: 0, stderr: whose })
  })

  test.each(['../shop', 'Shop', '\r\n'])('what no configuration can name is refused: %j', async (id) => {
    expect(await unlocked(id, '--yes')()).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('names no certificate: a name has 1 to 63 lower-case letters'),
    })
  })

  test('ends no lock where nobody can be asked and nobody has said --yes', async () => {
    await die()
    expect(await unlocked('shop')()).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
  })
})
