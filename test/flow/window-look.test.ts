/** A wake for which nothing is due but to ask the authority for its renewal window (RFC 9773). */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { DAY, HOUR } from '../../lib/platform/clock.ts'
import { emfLines } from '../../lib/report/metrics.ts'
import { runIn } from '../../lib/run.ts'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import type { CertificateSpec, RunRequest } from '../../lib/types.ts'
import { createMemorySecrets, createMemoryState } from '../support/memory-stores.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const INSPECT = 'balancer inspect'
let world: MemoryWorld
let calls: string[]

/** Notes every call of these methods. */
function noting<T extends object>(what: string, whole: T, methods: readonly (keyof T & string)[]): T {
  const noted = methods.map((method) => [
    method,
    (...args: unknown[]) => {
      const about = method === 'write' ? ` ${String(args[0]).split('/')[0]}` : ''
      calls.push(`${what} ${method}${about}`)
      return (whole[method] as (...given: unknown[]) => unknown)(...args)
    },
  ])
  return Object.assign(Object.create(whole), Object.fromEntries(noted))
}

const scheduled = (change: Partial<RunRequest> = {}, spec: CertificateSpec = shop) =>
  runIn({ certificates: [spec] }, { force: false, dryRun: false, fullScan: false, ...change }, world)
const documentNow = async () => parseDocument('shop', (await world.state.read(documentKey('shop')))?.document)
/** What the authority says: as of now, and for six hours. */
const window = (from = 50 * DAY, until = 55 * DAY) => {
  const now = world.clock.now().getTime()
  const [start, end, checkAfter] = [from, until, 6 * HOUR].map((wait) => new Date(now + wait)) as [Date, Date, Date]
  return { start, end, checkAfter }
}

beforeEach(async () => {
  calls = []
  world = await createMemoryWorld({
    state: noting('state', createMemoryState(), ['read', 'write', 'remove', 'list']),
    secrets: noting('secrets', createMemorySecrets(), ['read', 'stage', 'activate', 'remove']),
  })
  for (const balancer of [world.fr, world.us]) {
    const { inspect } = balancer
    balancer.inspect = (...args) => {
      calls.push(INSPECT)
      return inspect(...args)
    }
  }
  const { renewalWindow } = world.authority
  world.authority.renewalWindow = async (certificate) => {
    calls.push(`authority window ${'chainPem' in certificate ? 'of a chain' : certificate.certificateId.length > 20}`)
    return renewalWindow(certificate)
  }
  world.authority.window = window()
  await scheduled()
  world.pass(HOUR)
  await scheduled() // after the swap: all is looked at, and well
  world.pass(6 * HOUR)
  world.authority.window = window()
  calls = []
})

