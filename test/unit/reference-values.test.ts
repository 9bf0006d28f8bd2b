import { beforeEach, describe, expect, test } from 'vitest'
import { createReferenceDigest } from '../../lib/config/reference-digest.ts'
import { Failure } from '../../lib/errors.ts'
import { digestNow, withNewValues } from '../../lib/observe/reference-values.ts'
import { saltedDigest } from '../../lib/platform/salted-digest.ts'
import { Secret, type SecretReference } from '../../lib/platform/secret.ts'
import type { Dependencies } from '../../lib/ports.ts'
import { type CertificateDocument, emptyDocument, readDocument } from '../../lib/state/document.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const HOUR = 3_600_000

let world: MemoryWorld
let values: Record<string, string | Failure>
/** Names of references, as they were resolved. */
let resolved: string[]
/** As the runtime of each run makes it: with a salt of its own. */
const runtime = (): Pick<Dependencies, 'references' | 'digestReferences'> => {
  const located = [
    'acme.authorities.ca.eab.hmac',
    'balancers.fr.options.token',
    'dns.main.options.token',
    'notify.x',
    'balancers.other.options.token',
    'acme.authorities.other.eab.hmac',
    'state.options.secret',
  ].map((location) => ({ location, reference: { from: 'env', name: location } as const }))
  const resolve = async ({ name }: SecretReference) => {
    resolved.push(name)
    const value = values[name] ?? new Failure('REFERENCE_UNRESOLVED', 'there is nothing')
    if (value instanceof Failure) throw value
    return new Secret(value)
  }
  const references = located.map(({ location }) => ({ location, text: `env:${location}`, check: async () => {} }))
  return { references, digestReferences: createReferenceDigest(located, resolve) }
}
const deps = (): MemoryWorld => ({ ...world, ...runtime() })

beforeEach(async () => {
  ;[values, resolved] = [
    { 'dns.main.options.token': 'canary-token-one', 'balancers.fr.options.token': 'canary-token-two' },
    [],
  ]
  world = await createMemoryWorld()
})

const memory = async (code: string, hours: number, more: object = {}) => {
  const [at, references] = [world.clock.now(), await digestNow(shop, deps())]
  const notBefore = new Date(at.getTime() + hours * HOUR)
  return { count: 3, code, message: 'x', at, notBefore, configHash: 'one', ...(references && { references }), ...more }
}
const failing = async (code: string, hours = 24, more: object = {}): Promise<CertificateDocument> => ({
  ...emptyDocument,
  failures: {
    observe: await memory(code, hours, more),
    authorities: { ca: { issue: await memory(code, hours, more) } },
  },
})

describe('what has failed', () => {
  test('holds as long as each reference stands for the same, in another run as well', async () => {
    const document = await failing('DENIED')
    expect(await withNewValues(document, shop, deps())).toEqual(document)
  })

  test.each([
    ['another value', 'dns.main.options.token', 'canary-token-other'],
    ['no value any more', 'dns.main.options.token', ''],
    ['a value for the first time', 'acme.authorities.ca.eab.hmac', 'canary-token-hmac'],
  ])('may be tried now where a reference stands for %s, and counts on', async (_what, location, value) => {
    const document = await failing('DENIED')
    if (value === '') delete values[location]
    else values[location] = value
    const { failures } = await withNewValues(document, shop, deps())
    const notBefore = world.clock.now()
    const { observe, authorities } = document.failures ?? {}
    const issue = { ...authorities?.ca?.issue, notBefore }
    expect(failures).toEqual({ observe: { ...observe, notBefore }, authorities: { ca: { issue } } })
  })

  test.each(['notify.x', 'balancers.other.options.token', 'acme.authorities.other.eab.hmac', 'state.options.secret'])(
    'holds whatever %s stands for, on which the certificate does not depend',
    async (location) => {
      const document = await failing('DENIED')
      values[location] = 'canary-token-other'
      expect(await withNewValues(document, shop, deps())).toEqual(document)
    },
  )

  test.each(['ACME_RATE_LIMITED', 'RATE_LIMITED'])(
    'by the word of a CA or a vendor (%s) holds whatever the references stand for',
    async (code) => {
      const document = await failing(code)
      values['dns.main.options.token'] = 'canary-token-other'
      expect(await withNewValues(document, shop, deps())).toEqual(document)
    },
  )

  test('holds where nobody can tell what a reference stands for now, as while a store is down', async () => {
    const document = await failing('DENIED')
    values['dns.main.options.token'] = new Failure('UNAVAILABLE', 'the store is down')
    expect(await withNewValues(document, shop, deps())).toEqual(document)
    expect(await digestNow(shop, deps())).toBeUndefined()
  })

  test.each<[string, () => Promise<CertificateDocument>]>([
    ['nothing has failed', async () => emptyDocument],
    ['what failed may be tried anyway', () => failing('DENIED', 0)],
    ['an authority has named the time', () => failing('ACME_RATE_LIMITED')],
    ['an earlier version has noted it', () => failing('DENIED', 24, { references: undefined })],
  ])('no reference is resolved where %s', async (_when, make) => {
    const document = await make()
    resolved.length = 0
    expect(await withNewValues(document, shop, deps())).toBe(document)
    expect(resolved).toEqual([])
  })
})

