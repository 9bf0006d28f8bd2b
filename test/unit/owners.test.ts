import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { withOwners } from '../../lib/observe/owners.ts'
import type { InstalledCertificate } from '../../lib/types.ts'
import { createMemoryWorld, shop } from '../support/memory-world.ts'

/** What a NodeBalancer tells of a certificate, and what the wire has shown of it. */
const at = (certificate: Partial<InstalledCertificate>): InstalledCertificate => ({
  ...{ loadBalancer: 'apps', name: 'sha1', covers: [], notAfter: undefined, managed: undefined, bound: [] },
  ...certificate,
})

async function worldWithOne() {
  const world = await createMemoryWorld()
  const { certificate } = await world.run()
  const owners = async (...held: readonly InstalledCertificate[]) => {
    const [inventory] = await withOwners([{ balancer: 'us', target: 'us/apps', held }], [shop], world)
    return inventory && 'held' in inventory ? inventory.held.map(({ managed }) => managed) : undefined
  }
  return { world, owners, fingerprint: certificate?.fingerprint ?? '' }
}

describe('a certificate whose owner its load balancer does not tell', () => {
  test('is newleaf’s own if a state has the one that the wire shows, and else its owner is unknown', async () => {
    const { owners, fingerprint } = await worldWithOne()
    expect(await owners(at({ fingerprint }), at({ fingerprint: 'ab'.repeat(32) }), at({}))).toEqual([
      true,
      undefined,
      undefined,
    ])
  })

  test('is what its load balancer says where that tells, and no state is read for it', async () => {
    const { world, owners, fingerprint } = await worldWithOne()
    world.state.read = () => Promise.reject(new Error('nobody is to be asked'))
    expect(await owners(at({ fingerprint, managed: false }), at({}))).toEqual([false, undefined])
    const failed = { balancer: 'fr', target: 'fr/edge', error: new Failure('DENIED', 'no') }
    expect(await withOwners([failed], [shop], world)).toEqual([failed])
  })

  test('stays unknown, with a warning, where the state cannot be read', async () => {
    const { world, owners, fingerprint } = await worldWithOne()
    world.state.read = () => Promise.reject(new Failure('DENIED', 'no'))
    expect(await owners(at({ fingerprint }))).toEqual([undefined])
    expect(world.records.at(-1)).toMatchObject({ level: 'warn', fields: { code: 'DENIED' } })
  })
})
