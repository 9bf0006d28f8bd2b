import { describe, expect, test } from 'vitest'
import { certificateName } from '../../lib/balancers/names.ts'
import { Failure } from '../../lib/errors.ts'
import { prune } from '../../lib/renewal/prune.ts'
import type { InstalledCertificate } from '../../lib/types.ts'
import { createMemoryWorld, shop } from '../support/memory-world.ts'

const named = (digit: string, environment = 'test') => certificateName(environment, 'shop', digit.repeat(64))
const held = (name: string, more: Partial<InstalledCertificate> = {}): InstalledCertificate => ({
  ...{ loadBalancer: 'edge', name, id: name, covers: [], notAfter: undefined, managed: true, bound: [] },
  ...more,
})
const OURS = named('1')

/** After a renewal; the first balancer also holds these, and deletes what it is asked to but for those that it keeps. */
async function worldWith({ also = [held(OURS)], keeps = [] as readonly string[] } = {}) {
  const world = await createMemoryWorld()
  await world.run()
  let more: readonly InstalledCertificate[] = also
  const asked: (readonly string[])[] = []
  const { list } = world.fr
  world.fr.list = async (listener) => ({ certificates: [...(await list(listener)).certificates, ...more] })
  world.fr.deleteUnused = async (_listener, names) => {
    asked.push(names)
    more = more.filter(({ name }) => keeps.includes(name) || !names.includes(name))
    return [...names]
  }
  const pruned = (dryRun = false) => prune([shop], { balancers: ['fr', 'us'], dryRun }, world)
  return { world, asked, pruned }
}
const nothing = { unneeded: [], deleted: [], error: undefined }
const atApps = { balancer: 'us', target: 'us/apps', ...nothing }

describe('prune', () => {
  test('deletes what newleaf has made and nobody needs, and leaves what is current', async () => {
    const { asked, pruned } = await worldWith()
    expect(await pruned()).toEqual([
      { balancer: 'fr', target: 'fr/edge', unneeded: [OURS], deleted: [OURS], error: undefined },
      atApps,
    ])
    expect(asked).toEqual([[OURS]])
    expect(await pruned()).toEqual([{ balancer: 'fr', target: 'fr/edge', ...nothing }, atApps])
    expect(asked).toHaveLength(1)
  })

  test('only says what it would delete, in a dry run', async () => {
    const { asked, pruned } = await worldWith()
    expect(await pruned(true)).toMatchObject([{ unneeded: [OURS], deleted: [], error: undefined }, atApps])
    expect(asked).toEqual([])
  })

  test.each([
    ['somebody else has made', [held(OURS, { managed: false })]],
    ['bears no name of newleaf', [held('by-hand')]],
    ['is of another environment', [held(named('1', 'prod'))]],
    ['is bound to a listener', [held(OURS, { bound: [{ listener: 'https', effectiveFor: [] }] })]],
    [
      'is bound to a listener under one of its ids',
      [held(OURS), held(OURS, { id: 'again', bound: [{ listener: 'https', effectiveFor: [] }] })],
    ],
  ])('leaves what %s', async (_what, also) => {
    const { asked, pruned } = await worldWith({ also })
    expect((await pruned())[0]).toMatchObject(nothing)
    expect(asked).toEqual([])
  })

  test('leaves what a certificate of the configuration needs, also where no listener is bound to it', async () => {
    const { world, pruned } = await worldWith()
    world.us.bound = undefined
    expect((await pruned())[1]).toEqual(atApps)
    expect(world.us.objects.size).toBe(1)
  })

  test('calls gone what is not listed any more, and asks once for what is listed twice', async () => {
    const also = [held(OURS), held(OURS, { id: 'again' }), held(named('2'))]
    const { asked, pruned } = await worldWith({ also, keeps: [named('2')] })
    expect((await pruned())[0]).toMatchObject({ unneeded: [OURS, named('2')], deleted: [OURS] })
    expect(asked).toEqual([[OURS, named('2')]])
  })

  test('says of a balancer that cannot be asked, or does not delete, why, and goes on with the others', async () => {
    const { world, pruned } = await worldWith()
    const error = new Failure('DENIED', 'no right to delete')
    world.fr.deleteUnused = () => Promise.reject(error)
    expect(await pruned()).toMatchObject([{ unneeded: [OURS], deleted: [], error: { code: 'DENIED' } }, atApps])
    world.fr.list = () => Promise.reject(error)
    expect(await pruned()).toMatchObject([{ unneeded: [], deleted: [], error: { code: 'DENIED' } }, atApps])
  })
})
