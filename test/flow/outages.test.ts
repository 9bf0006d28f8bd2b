import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { reportOf } from '../../lib/report/report.ts'
import { parseDocument } from '../../lib/state/document.ts'
import type { CertificateSpec, RenewalWindow } from '../../lib/types.ts'
import { createMemoryBalancer } from '../support/memory-balancer.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const SWEEP = { force: false, dryRun: false, fullScan: true }

const documentOf = async ({ state }: MemoryWorld) =>
  parseDocument('shop', (await state.read('certificate/shop'))?.document)

test('F-13: one certificate of a hundred that is poisoned is isolated: the others are renewed, and the summary is not green', async () => {
  const ids = Array.from({ length: 100 }, (_, number) => `c${number}`)
  const balancers = Object.fromEntries(ids.map((id) => [id, createMemoryBalancer(`outages.${id}`)]))
  const world = await createMemoryWorld({ balancers })
  const specs = ids.map(
    (id): CertificateSpec => ({
      ...shop,
      id,
      names: [`${id}.example`],
      targets: [{ id, name: `lb/${Number(id.slice(1)) % 7 < 3 ? 'one' : 'two'}/${id}`, balancer: id, listener: {} }],
    }),
  )
  const { newOrder } = world.authority
  world.authority.newOrder = (request) =>
    request.names.includes('c42.example') ? Promise.reject(new TypeError('poison')) : newOrder(request)

  const certificates = await renewAll(specs, SWEEP, world)
  expect(certificates.map(({ id }) => id)).toEqual(ids)
  const bad = certificates.filter(({ result }) => result !== 'renewed')
  expect(bad).toMatchObject([{ id: 'c42', result: 'failed', error: { code: 'UNEXPECTED', step: 'order' } }])
  const times = { startedAt: world.clock.now(), finishedAt: world.clock.now() }
  expect(reportOf({ environment: 'test', dryRun: false, whole: true, ...times, certificates, unhealthy: [] }).ok).toBe(
    false,
  )
  expect(Object.values(balancers).filter(({ served }) => served !== undefined)).toHaveLength(99)
})

describe('while the secrets cannot be read', () => {
  /** It is 24 hours after a renewal of a certificate of 144 hours was due, and as long before its last sixth. */
  async function closed() {
    const ops = createMemoryNotifier()
    const world = await createMemoryWorld({ notifiers: { ops } })
    world.authority.lifetime = 143 / 24
    await world.run()
    world.pass(95 * HOUR)
    const { read } = world.secrets
    world.secrets.read = async () => {
      throw new Failure('DENIED', 'no')
    }
    return { world, ops, open: () => Object.assign(world.secrets, { read }) }
  }

  test('F-61: it is known how little time is left, so that it is tried sooner and sooner', async () => {
    const { world } = await closed()
    const pauses: number[] = []
    for (let tries = 0; tries < 6; tries++) {
      const now = world.clock.now().getTime()
      const { next } = await world.run()
      pauses.push(Math.round(((next?.getTime() ?? 0) - now) / (HOUR / 10)) / 10)
      world.pass((next?.getTime() ?? 0) - now)
    }
    expect(pauses).toEqual([12, 6, 3, 1.5, 1, 1])
  })

  test('F-61: it is told that the certificate ends soon', async () => {
    const { world, ops, open } = await closed()
    for (let hour = 0; hour < 50; hour++) {
      await world.run()
      world.pass(HOUR)
    }
    expect(ops.heard()).toEqual([
      'problem DENIED',
      'problem EXPIRES_SOON',
      'problem EXPIRES_VERY_SOON',
      'problem EXPIRED',
    ])
    open()
    world.pass(HOUR)
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    expect(ops.heard().at(-1)).toBe('resolved DENIED EXPIRES_SOON EXPIRES_VERY_SOON EXPIRED')
  })
})

test('F-33: TXT values that could not be removed hold up nothing, and go with the next look', async () => {
  const world = await createMemoryWorld()
  const { cleanUp } = world.solver
  world.solver.cleanUp = async () => {
    throw new Failure('UNREACHABLE', 'down')
  }
  expect(await world.run()).toMatchObject({ result: 'renewed' })
  expect(world.txt.size).toBe(1)
  world.solver.cleanUp = cleanUp
  expect(await world.run()).toMatchObject({ result: 'kept', decision: { reason: 'challenge-records' } })
  expect(world.txt.size).toBe(0)
  expect(world.authority.orders).toHaveLength(1)
  expect(await world.run()).toMatchObject({ result: 'kept' })
})

