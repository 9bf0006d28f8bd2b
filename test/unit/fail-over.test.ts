import { beforeEach, describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import type { CertificateAuthority, Dependencies } from '../../lib/ports.ts'
import { issueAtFirst } from '../../lib/renewal/fail-over.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { readStages } from '../../lib/secrets/certificate.ts'
import type { CertificateDocument } from '../../lib/state/document.ts'
import type { CertificateSpec } from '../../lib/types.ts'
import { createMemoryAuthority, type MemoryAuthority } from '../support/memory-authority.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const SECOND = 1_000
const issuers = [
  { authority: 'ca', directory: 'https://ca.example/directory' },
  { authority: 'other', directory: 'https://other.example/directory' },
]
const spec: CertificateSpec = { ...shop, authorities: ['ca', 'other'] }

let world: MemoryWorld
let other: MemoryAuthority
beforeEach(async () => {
  world = await createMemoryWorld()
  other = await createMemoryAuthority(world.clock, (name) => world.txt.get(name) ?? [], issuers[1]?.directory)
})

/** What comes of asking both, one after the other. */
async function ordered(
  change: Partial<Dependencies> = {},
  first: Partial<CertificateAuthority> = {},
  { reason = 'first', known = {} }: { readonly reason?: string; readonly known?: Partial<CertificateDocument> } = {},
) {
  const deps = { ...world, authorities: { ca: { ...world.authority, ...first }, other }, ...change }
  const lease = await openLease('shop', deps)
  await lease.hold((document) => ({ ...document, ...known }))
  const decision = { action: 'issue', reason, message: 'as told', authorities: issuers } as never
  const { chosen, happened, error } = await issueAtFirst(spec, decision, await readStages('shop', deps), lease, deps)
  await lease.release((last) => last)
  const by = chosen?.stored.orderSpec.authority
  const failed = happened.flatMap((each) => (each.kind === 'not-issued' ? [each.issuer.authority] : []))
  const isWhole = happened.flatMap((each) => (each.kind === 'issued' ? [each.isWhole] : []))
  const { names } = chosen?.stored.orderSpec ?? {}
  return { by, failed, error: error?.code, orders: other.orders.length, isWhole, names }
}
const refuse = (code: FailureCode) => () => Promise.reject(new Failure(code, 'as told'))

test('the first that issues is asked, and no other', async () => {
  expect(await ordered()).toEqual({
    ...{ by: 'ca', failed: [], error: undefined, orders: 0 },
    ...{ isWhole: [true], names: spec.names },
  })
})

describe('whatever an authority is asked for', () => {
  test.each(['newOrder', 'challenges', 'answer', 'finalize', 'download', 'caaIdentities', 'challengeLabel'] as const)(
    'the next one is asked where it fails: %s',
    async (call) => {
      expect(await ordered({}, { [call]: refuse('ACME_SERVER') })).toMatchObject({ by: 'other', failed: ['ca'] })
    },
  )

  test.each(['check', 'register', 'caaIdentities'] as const)(
    'the next one is asked where it fails before persistent records are looked at: %s',
    async (call) => {
      const first = { validation: 'dns-persist-01', [call]: refuse('ACME_SERVER') } as const
      expect(await ordered({}, first)).toMatchObject({ by: 'other', failed: ['ca'] })
    },
  )
})

test('what would fail at the other one as well is not tried there, and is remembered for each', async () => {
  let asked = 0
  const locate = async () => {
    asked += 1
    throw new Failure('DNS_NO_ZONE', 'as told')
  }
  const solver = { ...world.solver, locate }
  expect(await ordered({ solver })).toMatchObject({ failed: ['ca', 'other'], error: 'DNS_NO_ZONE', orders: 0 })
  expect(asked).toBe(1)
})

test.each([
  [120 * SECOND, 'other', ['ca']],
  [120 * SECOND - 1, undefined, ['ca']],
])('another one is asked while two minutes of the run are left: %s ms', async (left, by, failed) => {
  let timeLeft = 3_600_000
  const newOrder: CertificateAuthority['newOrder'] = async () => {
    timeLeft = left
    throw new Failure('ACME_SERVER', 'as told')
  }
  expect(await ordered({ timeLeft: () => timeLeft }, { newOrder })).toMatchObject({ by, failed })
})

test('the first is asked however little time is left, and says so where it is too little', async () => {
  const short = await ordered({ timeLeft: () => 60 * SECOND })
  expect(short).toMatchObject({ by: undefined, error: 'OUT_OF_TIME' })
})

test('each is asked once, and the last of their failures is told', async () => {
  other.failures.push({ on: 'newOrder', failure: new Failure('ACME_RATE_LIMITED', 'not now') })
  const both = await ordered({}, { newOrder: refuse('ACME_SERVER') })
  expect(both).toMatchObject({ by: undefined, failed: ['ca', 'other'], error: 'ACME_RATE_LIMITED' })
})

test('what fails at the second for a reason of neither is remembered for that one beside what the first has said', async () => {
  let asked = 0
  const locate: typeof world.solver.locate = async (...given) => {
    asked += 1
    if (asked > 1) throw new Failure('DNS_LOOKUP_FAILED', 'as told')
    return world.solver.locate(...given)
  }
  const solver = { ...world.solver, locate }
  const told = await ordered({ solver }, { newOrder: refuse('ACME_SERVER') })
  expect(told).toMatchObject({ failed: ['ca', 'other'], error: 'DNS_LOOKUP_FAILED' })
})

test('the second has the key that was made for the first', async () => {
  let staged = 0
  const stage: typeof world.secrets.stage = (...given) => {
    staged += 1
    return world.secrets.stage(...given)
  }
  await ordered({ secrets: { ...world.secrets, stage } }, { newOrder: refuse('ACME_SERVER') })
  expect(staged).toBe(2) // the key, and then the certificate
})

test('whoever has lost the certificate to another run asks nobody else', async () => {
  const newOrder: CertificateAuthority['newOrder'] = async () => {
    world.pass(3_600_000)
    await (await openLease('shop', world)).hold((document) => document)
    throw new Failure('LOCKED', 'as told')
  }
  await expect(ordered({}, { newOrder })).rejects.toMatchObject({ code: 'LOCKED' })
  expect(other.orders).toEqual([])
})

test('without the names that cannot be had, the others are ordered, and that is told', async () => {
  const [name = ''] = spec.names
  await world.run({}, { ...shop, names: [name] })
  expect(await ordered({}, {}, { reason: 'degraded' })).toMatchObject({ by: 'ca', names: [name], isWhole: [false] })
  expect(await ordered({}, {}, { reason: 'names' })).toMatchObject({ by: 'ca', names: spec.names, isWhole: [true] })
})

describe('an order that is under way', () => {
  const begin = async () => {
    const fails = refuse('UNREACHABLE')
    other.failures.push({ on: 'answer', failure: new Failure('UNREACHABLE', 'as told') })
    await ordered({}, { newOrder: fails })
    return (await openLease('shop', world)).document.order
  }

  test('is carried on before any other authority is asked', async () => {
    expect(await begin()).toMatchObject({ authority: 'other' })
    expect(await ordered()).toMatchObject({ by: 'other', orders: 1 })
  })

  test('of an authority that is not asked changes nothing for the others', async () => {
    const order = await begin()
    const known = { order: { ...order, authority: 'gone' } } as Partial<CertificateDocument>
    expect(await ordered({}, {}, { known })).toMatchObject({ by: 'ca' })
  })
})
