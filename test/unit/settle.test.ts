import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { Observation } from '../../lib/observe/observe.ts'
import type { AttemptResult } from '../../lib/policy/back-off.ts'
import type { StateStore } from '../../lib/ports.ts'
import type { Progress } from '../../lib/renewal/act.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { settle } from '../../lib/renewal/settle.ts'
import type { StoredCertificate } from '../../lib/secrets/codec.ts'
import { type CertificateDocument, documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import type { FailureMemory } from '../../lib/state/failures.ts'
import type { Decision, PlanItem, TargetView } from '../../lib/types.ts'
import { certificateId } from '../../lib/x509/certificate-id.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { createMemoryState } from '../support/memory-stores.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'
import { issue } from '../support/practice-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = Date.parse('2026-11-22T06:00:00Z')
const at = (milliseconds: number) => new Date(NOW + milliseconds)
const issuer = { authority: 'ca' }
const failed = (code: string, change: Partial<FailureMemory> = {}): FailureMemory => ({
  ...{ count: 1, code, message: 'as told', at: at(-HOUR), notBefore: at(DAY), configHash: 'one' },
  ...change,
})
const { chainPem } = await issue(await createAuthority({ name: 'ca' }), 'ecdsa-p256', shop.names)
const certificate = (fingerprint: string, authority = 'ca') =>
  ({
    orderSpec: { authority },
    certificate: {
      ...{ fingerprint, names: shop.names, serial: fingerprint, keyAlgorithm: 'ecdsa-p256', issuer: 'CN=ca' },
      ...{ notBefore: at(-DAY), notAfter: at(89 * DAY), chainPem },
    },
  }) as StoredCertificate
const factsOf = ({ certificate: { chainPem: _, ...facts }, orderSpec }: StoredCertificate) => ({
  ...facts,
  authority: orderSpec.authority,
})

const DRIFT: Decision = { action: 'deploy', reason: 'drift', message: 'as told' }

let salts: (string | undefined)[]
let state: StateStore
let world: MemoryWorld
beforeEach(async () => {
  salts = []
  state = createMemoryState()
  world = await createMemoryWorld({
    state,
    references: [{ location: 'dns.main.options.token', text: 'env:TOKEN', check: async () => {} }],
    digestReferences: async (_locations, salt) => {
      salts.push(salt)
      return { salt: salt ?? 'new', digest: 'digest' }
    },
  })
})

interface Ended extends Partial<Progress> {
  readonly known?: Partial<CertificateDocument>
  readonly decision?: Decision
  readonly targets?: Progress['targets']
  readonly views?: Record<string, TargetView>
  /** What was current before. */
  readonly before?: StoredCertificate
}

/** What is remembered after a run that has come so far, and what is said of it. */
async function settled({ known, decision = DRIFT, views = {}, before, ...came }: Ended) {
  const lease = await openLease('shop', world)
  await lease.hold((document) => ({ ...document, ...known }))
  const observation = { document: lease.document } as Observation
  const item = { spec: shop, decision, current: before?.certificate, targets: views } as unknown as PlanItem
  const nothing: Progress = {
    ...{ result: 'kept', current: before, targets: {}, happened: [], error: undefined, cooldowns: {} },
  }
  const outcome = await settle(item, observation, { ...nothing, ...came }, lease, world)
  const document = parseDocument('shop', (await state.read(documentKey('shop')))?.document ?? emptyDocument)
  return { document, outcome }
}

describe('what the references stand for is noted', () => {
  const denied: AttemptResult = { kind: 'deployed', error: new Failure('DENIED', 'no') }
  const soon: AttemptResult = { kind: 'cleaned-up', error: new Failure('UNAVAILABLE', 'busy') }

  test('with what is not tried again within half an hour, whatever else has happened', async () => {
    const { document } = await settled({ happened: [{ kind: 'repaired', isPending: false, error: undefined }, denied] })
    expect(document.failures?.deploy?.references).toEqual({ salt: 'new', digest: 'digest' })
    await settled({ happened: [soon, denied] })
    expect(salts).toHaveLength(2)
  })

  test('with the salt of a failure before it', async () => {
    const references = { salt: 'earlier', digest: 'other' }
    await settled({
      known: { failures: { observe: failed('DENIED'), repair: failed('DENIED', { references }) } },
      happened: [denied],
    })
    expect(salts).toEqual(['earlier'])
  })

  test('with nothing that is tried again soon, and not where nothing has failed now', async () => {
    await settled({ happened: [soon] })
    await settled({
      known: { failures: { cleanUp: failed('DENIED') } },
      happened: [{ kind: 'deployed', error: undefined }],
    })
    expect(salts).toEqual([])
  })
})

describe('the patience that an authority has asked for', () => {
  const limited: AttemptResult = {
    ...{ kind: 'not-issued', order: 'issue', issuer },
    error: new Failure('ACME_RATE_LIMITED', 'not now', { retryAfter: at(2 * HOUR) }),
  }
  const asked = (cooldowns: object | undefined) => Object.values(cooldowns ?? {})

  test('counts on where another one has issued, and nothing has failed', async () => {
    const { document } = await settled({ happened: [limited, { kind: 'issued', isWhole: true }] })
    expect(document.failures).toBeUndefined()
    expect(asked(document.cooldowns)).toEqual([at(2 * HOUR)])
  })

  test('counts on where the time was up, which is no failure', async () => {
    const { document } = await settled({ happened: [limited], error: new Failure('OUT_OF_TIME', 'late') })
    expect([document.failures, asked(document.cooldowns)]).toEqual([undefined, [at(2 * HOUR)]])
  })

  test('is its failure’s where none has issued', async () => {
    const { document } = await settled({ happened: [limited] })
    expect(document.failures?.authorities?.ca?.issue).toMatchObject({ notBefore: at(2 * HOUR) })
    expect(document.cooldowns).toBeUndefined()
  })
})

describe('the certificate that is told of', () => {
  test('is the one that was seen, and not the one that was remembered', async () => {
    const remembered = factsOf(certificate('ab', 'other'))
    const { outcome } = await settled({ known: { current: remembered } })
    expect([outcome.certificate, outcome.health.conditions[0]?.code]).toEqual([undefined, 'NO_CERTIFICATE'])
    const seen = await settled({ known: { current: remembered }, before: certificate('cd') })
    expect(seen.outcome.certificate).toMatchObject({ fingerprint: 'cd' })
    expect(seen.outcome.health.conditions.map(({ code }) => code)).not.toContain('OTHER_AUTHORITY')
  })

  test('is remembered once it is current, without the window of the one before', async () => {
    const { document } = await settled({ before: certificate('ab'), current: certificate('cd') })
    expect(document.current).toEqual({ ...factsOf(certificate('cd')), certificateId: certificateId({ chainPem }) })
  })
})

describe('a target that could not be looked at and asks for patience', () => {
  const asks = (milliseconds: number): TargetView => ({
    error: new Failure('RATE_LIMITED', 'not now', { retryAfter: at(milliseconds) }),
  })
  const wait: Decision = { action: 'wait', reason: 'fresh', until: at(DAY) } as Decision
  const before = certificate('ab')

  test('is looked at when the last of them may be', async () => {
    for (const [one, other] of [
      [2, 20],
      [20, 2],
    ] as const) {
      const views = { 'fr/edge': asks(one * HOUR), 'us/apps': asks(other * HOUR) }
      expect((await settled({ before, decision: wait, views })).outcome.next).toEqual(at(20 * HOUR))
    }
  })

  test('holds up nothing that is to be done', async () => {
    const { outcome } = await settled({ before, views: { 'fr/edge': asks(20 * HOUR) } })
    expect(outcome.next).toEqual(at(6 * HOUR))
  })

  test('is another one than one that is in trouble, whatever time it names', async () => {
    const busy = new Failure('UNAVAILABLE', 'busy', { retryAfter: at(20 * HOUR) })
    const { outcome } = await settled({ before, decision: wait, views: { 'fr/edge': { error: busy } } })
    expect(outcome.next).toEqual(at(6 * HOUR))
  })
})