describe('a certificate that was well today when all was looked at', () => {
  test('costs one question to its authority, one document, and one marker', async () => {
    const { windowsAsked, certificates } = await scheduled()
    expect(calls).toEqual([
      'state list',
      'state read',
      'authority window true',
      'state write wake',
      'state write certificate',
      'state remove',
    ])
    expect([windowsAsked, certificates]).toEqual([['shop'], []])
    const checkAfter = world.authority.window?.checkAfter
    expect(await documentNow()).toMatchObject({ window: world.authority.window, nextLook: checkAfter })
    expect(await world.state.list('wake/2')).toEqual([`wake/${checkAfter?.toISOString()}/shop`])
  })

  test('is not said to be well, nor counted, by a run that has asked for its window alone', async () => {
    world.fr.bound = undefined
    const report = await scheduled()
    expect(report).toMatchObject({ ok: true, certificates: [], unhealthy: [], windowsAsked: ['shop'] })
    const metrics = emfLines(report).map((line) => JSON.parse(line))
    expect(metrics).toMatchObject([{ CertificatesLookedAt: 0, Success: 1 }])
  })

  test('leaves what was said of another at the last look as it is', async () => {
    const blog: CertificateSpec = { ...shop, id: 'blog', names: ['blog.nowhere'], targets: [] }
    const both = { certificates: [shop, blog] }
    const request = { force: false, dryRun: false, fullScan: false }
    await runIn(both, request, world)
    world.pass(6 * HOUR)
    world.authority.window = window()
    const { ok, windowsAsked, unhealthy, certificates } = await runIn(both, request, world)
    const ill = [...unhealthy, ...certificates].map(({ id }) => id)
    expect({ ok, windowsAsked, ill }).toEqual({ ok: false, windowsAsked: ['shop'], ill: ['blog'] })
  })

  test('is looked at as a whole on each day, and what has drifted meanwhile is found then', async () => {
    world.fr.bound = undefined
    const looks: [hour: number, what: string][] = []
    for (let hour = 0; hour < 12; hour++) {
      world.authority.window = window()
      const { windowsAsked, certificates } = await scheduled()
      for (const _ of windowsAsked ?? []) looks.push([world.clock.now().getUTCHours(), 'the window alone'])
      for (const { decision } of certificates)
        looks.push([world.clock.now().getUTCHours(), 'reason' in decision ? decision.reason : decision.action])
      world.pass(HOUR)
    }
    expect(looks).toEqual([
      [13, 'the window alone'],
      [19, 'the window alone'],
      [0, 'drift'],
    ])
  })

  test('is looked at as a whole on each day by a worker too, which knows of no full scan', async () => {
    world.pass(12 * HOUR)
    world.authority.window = window()
    const { windowsAsked, certificates } = await scheduled({ only: ['shop'], attended: false })
    expect([windowsAsked, certificates.length]).toEqual([undefined, 1])
  })

  test('is renewed by the same run when its authority would have it replaced now', async () => {
    world.authority.window = window(-2 * DAY, -DAY)
    expect((await scheduled()).certificates).toMatchObject([{ result: 'renewed' }])
  })

  test('is asked about by a worker as by the schedule', async () => {
    expect((await scheduled({ only: ['shop'], attended: false })).windowsAsked).toEqual(['shop'])
  })

  test.each<[string, Partial<RunRequest>]>([
    ['somebody asks for it', { only: ['shop'] }],
    ['all are to be looked at', { fullScan: true }],
    ['a deployment is asked for', { deploy: true }],
    ['nothing is to be changed', { dryRun: true }],
  ])('is looked at as a whole when %s', async (_when, request) => {
    expect((await scheduled(request)).windowsAsked).toBeUndefined()
    expect(calls).toContain(INSPECT)
  })

  test('is looked at as a whole when its configuration has changed', async () => {
    await scheduled({}, { ...shop, configHash: 'two' })
    expect(calls).toContain(INSPECT)
  })

  test('is looked at as a whole when its state document cannot be written, and that is what is said', async () => {
    const { write } = world.state
    world.state.write = async (key, ...rest) => {
      if (key.startsWith('certificate/')) throw new Failure('DENIED', 'read only')
      return write(key, ...rest)
    }
    const { ok, certificates } = await scheduled()
    expect([ok, certificates]).toMatchObject([false, [{ result: 'failed', error: { code: 'DENIED' } }]])
  })

  test('is looked at as a whole when somebody else has written its state document meanwhile', async () => {
    const { renewalWindow } = world.authority
    world.authority.renewalWindow = async (certificate) => {
      const stored = await world.state.read(documentKey('shop'))
      await world.state.write(documentKey('shop'), stored?.document, stored?.tag)
      world.authority.renewalWindow = renewalWindow
      return renewalWindow(certificate)
    }
    expect((await scheduled()).certificates).toMatchObject([{ result: 'kept' }])
  })

  test('is found again after a run that was killed between the marker and the document', async () => {
    const { write } = world.state
    world.state.write = async (key, ...rest) =>
      key.startsWith('certificate/') ? new Promise<never>(() => {}) : write(key, ...rest)
    void scheduled()
    await expect.poll(() => calls).toContain('state write wake')
    world.state.write = write
    world.pass(HOUR)
    world.authority.window = window()
    expect((await scheduled()).windowsAsked).toEqual(['shop'])
    const next = `wake/${world.authority.window.checkAfter.toISOString()}/shop`
    expect(await world.state.list('wake/2')).toContain(next)
  })

  test('is looked at as a whole while something of ours is still to be deleted', async () => {
    await scheduled({ force: true })
    for (let hour = 0; hour < 30; hour++) {
      world.authority.window = window()
      world.pass(HOUR)
      await scheduled()
    }
    expect((await documentNow()).targets['fr/edge']?.superseded).toEqual([])
  })

  test('is looked at as a whole by a clock that its authority says is wrong', async () => {
    world.authority.renewalWindow = async () => {
      throw new Failure('CLOCK_WRONG', 'an hour off')
    }
    await scheduled()
    expect(calls).toContain(INSPECT)
  })

  test('is looked at as a whole when its authority has another directory by now', async () => {
    Object.assign(world.authority, { directory: 'https://other.example/directory' })
    await scheduled()
    expect(calls).toContain(INSPECT)
  })
})

test('a certificate that was not well is looked at as a whole each time', async () => {
  world.fr.breaking = { how: 'broken' }
  await scheduled({ fullScan: true })
  expect(await documentNow()).not.toHaveProperty('looked')
  world.pass(6 * HOUR)
  const { certificates, windowsAsked } = await scheduled()
  expect([certificates.length, windowsAsked]).toEqual([1, undefined])
})
