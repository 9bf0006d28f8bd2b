import { describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import type { Dependencies } from '../../lib/ports.ts'
import { parseDocument } from '../../lib/state/document.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** A world with two who are told. */
async function watched(change: Partial<Dependencies> = {}) {
  const [ops, team] = [createMemoryNotifier(), createMemoryNotifier()]
  return { ops, team, world: await createMemoryWorld({ notifiers: { ops, team }, ...change }) }
}

/** The next orders fail with these. */
const failing = ({ authority }: MemoryWorld, ...codes: FailureCode[]) =>
  authority.failures.push(...codes.map((code) => ({ on: 'newOrder' as const, failure: new Failure(code, 'as told') })))

const toldIn = async ({ state }: MemoryWorld) =>
  parseDocument('certificate/shop', (await state.read('certificate/shop'))?.document).notified

describe('somebody is told', () => {
  test('nothing as long as all is well', async () => {
    const { world, ops } = await watched()
    await world.run()
    world.pass(61 * DAY)
    await world.run()
    await world.run()
    expect(ops.heard()).toEqual([])
    expect(await toldIn(world)).toBeUndefined()
  })

  test('of a problem once, however many runs meet it, and once when it is resolved', async () => {
    const { world, ops, team } = await watched()
    failing(world, ...Array<FailureCode>(5).fill('ACME_CAA'))
    for (let run = 0; run < 5; run++) {
      expect(await world.run()).toMatchObject({ result: 'failed' })
      expect(await world.run()).toMatchObject({ result: 'waiting' })
      world.pass(DAY)
    }
    expect(ops.heard()).toEqual(['problem ACME_CAA'])
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    await world.run()
    expect(ops.heard()).toEqual(['problem ACME_CAA', 'resolved ACME_CAA'])
    expect(team.heard()).toEqual(ops.heard())
    expect(await toldIn(world)).toBeUndefined()
  })

  test('of each new code, and not again of one that comes back while the trouble lasts', async () => {
    const { world, ops } = await watched()
    failing(world, 'ACME_SERVER', 'UNREACHABLE', 'ACME_SERVER', 'UNREACHABLE')
    for (let run = 0; run < 5; run++) {
      await world.run()
      world.pass(2 * DAY)
    }
    expect(ops.heard()).toEqual(['problem ACME_SERVER', 'problem UNREACHABLE', 'resolved ACME_SERVER UNREACHABLE'])
  })

  test('that all is over, and since when it was not: since the first of the problems that were told', async () => {
    const { world, ops } = await watched()
    const { certificate } = await world.run()
    world.pass(61 * DAY)
    const since = world.clock.now()
    failing(world, ...Array<FailureCode>(30).fill('ACME_CAA'))
    for (let day = 0; day < 16; day++) {
      await world.run()
      world.pass(DAY)
    }
    world.authority.failures.length = 0
    await world.run()
    const short = new Date((certificate?.notAfter.getTime() ?? 0) - 15 * DAY - 10 * MINUTE)
    expect(ops.notices.map((notice) => `${notice.event} ${notice.codes} ${notice.since.toISOString()}`)).toEqual([
      `problem ACME_CAA ${since.toISOString()}`,
      `problem EXPIRES_SOON ${short.toISOString()}`,
      `resolved ACME_CAA,EXPIRES_SOON ${since.toISOString()}`,
    ])
    expect(ops.notices.at(-1)).toMatchObject({
      message: 'the problems that were reported are resolved',
      certificate: 'shop',
      names: shop.names,
    })
  })

  test('of the same problem again when it comes back after it was resolved', async () => {
    const { world, ops } = await watched()
    failing(world, 'ACME_SERVER')
    await world.run()
    world.pass(MINUTE)
    await world.run()
    failing(world, 'ACME_SERVER')
    await world.run({ force: true })
    expect(ops.heard()).toEqual(['problem ACME_SERVER', 'resolved ACME_SERVER', 'problem ACME_SERVER'])
  })

  test('of a certificate that ends soon, at a sixth, a twelfth and the end of its life, and when it is renewed after all', async () => {
    const { world, ops } = await watched()
    await world.run()
    world.pass(61 * DAY)
    failing(world, ...Array<FailureCode>(40).fill('ACME_CAA'))
    for (let day = 0; day < 31; day++) {
      await world.run()
      world.pass(DAY)
    }
    expect(ops.heard()).toEqual([
      'problem ACME_CAA',
      'problem EXPIRES_SOON',
      'problem EXPIRES_VERY_SOON',
      'problem EXPIRED',
    ])
    world.authority.failures.length = 0
    await world.run()
    expect(ops.heard().at(-1)).toBe('resolved ACME_CAA EXPIRES_SOON EXPIRES_VERY_SOON EXPIRED')
  })

  test('of what stands in the way before anything is tried, and when it stands there no longer', async () => {
    const { world, ops } = await watched()
    await world.run()
    world.us.trouble = new Failure('DENIED', 'the token has expired')
    await world.run()
    world.us.trouble = undefined
    world.pass(DAY)
    await world.run()
    expect(ops.heard()).toEqual(['problem DENIED', 'resolved DENIED'])
  })

  test('nothing in a dry run, of a target that cannot be reached from here, or of a run that had too little time', async () => {
    const { world, ops } = await watched()
    world.us.unreachable = true
    await world.run()
    world.us.unreachable = false
    world.us.trouble = new Failure('DENIED', 'no')
    await world.run({ dryRun: true })
    expect(ops.heard()).toEqual([])
    const late = await watched({ timeLeft: () => 20_000 })
    expect(await late.world.run()).toMatchObject({ result: 'waiting', error: { code: 'OUT_OF_TIME' } })
    expect(late.ops.heard()).toEqual([])
  })
})

describe('a notice', () => {
  test('holds what a person needs to act on it', async () => {
    const { world, ops } = await watched()
    const { certificate } = await world.run()
    world.pass(61 * DAY)
    failing(world, 'ACME_CAA')
    const since = world.clock.now()
    const { next } = await world.run()
    expect(ops.notices).toEqual([
      {
        event: 'problem',
        environment: 'test',
        certificate: 'shop',
        names: shop.names,
        codes: ['ACME_CAA'],
        message: 'as told',
        step: 'order',
        since,
        fingerprint: certificate?.fingerprint,
        serial: certificate?.serial,
        expires: certificate?.notAfter,
        next,
        advice: 'allow the authority in the CAA records of the name',
      },
    ])
  })

  test('gives no advice where newleaf goes on trying by itself, and says since when it has been failing', async () => {
    const { world, ops, team } = await watched()
    team.trouble = new Failure('UNREACHABLE', 'down')
    failing(world, 'ACME_SERVER', 'ACME_SERVER')
    const since = world.clock.now()
    await world.run()
    world.pass(DAY)
    team.trouble = undefined
    await world.run()
    expect(ops.notices[0]).not.toHaveProperty('advice')
    expect(team.notices).toMatchObject([{ since }])
  })

  test('holds no secret and no endless text, whatever an authority says', async () => {
    const { world, ops } = await watched()
    const message = `Bearer canary-token-bearer \u202e\n-----BEGIN PRIVATE KEY-----\nAAAA ${'x'.repeat(9_000)}`
    world.authority.failures.push({ on: 'newOrder', failure: new Failure('ACME_PROBLEM', message) })
    await world.run()
    const text = ops.notices[0]?.message ?? ''
    expect(/canary|PRIVATE KEY|AAAA|[\n\u202e]/.test(text)).toBe(false)
    world.authority.failures.push({ on: 'newOrder', failure: new Failure('ACME_SERVER', 'x'.repeat(9_000)) })
    await world.run({ force: true })
    expect(ops.notices[1]?.message).toBe('x'.repeat(500))
  })
})

describe('F-8C a notice that cannot be sent', () => {
  test('hides no result and holds up nothing, is an error in the log, and is sent by the next run', async () => {
    const { world, ops, team } = await watched()
    team.trouble = new Failure('UNREACHABLE', 'down')
    failing(world, 'ACME_CAA')
    const outcome = await world.run()
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'ACME_CAA' } })
    expect(world.records.filter(({ message }) => message === 'a notice could not be sent')).toMatchObject([
      { level: 'error', fields: { certificate: 'shop', notifier: 'team', code: 'UNREACHABLE', reason: 'down' } },
    ])
    expect([ops.heard(), team.heard()]).toEqual([['problem ACME_CAA'], []])
    expect(outcome.next?.getTime()).toBe(world.clock.now().getTime() + MINUTE)

    world.pass(MINUTE)
    team.trouble = undefined
    expect(await world.run()).toMatchObject({ result: 'waiting' })
    expect([ops.heard(), team.heard()]).toEqual([['problem ACME_CAA'], ['problem ACME_CAA']])
  })

  test('keeps no renewal from being done, and the end of the trouble is told once it can be', async () => {
    const { world, ops } = await watched()
    failing(world, 'ACME_SERVER')
    await world.run()
    ops.trouble = new Failure('DENIED', 'revoked')
    world.pass(MINUTE)
    expect(await world.run()).toMatchObject({ result: 'renewed', error: undefined })
    ops.trouble = undefined
    await world.run()
    await world.run()
    expect(ops.heard()).toEqual(['problem ACME_SERVER', 'resolved ACME_SERVER'])
  })

  test('because there is no time for it is sent by the next run', async () => {
    let left = 3_600_000
    const { world, ops } = await watched({ timeLeft: () => left })
    world.authority.newOrder = async () => {
      left = 10_000
      throw new Failure('ACME_SERVER', 'down')
    }
    expect(await world.run()).toMatchObject({ result: 'failed', error: { code: 'ACME_SERVER' } })
    expect(ops.heard()).toEqual([])
    left = 3_600_000
    await world.run()
    expect(ops.heard()).toEqual(['problem ACME_SERVER'])
  })

  test('to somebody who is new in the configuration is a notice of what is wrong now', async () => {
    const { world, ops } = await watched()
    failing(world, 'ACME_CAA', 'ACME_CAA')
    await world.run()
    const late = createMemoryNotifier()
    Object.assign(world.notifiers, { late })
    await world.run()
    expect([ops.heard(), late.heard()]).toEqual([['problem ACME_CAA'], ['problem ACME_CAA']])
  })
})
