import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { decode } from '../../lib/secrets/codec.ts'
import { parseDocument } from '../../lib/state/document.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'
import { issue as issueAnother } from '../support/practice-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const documentOf = async ({ state }: MemoryWorld) =>
  parseDocument('shop', (await state.read('certificate/shop'))?.document)

test('F-5A, F-86: three certificates for the same names in seven days are the most, whoever forces a fourth', async () => {
  const world = await createMemoryWorld()
  const start = world.clock.now().getTime()
  for (const _ of [1, 2, 3]) {
    expect(await world.run({ force: true })).toMatchObject({ result: 'renewed' })
    world.pass(HOUR)
  }
  const until = new Date(start + 7 * DAY)
  expect(await world.run({ force: true, only: ['shop'] })).toMatchObject({
    result: 'waiting',
    decision: { reason: 'budget', until },
  })
  expect(world.authority.orders).toHaveLength(3)
  // Other names have a budget of their own.
  const other = { ...shop, names: ['*.shop.example'], configHash: 'other' }
  expect(await world.run({}, other)).toMatchObject({ result: 'renewed', decision: { reason: 'names' } })
  world.pass(7 * DAY)
  expect(await world.run({ force: true })).toMatchObject({ result: 'renewed' })
})

test('F-5A: a certificate of six days is renewed in time, however often somebody has forced one', async () => {
  const world = await createMemoryWorld()
  world.authority.lifetime = 6
  for (const _ of [1, 2, 3]) await world.run({ force: true })
  expect(await world.run({ force: true })).toMatchObject({ decision: { reason: 'budget' } })
  let least = 1
  for (let hour = 0; hour < 30 * 24; hour++) {
    world.pass(HOUR)
    const outcome = await world.run()
    const left = (outcome?.certificate?.notAfter.getTime() ?? 0) - world.clock.now().getTime()
    least = Math.min(least, left / (6 * DAY))
  }
  expect(least).toBeGreaterThan(1 / 2)
})

test('F-5A: a certificate that was of no use counts', async () => {
  const world = await createMemoryWorld()
  const { download } = world.authority
  const { chainPem } = await issueAnother(await createAuthority({ name: 'another' }), 'ecdsa-p256', ['shop.test'])
  world.authority.download = async (_order, take) => take(chainPem)
  for (const _ of [1, 2, 3]) {
    expect(await world.run({ only: ['shop'] })).toMatchObject({ error: { code: 'CHAIN_INVALID' } })
  }
  world.authority.download = download
  expect(await world.run({ only: ['shop'] })).toMatchObject({ decision: { reason: 'budget' } })
  expect(world.authority.issued).toBe(3)
})

test('F-5A: one that was stored, but not noted any more, counts once the next run finds it', async () => {
  const world = await createMemoryWorld()
  const { write } = world.state
  world.state.write = async (key, document, tag) => {
    const { issued = [] } = document as { issued?: unknown[] }
    if (issued.length > 0) throw new Failure('STORE_FAILED', 'the disk is full')
    return write(key, document, tag)
  }
  await world.run()
  world.state.write = write
  expect((await world.secrets.read('certificate/shop', 'pending'))?.value).toBeDefined()
  world.pass(HOUR)
  expect(await world.run()).toMatchObject({ result: 'deployed', decision: { reason: 'pending' } })
  expect(await documentOf(world)).toMatchObject({ issued: [{ at: expect.any(Date) }] })
  expect(Object.keys(await documentOf(world))).not.toContain('order')
  expect(await world.run()).toMatchObject({ result: 'kept' })
  expect(world.authority.issued).toBe(1)
})

test('F-43: a paused account is told with its address once, and not tried again until somebody asks by name', async () => {
  const ops = createMemoryNotifier()
  const world = await createMemoryWorld({ notifiers: { ops } })
  const address = 'https://ca.example/unpause?jwt=abc'
  world.authority.failures.push({ on: 'newOrder', failure: new Failure('ACME_PAUSED', `paused: ${address}`) })
  await world.run()
  let asked = 0
  const { newOrder } = world.authority
  world.authority.newOrder = (request) => {
    asked += 1
    return newOrder(request)
  }
  for (let day = 0; day < 30; day++) {
    world.pass(DAY)
    expect(await world.run()).toMatchObject({ result: 'waiting', decision: { reason: 'paused' } })
  }
  expect(asked).toBe(0)
  expect(ops.heard()).toEqual(['problem ACME_PAUSED'])
  expect(ops.notices[0]?.message).toContain(address)
  expect(await world.run({ only: ['shop'] })).toMatchObject({ result: 'renewed' })
  expect(ops.heard().at(-1)).toBe('resolved ACME_PAUSED')
})

test('while ordering is held back, what is current is put back in its place', async () => {
  const world = await createMemoryWorld()
  await world.run()
  const retryAfter = new Date(world.clock.now().getTime() + 3 * DAY)
  world.authority.failures.push({
    on: 'newOrder',
    failure: new Failure('ACME_RATE_LIMITED', 'later', { retryAfter }),
  })
  await world.run({ force: true })
  world.fr.bound = 'somebody-else'
  expect(await world.run()).toMatchObject({ result: 'deployed', decision: { reason: 'drift' } })
  expect((await documentOf(world)).failures?.authorities?.ca?.issue).toMatchObject({ notBefore: retryAfter })
  expect(await world.run({ force: true })).toMatchObject({ decision: { reason: 'retry-after', until: retryAfter } })
})

test('F-68: what another environment keeps in the same stores is neither used nor written', async () => {
  const prod = await createMemoryWorld()
  await prod.run()
  const { secrets, state } = prod
  const before = await state.read('certificate/shop')
  const foreign = { result: 'failed', error: { code: 'STORE_FOREIGN' } }
  const both = await createMemoryWorld({ environment: 'staging', secrets, state })
  expect(await both.run({ force: true })).toMatchObject(foreign)
  expect(both.authority.orders).toEqual([])
  expect(await state.read('certificate/shop')).toEqual(before)
  const sameSecrets = await createMemoryWorld({ environment: 'staging', secrets })
  expect(await sameSecrets.run()).toMatchObject(foreign)
  const stored = await secrets.read('certificate/shop', 'current')
  expect(stored && decode('shop', stored.value).orderSpec.environment).toBe('test')
})

test('F-03: a run that was frozen does not remove the TXT values that its successor shows', async () => {
  const world = await createMemoryWorld()
  const { answer } = world.authority
  let shown = 0
  world.authority.answer = async (challenges) => {
    world.authority.answer = async (again) => {
      await answer(again)
    }
    world.pass(HOUR) // longer than the claim
    await world.run()
    shown = world.txt.size
    // As if the successor were still waiting for the authority.
    const txt = challenges.map(({ domain, value = '' }) => ({
      name: `_acme-challenge.${domain}`,
      value,
      zone: 'shop.example',
      provider: 'main',
      since: world.clock.now(),
    }))
    await world.solver.present(txt)
    const stored = await world.state.read('certificate/shop')
    await world.state.write('certificate/shop', { ...Object(stored?.document), challengeRecords: txt }, stored?.tag)
    throw new Failure('UNREACHABLE', 'too late')
  }
  await world.run()
  expect(shown).toBe(0)
  expect(world.txt.size).toBe(1)
  expect(world.authority.issued).toBe(1)
})