test('a run in which nothing fails resolves no reference, and one in which something does resolves each once', async () => {
  const outside = runtime()
  const failed = await createMemoryWorld(outside)
  await failed.run()
  expect(resolved).toEqual([])
  failed.authority.failures.push({ on: 'newOrder', failure: new Failure('DENIED', 'no') })
  await failed.run({ force: true })
  expect(resolved.sort()).toEqual([
    'acme.authorities.ca.eab.hmac',
    'balancers.fr.options.token',
    'dns.main.options.token',
  ])
})

test('a digest is the same for the same secrets and salt, whatever the order of the locations, and another for all else', async () => {
  const { digestReferences } = runtime()
  const [one, two] = ['dns.main.options.token', 'balancers.fr.options.token']
  const first = await digestReferences([one, two], 'salt')
  expect(await digestReferences([two, one], 'salt')).toEqual(first)
  const others = [
    await digestReferences([one], 'salt'),
    await digestReferences([one, two], 'pepper'),
    await digestReferences([one, two]),
  ]
  expect(new Set([first, ...others].map(({ digest }) => digest)).size).toBe(4)
  const [a, b] = [new Secret('a'), new Secret('b')]
  expect(await saltedDigest([a, b], 's')).not.toBe(await saltedDigest([new Secret('a","b')], 's'))
  expect(await saltedDigest([a, undefined], 's')).not.toBe(await saltedDigest([a], 's'))
})

describe('a run remembers with what has failed', () => {
  /** Its next orders fail with these; the values of its references are the same all the time. */
  async function failingWith(...codes: ('ACME_CAA' | 'ACME_SERVER')[]) {
    const { references, digestReferences } = runtime()
    const digested = { times: 0 }
    const counting: typeof digestReferences = (...given) => {
      digested.times += 1
      return digestReferences(...given)
    }
    const own = await createMemoryWorld({ references, digestReferences: counting })
    own.authority.failures.push(...codes.map((code) => ({ on: 'newOrder' as const, failure: new Failure(code, 'no') })))
    const issue = async () => {
      await own.run()
      const { document } = await readDocument('shop', own)
      return document.failures?.authorities?.ca?.issue
    }
    return { own, issue, digested }
  }

  test('what its references stood for, with one salt as long as it fails', async () => {
    const { own, issue } = await failingWith('ACME_CAA', 'ACME_CAA')
    const first = await issue()
    expect(first?.references).toEqual({ salt: expect.stringMatching(/./), digest: expect.stringMatching(/./) })
    own.pass(25 * HOUR)
    const second = await issue()
    expect([second?.count, second?.references]).toEqual([2, first?.references])
  })

  test('nothing of them where it is tried again soon, and then digests none', async () => {
    const { issue, digested } = await failingWith('ACME_SERVER')
    const failure = await issue()
    expect(failure?.code).toBe('ACME_SERVER')
    expect(failure).not.toHaveProperty('references')
    expect(digested.times).toBe(0)
  })

  test('nothing new where it is only held back: they are digested once, by the look', async () => {
    const { own, issue, digested } = await failingWith('ACME_CAA')
    await issue()
    digested.times = 0
    expect(await own.run()).toMatchObject({ result: 'waiting', decision: { reason: 'back-off' } })
    expect(digested.times).toBe(1)
  })

  test('nothing of a run that went well', async () => {
    const { own, digested } = await failingWith()
    expect(await own.run()).toMatchObject({ result: 'renewed' })
    expect(digested.times).toBe(0)
  })
})
