import { beforeEach, describe, expect, test } from 'vitest'
import type { Dependencies, LoadBalancer } from '../../lib/ports.ts'
import { type Lease, openLease } from '../../lib/renewal/lease.ts'
import { noteVerification, swap, verificationOf } from '../../lib/renewal/swap.ts'
import { emptyDocument, type TargetEntry } from '../../lib/state/document.ts'
import type { Certificate, Deployment, ProbeResult, Shows } from '../../lib/types.ts'
import { createMemoryState } from '../support/memory-stores.ts'
import { createMemoryWorld, shop } from '../support/memory-world.ts'

const now = new Date('2026-11-22T06:00:00Z')
const hours = (count: number) => new Date(now.getTime() + count * 3_600_000)
const clock = { now: () => now, sleep: async () => {} }
const [target] = shop.targets
if (target === undefined) throw new Error('it has a target')
const entry: TargetEntry = {
  ...{
    name: 'fr/edge',
    balancer: 'fr',
    verified: true,
    addresses: {},
    objects: ['over', 'now', 'grace', 'live', 'gone'],
  },
  deployed: { fingerprint: 'ab', object: 'live', since: hours(-99) },
  superseded: [
    { object: 'over', after: hours(-1) },
    { object: 'now', after: now },
    { object: 'grace', after: hours(1) },
    { object: 'live', after: hours(-1) },
  ],
}
const probe = (shows: Shows): ProbeResult => ({
  ...{ address: '192.0.2.1', port: 443, serverName: 'shop.example', shows, served: undefined, reason: undefined },
})

let lease: Lease
let deployment: Deployment<Certificate>
let kept: readonly string[] | undefined
let noted: readonly string[] | undefined
let deps: Dependencies
beforeEach(async () => {
  const world = await createMemoryWorld()
  await world.run()
  const [[name, certificate] = []] = [...world.fr.objects]
  if (name === undefined || certificate === undefined) throw new Error('it has one')
  ;[deployment, kept, noted] = [{ name, certificate }, undefined, undefined]
  const balancer = {
    swap: async (_listener: unknown, _deployment: unknown, keep: readonly string[]) => {
      kept = keep
      noted = lease.document.targets['fr/edge']?.objects
    },
  } as unknown as LoadBalancer
  deps = { ...world, clock, balancers: { fr: balancer } }
  lease = await openLease('shop', { ...deps, environment: 'test', state: createMemoryState(), timeLeft: () => 600_000 })
  await lease.hold(() => ({ ...emptyDocument, targets: { 'fr/edge': entry } }))
})

describe('a swap', () => {
  test('keeps what has its grace and what was served last, and not what is past its grace; its own object is noted before', async () => {
    await swap(target, deployment, [], lease, deps)
    expect(kept).toEqual(['grace', 'live', 'gone', deployment.name])
    expect(noted).toContain(deployment.name)
  })

  test('keeps all that is noted as long as the clock is wrong, by which no grace is over', async () => {
    lease.hearOfClock('wrong')
    await swap(target, deployment, [], lease, deps)
    expect(kept).toEqual([...entry.objects, deployment.name])
  })

  test('notes what its addresses showed before, and that what is served now has its day', async () => {
    await swap(target, deployment, [probe('other')], lease, deps)
    const { addresses, superseded } = lease.document.targets['fr/edge'] ?? entry
    expect(addresses).toEqual({ '192.0.2.1 port 443': { answersSince: now } })
    expect(superseded.find(({ object }) => object === 'live')).toEqual({ object: 'live', after: hours(24) })
  })
})

describe('a target is verified', () => {
  const endpoint = { address: '192.0.2.1', port: 443 }
  const view = { serves: false, endpoints: [endpoint], settles: { within: 1, handshakes: 1 } }
  const context = (names: readonly string[], ...probes: ProbeResult[]) =>
    verificationOf(target, deployment, view, { spec: { ...shop, names }, probes: { 'fr/edge': probes } }, lease)

  test('for those of our names that the certificate has, and for its own where it has none', () => {
    expect(context(['shop.example', 'other.test']).names).toEqual(['shop.example'])
    expect(context(['www.shop.example', 'shop.example']).names).toEqual(['www.shop.example', 'shop.example'])
    expect(context(['other.test']).names).toEqual(deployment.certificate.names)
    expect(context(['other.test'])).toMatchObject({ endpoints: view.endpoints, settles: view.settles })
  })

  test.each<[shows: Shows, known: string | undefined]>([
    ['unreachable', 'no way'],
    ['refused', undefined],
    ['unknown', undefined],
    ['other', undefined],
  ])('at an address that showed %s a moment ago and never answered: known as %s', (shows, known) => {
    expect(context(['shop.example'], probe(shows)).known(endpoint)).toBe(known)
    expect(context(['shop.example'], probe(shows)).known({ ...endpoint, port: 444 })).toBeUndefined()
  })

  test('at an address that is known to answer, and must go on to', async () => {
    const addresses = { '192.0.2.1 port 443': { answersSince: now } }
    await lease.save((document) => ({ ...document, targets: { 'fr/edge': { ...entry, addresses } } }))
    expect(context(['shop.example'], probe('unreachable')).known(endpoint)).toBe('answers')
  })

  test('and what it was given is noted with where it was seen', async () => {
    const addresses = [{ address: '192.0.2.1', port: 443, state: 'verified' as const }]
    noteVerification({ target, deployment, addresses, isRepair: false }, lease, deps)
    expect(lease.document.targets['fr/edge']).toMatchObject({
      deployed: { fingerprint: deployment.certificate.fingerprint, object: deployment.name, since: now },
      verified: true,
    })
  })
})
