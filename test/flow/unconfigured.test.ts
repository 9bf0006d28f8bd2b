/** What is told of a certificate that has left the configuration, as day after day goes by. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { Queued } from '../../lib/ports.ts'
import { forget } from '../../lib/renewal/forget.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { endingUnconfigured, notifyUnconfigured } from '../../lib/renewal/notify-unconfigured.ts'
import { prune } from '../../lib/renewal/prune.ts'
import { enqueueDueIn, runIn } from '../../lib/run.ts'
import type { CertificateSpec } from '../../lib/types.ts'
import { createMemoryNotifier, type MemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const request = { force: false, dryRun: false, fullScan: false }

let ops: MemoryNotifier
let world: MemoryWorld
beforeEach(async () => {
  ops = createMemoryNotifier()
  world = await createMemoryWorld({ notifiers: { ops } })
  await world.run()
})

/** A scheduled run each day; every one must be well. */
async function days(count: number, certificates: readonly CertificateSpec[] = []): Promise<void> {
  for (let day = 0; day < count; day++) {
    world.pass(DAY)
    expect(await runIn({ certificates }, request, world)).toMatchObject({ ok: true })
  }
}

describe('a certificate that has left the configuration', () => {
  test('is told of with a third, a twelfth and nothing of its life left, once each, and makes no run fail', async () => {
    await days(59)
    expect(ops.heard()).toEqual([])
    await days(3)
    expect(ops.notices).toMatchObject([
      {
        ...{ event: 'problem', certificate: 'shop', codes: ['UNCONFIGURED_EXPIRES_SOON'], names: shop.names },
        message: expect.stringMatching(/is not renewed: what was brought to fr\/edge, us\/apps ends on 2027-/),
        advice: expect.stringContaining('`newleaf forget shop`'),
      },
    ])
    await days(35)
    expect(ops.heard()).toEqual([
      'problem UNCONFIGURED_EXPIRES_SOON',
      'problem UNCONFIGURED_EXPIRES_VERY_SOON',
      'problem UNCONFIGURED_EXPIRED',
    ])
  })

  test('stands in the log as well, for whoever has no notifier', async () => {
    await days(62)
    const warned = world.records.filter(({ level }) => level === 'warn')
    expect(warned.at(-1)).toMatchObject({
      message: 'what has left the configuration ends',
      fields: { certificate: 'shop', code: 'UNCONFIGURED_EXPIRES_SOON' },
    })
  })

  test('is told of no more once it is forgotten', async () => {
    await forget('shop', false, world)
    await days(100)
    expect(ops.heard()).toEqual([])
  })

  test('is told of no more where it is forgotten while the run goes on, and leaves no marker', async () => {
    world.pass(62 * DAY)
    const endings = await endingUnconfigured([], ['shop'], world)
    expect(endings).toHaveLength(1)
    await forget('shop', false, world)
    await notifyUnconfigured(endings, world)
    expect(ops.heard()).toEqual([])
    expect(await world.state.list('')).toEqual([])
  })

  test('is told of no more once it is renewed again, which is told once', async () => {
    await days(62)
    await days(2, [shop])
    expect(ops.heard()).toEqual(['problem UNCONFIGURED_EXPIRES_SOON', 'resolved UNCONFIGURED_EXPIRES_SOON'])
  })

  test('is not told of while another with its names has its targets', async () => {
    await days(100, [{ ...shop, id: 'renamed' }])
    expect(ops.heard().filter((each) => each.includes('UNCONFIGURED'))).toEqual([])
  })

  test('is told of by the next run when a notifier could not be reached, or another run works on it', async () => {
    const nextHour = async () => {
      world.pass(HOUR)
      await runIn({ certificates: [] }, request, world)
    }
    await days(58)
    world.pass(3 * DAY)
    ops.trouble = new Failure('UNREACHABLE', 'gone')
    await days(1)
    await nextHour()
    ops.trouble = undefined
    world.pass(HOUR)
    const lease = await openLease('shop', world)
    await lease.hold((document) => document)
    await runIn({ certificates: [] }, request, world)
    expect(ops.heard()).toEqual([])
    await lease.release((document) => document)
    await nextHour()
    expect(ops.heard()).toEqual(['problem UNCONFIGURED_EXPIRES_SOON'])

    // And then it rests: no marker of it is left, and no run but a full scan asks for it.
    const left = await world.state.list('wake/')
    expect(left.filter((key) => key.endsWith('/shop'))).toEqual([])
  })

  test('is given to the queue again when a worker could not tell of it', async () => {
    const given: string[] = []
    const take = async (all: readonly Queued[]) => void given.push(...all.map(({ id }) => id))
    world.pass(62 * DAY)
    await enqueueDueIn({ certificates: [] }, world, take)
    ops.trouble = new Failure('UNREACHABLE', 'gone')
    await notifyUnconfigured(await endingUnconfigured([], given, world), world)
    ops.trouble = undefined
    world.pass(HOUR)
    await enqueueDueIn({ certificates: [] }, world, take)
    expect(given).toEqual(['shop', 'shop'])
    world.pass(HOUR)
    await enqueueDueIn({ certificates: [] }, world, take)
    expect(given).toHaveLength(2)
  })

  test('is not told of by a dry run, nor by one for others alone', async () => {
    world.pass(62 * DAY)
    await runIn({ certificates: [] }, { ...request, fullScan: true, dryRun: true }, world)
    await runIn({ certificates: [] }, { ...request, only: [] }, world)
    expect(ops.heard()).toEqual([])
  })

  test('is given to the queue when it ends soon, for workers can notify and the schedule cannot', async () => {
    const given: string[] = []
    const take = async (all: readonly Queued[]) => void given.push(...all.map(({ id }) => id))
    await enqueueDueIn({ certificates: [] }, world, take)
    expect(given).toEqual([])
    world.pass(62 * DAY)
    expect(await enqueueDueIn({ certificates: [] }, world, take)).toMatchObject({ queued: [], report: { ok: true } })
    expect(given).toEqual(['shop'])
    expect(ops.heard()).toEqual([])
  })

  test('F-84: has nothing deleted by any run: that is for `prune` and `forget`, and a dry run of `prune` only lists it', async () => {
    const [object = ''] = world.fr.objects.keys()
    await days(120)
    world.fr.bound = 'by-hand'
    await days(10)
    expect([...world.fr.objects.keys(), ...world.us.objects.keys()]).toEqual([object, object])
    expect(await world.secrets.read('certificate/shop', 'current')).toBeDefined()
    expect((await world.state.read('certificate/shop'))?.document).toBeDefined()

    // Another certificate there leads to the balancer.
    const other = { ...shop, id: 'other' }
    const pruned = (dryRun: boolean) => prune([other], { balancers: ['fr', 'us'], dryRun }, world)
    expect(await pruned(true)).toMatchObject([{ unneeded: [object], deleted: [] }, { unneeded: [] }])
    expect([...world.fr.objects.keys()]).toEqual([object])
    expect(await pruned(false)).toMatchObject([{ unneeded: [object], deleted: [object] }, { unneeded: [] }])
    expect([...world.fr.objects.keys(), ...world.us.objects.keys()]).toEqual([object])
  })

  test('keeps no run from its work when the state cannot be listed for it', async () => {
    world.pass(62 * DAY)
    const { state } = world
    const list: typeof state.list = async (prefix, ...more) => {
      if (prefix.startsWith('certificate/')) throw new Failure('UNAVAILABLE', 'down')
      return state.list(prefix, ...more)
    }
    const run = await runIn({ certificates: [] }, request, { ...world, state: { ...state, list } })
    expect(run).toMatchObject({ ok: true })
  })
})
