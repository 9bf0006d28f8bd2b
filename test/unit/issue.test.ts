import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { RunEvent } from '../../lib/events.ts'
import type { CertificateAuthority, TxtRecord } from '../../lib/ports.ts'
import { issue } from '../../lib/renewal/issue.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { readStages } from '../../lib/secrets/certificate.ts'
import type { CertificateDocument } from '../../lib/state/document.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

let world: MemoryWorld
beforeEach(async () => {
  world = await createMemoryWorld()
})

/** One order, from its key to its certificate, at an authority that is so. */
async function issued(
  change: Partial<CertificateAuthority> = {},
  wanted: Partial<typeof shop> = {},
  known: Partial<CertificateDocument> = {},
) {
  const lease = await openLease('shop', world)
  await lease.hold((document) => ({ ...document, ...known }))
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

describe('to answer challenges', () => {
  const names = ['shop.example', 'other.example']
  let shown: TxtRecord[]
  beforeEach(() => {
    shown = []
    const { solver } = world
    const present: typeof solver.present = (records, ...heard) => {
      shown.push(...records)
      return solver.present(records, ...heard)
    }
    world = { ...world, solver: { ...solver, present } }
  })
  const places = () => shown.map(({ name }) => name)

  test('each value is shown at its own name, and nothing else that is noted', async () => {
    const kept = { name: '_acme-challenge.kept.example', value: 'kept', zone: 'kept.example', provider: 'main' }
    const challengeRecords = [{ ...kept, order: 'https://ca.example/order/9', since: world.clock.now() }]
    const { failure, document } = await issued({}, { names }, { challengeRecords })
    expect(failure).toBeUndefined()
    expect(places()).toEqual(['_acme-challenge.shop.example', '_acme-challenge.other.example'])
    expect([document.challengeRecords, world.txt.size]).toEqual([[], 0])
  })

  test('of a name that was not ordered nothing is shown', async () => {
    const challenges: CertificateAuthority['challenges'] = async (order) =>
      (await world.authority.challenges(order)).map((challenge) => ({ ...challenge, domain: 'foreign.example' }))
    const { failure } = await issued({ challenges })
    expect([failure?.code, places()]).toEqual(['ACME_PROBLEM', []])
  })

  test.each([
    ['stay for the next run where the authority does not answer', 0, 2],
    ['are removed where somebody has stopped the run', 60_000, 0],
  ])('values %s', async (_what, stopped, left) => {
    let time = 3_600_000
    world = { ...world, timeLeft: () => time }
    const answer: CertificateAuthority['answer'] = async () => {
      time -= stopped
      throw new Failure('UNREACHABLE', 'no answer')
    }
    const { failure, document } = await issued({ answer }, { names })
    expect(failure?.code).toBe('UNREACHABLE')
    expect([document.challengeRecords.length, world.txt.size]).toEqual([left, left])
  })

  test('an order whose validation has failed is not noted any more, nor are its values', async () => {
    world.authority.unprovable.add('shop.example')
    const { failure, document } = await issued()
    expect([failure?.code, document.order, document.challengeRecords]).toEqual([
      'ACME_VALIDATION_FAILED',
      undefined,
      [],
    ])
  })

  test.each([[['shop.example']], [names]])('what was not written is not noted: %s', async (wanted) => {
    const present: typeof world.solver.present = async (records, _waiting, unwritten) => {
      unwritten?.(records)
      throw new Failure('DENIED', 'no right to write')
    }
    world = { ...world, solver: { ...world.solver, present } }
    const { failure, document } = await issued({}, { names: wanted })
    expect([failure?.code, document.challengeRecords]).toEqual(['DENIED', []])
  })

  test('what an earlier run has written stays noted, once, though it could not be written again', async () => {
    const { solver } = world
    const answer: CertificateAuthority['answer'] = () => Promise.reject(new Failure('UNREACHABLE', 'no answer'))
    await issued({ answer }, { names })
    const present: typeof solver.present = async (records, _waiting, unwritten) => {
      unwritten?.(records)
      throw new Failure('DENIED', 'no right to write')
    }
    world = { ...world, solver: { ...solver, present } }
    const { document } = await issued({}, { names })
    expect(document.challengeRecords.map(({ name }) => name)).toEqual(names.map((name) => `_acme-challenge.${name}`))
  })

  test.each([
    [['ns1.example', 'ns2.example'], 'ns1.example to show the TXT value'],
    [[], 'a name server to show the TXT value'],
  ])('it is told who is waited for: of %j %s', async (servers, what) => {
    const events: RunEvent[] = []
    const { solver } = world
    const present: typeof solver.present = async (records, waiting) => {
      waiting?.(servers)
      return solver.present(records)
    }
    world = { ...world, emit: (event) => events.push(event), solver: { ...solver, present } }
    await issued()
    expect(events).toContainEqual({ kind: 'waiting', step: 'validate', what })
  })
})
