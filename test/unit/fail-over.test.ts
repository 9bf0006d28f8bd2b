import { beforeEach, describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import type { CertificateAuthority, Dependencies } from '../../lib/ports.ts'
import { issueAtFirst } from '../../lib/renewal/fail-over.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { readStages } from '../../lib/secrets/certificate.ts'
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
async function ordered(change: Partial<Dependencies> = {}, first: Partial<CertificateAuthority> = {}) {
  const deps = { ...world, authorities: { ca: { ...world.authority, ...first }, other }, ...change }
  const lease = await openLease('shop', deps)
  await lease.hold((document) => document)
  const decision = { action: 'issue', reason: 'first', message: 'as told', authorities: issuers } as never
  const { chosen, happened, error } = await issueAtFirst(spec, decision, await readStages('shop', deps), lease, deps)
  await lease.release((last) => last)
  const by = chosen?.stored.orderSpec.authority
  const failed = happened.flatMap((each) => (each.kind === 'not-issued' ? [each.issuer.authority] : []))
  return { by, failed, error: error?.code, orders: other.orders.length }
}
const refuse = (code: FailureCode) => () => Promise.reject(new Failure(code, 'as told'))

test('the first that issues is asked, and no other', async () => {
  expect(await ordered()).toEqual({ by: 'ca', failed: [], error: undefined, orders: 0 })
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
  const solver = { ...world.solver, locate: refuse('DNS_NO_ZONE') }
  expect(await ordered({ solver })).toEqual({ by: undefined, failed: ['ca', 'other'], error: 'DNS_NO_ZONE', orders: 0 })
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
