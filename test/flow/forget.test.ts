/** The end of a certificate that has left the configuration. */
import { PassThrough } from 'node:stream'
import { beforeEach, describe, expect, test } from 'vitest'
import { confirm } from '../../cli/confirm.ts'
import { Failure } from '../../lib/errors.ts'
import { forget } from '../../lib/renewal/forget.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { documentKey } from '../../lib/state/document.ts'
import { markHealth, moveMarker } from '../../lib/state/schedule.ts'
import { gated } from '../kill/effects.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

let world: MemoryWorld
let [first, second] = ['', '']
const begin = async () => {
  world = await createMemoryWorld()
  await world.run()
  first = world.fr.bound ?? ''
  await world.run({ force: true, only: ['shop'] })
  second = world.fr.bound ?? ''
  await markHealth(world.state, 'shop', 'EXPIRES_SOON')
  await moveMarker(world.state, 'blog', undefined, world.clock.now())
}
beforeEach(begin)

const DAY = 86_400_000
const secretsOf = async (id: string) => {
  const read = (['current', 'pending', 'previous'] as const).map((stage) =>
    world.secrets.read(`certificate/${id}`, stage),
  )
  return (await Promise.all(read)).filter((each) => each !== undefined)
}

describe('a certificate that is forgotten', () => {
  test('leaves nothing of it in the state and in the secrets store, and at the balancers what was there, which is said', async () => {
    const forgotten = await forget('shop', false, world)
    expect(forgotten).toEqual({
      ...{ id: 'shop', deleted: [], secret: 'certificate/shop', secretBecame: 'removed' },
      left: [first, second].flatMap((each) => [`${each} at fr/edge`, `${each} at us/apps`]).sort(byTarget),
    })
    const [marker, ...others] = await world.state.list('')
    expect([marker, others]).toEqual([expect.stringMatching(/^wake\/.*\/blog$/), []])
    expect([...world.fr.objects.keys()]).toEqual([first, second])
    expect(await secretsOf('shop')).toEqual([])
  })

  test('has its certificates deleted that are bound nowhere, if that is wanted, and no other', async () => {
    world.us.trouble = new Failure('UNAVAILABLE', 'down')
    const { deleted, left } = await forget('shop', true, world)
    expect(deleted).toEqual([`${first} at fr/edge`])
    expect(left).toEqual([`${second} at fr/edge`, `${first} at us/apps`, `${second} at us/apps`])
    expect([...world.fr.objects.keys()]).toEqual([second])
    expect(world.fr.bound).toBe(second)
  })

  test('is left alone while a run works on it', async () => {
    await (await openLease('shop', world)).hold((document) => document)
    await expect(forget('shop', true, world)).rejects.toMatchObject({ code: 'LOCKED' })
    expect([...world.fr.objects.keys()]).toEqual([first, second])
  })

  test('is ended by another `forget`, at whatever effect the first one was killed, done or not', async () => {
    let effects = 0
    const counted = gated(world, async (_, work) => {
      effects += 1
      return work()
    })
    await forget('shop', true, counted)
    expect(effects).toBeGreaterThan(8)
    for (let at = 1; at <= effects; at++) {
      for (const isDone of [true, false]) {
        await begin()
        let passed = 0
        const killed = gated(world, async (_, work) => {
          passed += 1
          const isOver = passed >= at
          if (isOver && !(passed === at && isDone)) throw new Failure('UNEXPECTED', 'killed')
          const answer = await work()
          if (isOver) throw new Failure('UNEXPECTED', 'killed')
          return answer
        })
        await forget('shop', true, killed).catch(() => undefined)
        world.pass(DAY)
        if ((await world.state.read(documentKey('shop'))) !== undefined) await forget('shop', true, world)
        expect([at, await world.state.list('certificate/'), await secretsOf('shop')]).toEqual([at, [], []])
        expect((await world.state.list('wake/')).filter((key) => key.endsWith('shop'))).toEqual([])
      }
    }
  })

  test('is remembered until its secret is removed, and has no secret any more once it is not', async () => {
    const done: string[] = []
    const { state, secrets } = world
    await forget('shop', false, {
      ...world,
      secrets: { ...secrets, remove: (name) => secrets.remove(name).finally(() => done.push(`secret ${name}`)) },
      state: { ...state, remove: (key) => state.remove(key).finally(() => done.push(key)) },
    })
    expect(done.indexOf('secret certificate/shop')).toBe(0)
    expect(done.at(-1)).toBe('certificate/shop')
  })

  test('must be one that is remembered', async () => {
    await expect(forget('never', false, world)).rejects.toMatchObject({ code: 'EVENT_INVALID' })
  })

  test('may come back: the next run orders it anew, with another key', async () => {
    await forget('shop', false, world)
    const orders = world.authority.orders.length
    expect(await world.run({}, shop)).toMatchObject({ health: { healthy: true } })
    expect(world.authority.orders).toHaveLength(orders + 1)
  })
})

const byTarget = (one: string, other: string) =>
  (one.split(' at ')[1] ?? '').localeCompare(other.split(' at ')[1] ?? '')

describe('the question before it', () => {
  const asked = async (typed: string, isTTY: boolean) => {
    const shown: string[] = []
    const stdin = Object.assign(new PassThrough(), { isTTY })
    stdin.end(typed)
    const yes = await confirm('Forget it?', { stdin, stderr: { write: (text) => shown.push(text) } })
    return { yes, shown: shown.join('') }
  }

  test.each([
    ['y\n', true],
    ['yes\n', true],
    ['n\n', false],
    ['\n', false],
    ['', false],
  ])('answered with %j is %s', async (typed, yes) => {
    expect(await asked(typed, true)).toEqual({ yes, shown: 'Forget it? [y/N] ' })
  })

  test('is not answered by what is piped in', async () => {
    await expect(asked('y\n', false)).rejects.toMatchObject({ message: expect.stringContaining('say --yes') })
  })
})
