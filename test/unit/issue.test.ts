import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { CertificateAuthority } from '../../lib/ports.ts'
import { issue } from '../../lib/renewal/issue.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { readStages } from '../../lib/secrets/certificate.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

let world: MemoryWorld
beforeEach(async () => {
  world = await createMemoryWorld()
})

/** One order, from its key to its certificate, at an authority that is so. */
async function issued(change: Partial<CertificateAuthority> = {}, wanted: Partial<typeof shop> = {}) {
  const lease = await openLease('shop', world)
  await lease.hold((document) => document)
  const authority = { ...world.authority, ...change }
  const issuer = { authority: 'ca', directory: 'https://ca.example/directory' }
  const stages = await readStages('shop', world)
  const done = issue({ ...shop, ...wanted }, issuer, stages, lease, { ...world, authority })
  const failure = await done.then(
    () => undefined,
    (error: Failure) => error,
  )
  const { document } = lease
  await lease.release((last) => last)
  return { failure, document }
}
const toldOfIt = () => world.records.filter(({ message }) => message.startsWith('an order was let go'))

describe('nothing is ordered', () => {
  const caa = async (name: string) => ({ name, owner: name, records: ['0 issue "another.example"'] })

  test('where a CAA record forbids it', async () => {
    world = { ...world, solver: { ...world.solver, caa } }
    const { failure } = await issued({ caaIdentities: async () => ['ca.example'] })
    expect([failure?.code, world.authority.orders]).toEqual(['ACME_CAA', []])
  })

  test('where a name has no zone, which is what is heard though a CAA record would forbid it, too', async () => {
    const locate = async () => {
      throw new Failure('DNS_NO_ZONE', 'no zone')
    }
    world = { ...world, solver: { ...world.solver, caa, locate } }
    const { failure } = await issued({ caaIdentities: async () => ['ca.example'] })
    expect([failure?.code, world.authority.orders]).toEqual(['DNS_NO_ZONE', []])
  })

  test('where the persistent record is not there by which the authority would validate', async () => {
    const { failure } = await issued({ validation: 'dns-persist-01', caaIdentities: async () => ['ca.example'] })
    expect([failure?.code, world.authority.orders]).toEqual(['DNS_NO_RECORD', []])
  })
})

test('an order asks for the profile of its certificate, and for none without', async () => {
  const asked: unknown[] = []
  const newOrder: CertificateAuthority['newOrder'] = (request) => {
    asked.push('profile' in request ? request.profile : 'none')
    return world.authority.newOrder(request)
  }
  await issued({ newOrder }, { profile: 'shortlived' })
  await issued({ newOrder })
  expect(asked).toEqual(['shortlived', 'none'])
})

test('an order that is let go is told of once, with why, and a new one is made; else nothing is told', async () => {
  const answer: CertificateAuthority['answer'] = () => Promise.reject(new Failure('UNREACHABLE', 'no answer'))
  expect((await issued({ answer })).document.order?.url).toBe('https://ca.example/order/1')
  expect(toldOfIt()).toEqual([])
  const readOrder: CertificateAuthority['readOrder'] = async (url) => ({
    ...(await world.authority.readOrder(url)),
    status: 'invalid',
  })
  const { document, failure } = await issued({ readOrder })
  expect(failure).toBeUndefined()
  expect(world.authority.orders).toHaveLength(2)
  expect(document.events).toMatchObject([{ event: 'order let go', detail: 'invalid' }])
  expect(toldOfIt()).toMatchObject([{ level: 'warn', fields: { why: 'invalid' } }])
})
