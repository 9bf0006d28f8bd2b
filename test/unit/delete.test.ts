import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { deleteNamed } from '../../lib/renewal/delete.ts'
import { readDocument } from '../../lib/state/document.ts'
import type { InstalledCertificate } from '../../lib/types.ts'
import { failure } from '../support/failure.ts'
import { createMemoryWorld, shop } from '../support/memory-world.ts'

const foreign = (name: string, more: Partial<InstalledCertificate> = {}): InstalledCertificate => ({
  ...{ loadBalancer: 'edge', name, id: `id-of-${name}`, covers: [], notAfter: undefined, managed: false, bound: [] },
  ...more,
})

/** A balancer that holds these, and deletes what it is asked to. */
async function worldWith(...certificates: readonly InstalledCertificate[]) {
  const world = await createMemoryWorld()
  await world.run()
  const held = [...certificates]
  const asked: string[] = []
  const { list } = world.fr
  world.fr.list = async (listener) => ({ certificates: [...(await list(listener)).certificates, ...held] })
  world.fr.deleteById = async (_listener, id) => {
    asked.push(id)
    const at = held.findIndex((each) => each.id === id)
    if (at >= 0) held.splice(at, 1)
    return true
  }
  const remove = (names: readonly string[], agree = async (_all: readonly InstalledCertificate[]) => true) =>
    deleteNamed([shop], { balancer: 'fr', names }, world, agree)
  return { world, held, asked, remove }
}

describe('deleting what a person names', () => {
  test('asks before, with what is about to go, and does nothing without a yes', async () => {
    const { remove, asked, held } = await worldWith(foreign('old'), foreign('other'))
    let heard: readonly string[] = []
    const no = async (all: readonly InstalledCertificate[]) => {
      heard = all.map(({ name }) => name)
      return false
    }
    expect(await remove(['old'], no)).toMatchObject([{ name: 'old', deleted: false, reason: undefined }])
    expect([heard, asked, held.length]).toEqual([['old'], [], 2])
  })

  test('asks nobody where one of them is refused, and deletes none', async () => {
    const { remove, asked, world } = await worldWith(foreign('old'))
    const never = () => Promise.reject(new Error('nobody is to be asked'))
    expect(await remove(['old', world.fr.bound ?? ''], never)).toMatchObject([
      { name: 'old', deleted: false, reason: undefined },
      { deleted: false, reason: 'it is bound: https' },
    ])
    expect(asked).toEqual([])
  })

  test('asks the balancer that is named, and leaves alone what another one holds under that name', async () => {
    const { remove, asked, world } = await worldWith()
    world.us.list = async () => ({ certificates: [foreign('elsewhere')] })
    world.us.deleteById = async (_listener, id) => asked.push(id) > 0
    const [elsewhere] = await remove(['elsewhere'])
    expect(elsewhere).toMatchObject({ deleted: false, reason: expect.stringContaining('nothing is called so') })
    expect(asked).toEqual([])
  })

  test('refuses what a target replaces in place, by its resource or by what the configuration calls it', async () => {
    const { remove, asked, world } = await worldWith(foreign('arn:one'), foreign('edge'))
    const one = { ...foreign('one'), id: 'memory:one' }
    const { list, inspect } = world.fr
    world.fr.list = async (listener) => ({ certificates: [...(await list(listener)).certificates, one] })
    world.fr.inspect = async () => ({ serves: false, endpoints: [], resource: 'memory:one' })
    expect(await remove(['one'])).toMatchObject([{ reason: 'it is what the target fr/edge replaces in place' }])
    expect(await remove(['edge'])).toMatchObject([{ deleted: true }])
    world.fr.inspect = () => Promise.reject(new Failure('TARGET_MISSING', 'its host is not there'))
    const [target] = shop.targets
    const called = Object.values(target?.listener ?? {})[0]
    world.fr.list = async () => ({ certificates: [foreign(`${called}`)] })
    expect(await remove([`${called}`])).toMatchObject([{ reason: 'it is what the target fr/edge replaces in place' }])
    world.fr.inspect = inspect
    expect(asked).toEqual(['id-of-edge'])
  })

  test('refuses what stands in a state as a resource, though its target cannot be looked at', async () => {
    const { remove, world } = await worldWith()
    const { document } = await readDocument('shop', world)
    const resources = Object.values(document.targets).map(({ resource }) => resource)
    world.fr.inspect = () => Promise.reject(new Failure('UNREACHABLE', 'no answer'))
    world.fr.list = async () => ({ certificates: [foreign('one', { id: resources[0] ?? '' })] })
    expect(resources[0]).toBeTypeOf('string')
    expect(await remove(['one'])).toMatchObject([
      { deleted: false, reason: 'the certificate "shop" of the configuration needs it' },
    ])
  })

  test('refuses what has no id: newleaf has no way to delete it there', async () => {
    const { id: _id, ...file } = foreign('file.pem')
    const { remove } = await worldWith(file)
    expect(await remove(['file.pem'])).toMatchObject([
      { deleted: false, reason: expect.stringContaining('docs/delete-certificates.md') },
    ])
  })

  test('deletes nothing when a state, or one of the load balancers, cannot be read', async () => {
    const { remove, asked, world } = await worldWith(foreign('old'))
    const { read } = world.state
    world.state.read = () => Promise.reject(new Failure('STORE_UNREADABLE', 'torn'))
    expect(await failure(remove(['old']))).toMatchObject({ code: 'STORE_UNREADABLE' })
    world.state.read = read
    world.fr.list = () => Promise.reject(new Failure('DENIED', 'no'))
    expect(await failure(remove(['old']))).toMatchObject({ code: 'DENIED', message: 'fr/edge: no' })
    expect(asked).toEqual([])
  })

  test('tells of each what is gone and what is left, by what is listed afterwards', async () => {
    const { remove, world, held } = await worldWith(
      ...['gone', 'bound', 'denied', 'kept', 'lost'].map((each) => foreign(each)),
    )
    const { deleteById } = world.fr
    world.fr.deleteById = async (listener, id) => {
      if (id === 'id-of-bound') return false
      if (id === 'id-of-denied') throw new Failure('DENIED', 'it refuses')
      if (id === 'id-of-kept') return true
      const isGone = await deleteById(listener, id)
      if (id === 'id-of-lost') throw new Failure('UNREACHABLE', 'no answer')
      return isGone
    }
    expect(await remove(['gone', 'bound', 'denied', 'kept', 'lost'])).toMatchObject([
      { name: 'gone', deleted: true, reason: undefined },
      { name: 'bound', deleted: false, reason: 'a listener uses it by now' },
      { name: 'denied', deleted: false, reason: 'it refuses' },
      { name: 'kept', deleted: false, reason: 'it is still listed' },
      { name: 'lost', deleted: true, reason: undefined },
    ])
    expect(held.map(({ name }) => name)).toEqual(['bound', 'denied', 'kept'])
  })

  test('calls nothing deleted that could not be read back', async () => {
    const { remove, world } = await worldWith(foreign('old'))
    const { list } = world.fr
    let lists = 0
    world.fr.list = async (listener) => {
      if (++lists > 1) throw new Failure('UNREACHABLE', 'no answer')
      return list(listener)
    }
    const { deleteById } = world.fr
    world.fr.deleteById = () => Promise.reject(new Failure('DENIED', 'no right to delete'))
    expect(await remove(['old'])).toMatchObject([{ deleted: false, reason: 'no right to delete' }])
    ;[world.fr.deleteById, lists] = [deleteById, 0]
    expect(await remove(['old'])).toMatchObject([{ deleted: false, reason: 'it could not be read back: no answer' }])
  })
})