test('the claim of a run that is dead is gone once all is well, order or no order', async () => {
  const world = await createMemoryWorld()
  await world.run()
  const stored = await world.state.read('certificate/shop')
  const lease = { holder: 'dead', fence: 9, until: new Date(world.clock.now().getTime() - HOUR) }
  await world.state.write('certificate/shop', { ...(stored?.document as object), lease }, stored?.tag)
  expect(await world.run()).toMatchObject({ result: 'kept' })
  expect(Object.keys(await documentOf(world))).not.toContain('lease')
})

test('F-40, F-5A: a certificate that could not be fetched for two days counts from when it was issued', async () => {
  const world = await createMemoryWorld()
  const { download } = world.authority
  world.authority.download = async () => {
    throw new Failure('UNREACHABLE', 'down')
  }
  const issued = world.clock.now()
  await world.run()
  world.pass(2 * DAY)
  world.authority.download = download
  expect(await world.run()).toMatchObject({ result: 'renewed' })
  expect(await documentOf(world)).toMatchObject({ issued: [{ at: issued }] })
})

describe('what an authority says of the time of a renewal', () => {
  const window = (world: MemoryWorld, from: number, to: number): RenewalWindow => {
    const now = world.clock.now().getTime()
    return { start: new Date(now + from), end: new Date(now + to), checkAfter: new Date(now + DAY) }
  }

  test('F-55: now: it is renewed in the run that hears of it, and once', async () => {
    const world = await createMemoryWorld()
    await world.run()
    world.pass(DAY)
    const revoked = world.fr.served?.fingerprint
    const { renewalWindow } = world.authority
    world.authority.renewalWindow = async (certificate) =>
      certificate.fingerprint === revoked ? window(world, -HOUR, -HOUR / 2) : renewalWindow(certificate)
    expect(await world.run()).toMatchObject({ result: 'renewed', decision: { reason: 'due' } })
    expect(world.fr.served?.fingerprint).not.toBe(revoked)
    expect(await world.run()).toMatchObject({ result: 'kept' })
    expect(world.authority.orders).toHaveLength(2)
  })

  test('F-55: now, while a renewal is held back: it is asked for at once, and then no oftener than any other', async () => {
    const world = await createMemoryWorld()
    const checkAfter = new Date(world.clock.now().getTime() + 6 * HOUR)
    world.authority.window = { ...window(world, 59 * DAY, 60 * DAY), checkAfter }
    await world.run()
    const refuse = () =>
      world.authority.failures.push({ on: 'newOrder', failure: new Failure('UNREACHABLE', 'down for a while') })
    for (let attempt = 0; attempt < 4; attempt++) {
      refuse()
      expect(await world.run({ force: true })).toMatchObject({ result: 'failed' })
    }

    const revoked = world.fr.served?.fingerprint
    const { renewalWindow } = world.authority
    world.authority.renewalWindow = async (certificate) =>
      certificate.fingerprint === revoked ? window(world, -HOUR, -HOUR / 2) : renewalWindow(certificate)
    world.pass(7 * HOUR)
    refuse()
    expect(await world.run()).toMatchObject({ result: 'failed' })
    expect(await world.run()).toMatchObject({ result: 'waiting', decision: { reason: 'back-off' } })
    world.pass(DAY)
    expect(await world.run()).toMatchObject({ result: 'renewed' })
  })

  test.each([
    ['nothing', () => undefined],
    ['a time after the certificate ends', (world: MemoryWorld) => window(world, 100 * DAY, 101 * DAY)],
    ['a time that comes no nearer', (world: MemoryWorld) => window(world, 5 * DAY, 6 * DAY)],
  ])('F-56: %s: it is renewed with a third of its life left all the same', async (_what, says) => {
    const world = await createMemoryWorld()
    await world.run()
    world.authority.renewalWindow = async () => says(world)
    for (let day = 1; day <= 59; day++) {
      world.pass(DAY)
      expect(await world.run()).toMatchObject({ decision: { action: expect.not.stringMatching('issue') } })
    }
    world.pass(DAY)
    expect(await world.run()).toMatchObject({ result: 'renewed', decision: { reason: 'due' } })
  })
})
