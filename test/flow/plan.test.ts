/** What a dry run says, what is told of each certificate, and what a plan shows of it. */
import { beforeEach, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { RunEvent } from '../../lib/events.ts'
import { missingFrom, plan } from '../../lib/renewal/plan.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { type CertificateDocument, documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import type { CertificateSpec, PlanItem } from '../../lib/types.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const DAY = 86_400_000
const request = { force: false, dryRun: false, fullScan: true }
let world: MemoryWorld
let events: RunEvent[]
beforeEach(async () => {
  events = []
  world = await createMemoryWorld({ emit: (event) => events.push(event) })
})
const later = (ms: number) => new Date(world.clock.now().getTime() + ms)
const failure = (code: string, at: Date) => ({ count: 1, code, message: 'x', at, notBefore: at, configHash: 'one' })
async function remembering(change: Partial<CertificateDocument>) {
  const stored = await world.state.read(documentKey('shop'))
  const document = parseDocument('shop', stored?.document ?? emptyDocument)
  await world.state.write(documentKey('shop'), { ...document, ...change }, stored?.tag)
}

test('every run tells of each certificate what was decided, and how it ended; whoever shows it hears what was seen', async () => {
  const heard: PlanItem[] = []
  const [outcome] = await renewAll([shop], request, world, (item) => heard.push(item))
  expect(heard).toMatchObject([{ spec: { id: 'shop' }, decision: { reason: 'absent' }, current: undefined }])
  const told = events.filter(({ kind }) => kind === 'planned' || kind === 'certificate-finished')
  expect(told).toMatchObject([
    { kind: 'planned', certificate: 'shop', names: shop.names, action: 'issue', reason: 'absent', until: undefined },
    { kind: 'certificate-finished', certificate: 'shop', result: 'renewed', code: undefined, next: outcome?.next },
  ])
})

test('a dry run tells the same, and says what it would do', async () => {
  const dry = { ...request, dryRun: true }
  const heard: string[] = []
  const result = async (change: object = {}) =>
    (await renewAll([shop], { ...dry, ...change }, world, ({ decision }) => heard.push(decision.action)))[0]
  expect(await result()).toMatchObject({ result: 'planned', next: undefined })
  expect(events.map(({ kind }) => kind)).toEqual(['planned', 'certificate-finished'])
  await world.run()
  expect(await result()).toMatchObject({ result: 'kept', decision: { reason: 'fresh' }, next: expect.any(Date) })
  await remembering({
    failures: { authorities: { ca: { issue: { ...failure('X', later(0)), notBefore: later(DAY) } } } },
  })
  world.authority.failures.push({ on: 'newOrder', failure: new Failure('ACME_SERVER', 'down') })
  world.pass(61 * DAY)
  await world.run()
  expect(await result()).toMatchObject({ result: 'waiting', decision: { reason: 'back-off' } })
  for (const [code, expected] of [
    ['DENIED', 'failed'],
    ['OUT_OF_TIME', 'waiting'],
  ] as const) {
    world.secrets.read = () => Promise.reject(new Failure(code, 'no'))
    expect(await result()).toMatchObject({ result: expected, error: { code }, next: undefined })
  }
  expect(heard).toEqual(['issue', 'wait', 'wait', 'blocked', 'blocked'])
})

test('a plan shows when a certificate is renewed, by facts without its key, and never when one that a person brings is', async () => {
  await world.run()
  const [item] = await plan([shop], request, world)
  expect(item?.renewAt).toEqual(later(60 * DAY - 20 * 60_000))
  expect(Object.keys(item?.current ?? {}).sort()).toEqual(
    ['fingerprint', 'issuer', 'keyAlgorithm', 'names', 'notAfter', 'notBefore', 'serial'].sort(),
  )
  const imported: CertificateSpec = { ...shop, imported: true }
  expect((await plan([imported], request, world))[0]?.renewAt).toBeUndefined()
})

test('a plan shows the failure that came last', async () => {
  await world.run()
  const [first, last] = [failure('DENIED', later(-2)), failure('UNREACHABLE', later(-1))]
  for (const failures of [
    { deploy: first, repair: last },
    { deploy: last, repair: first },
  ]) {
    await remembering({ failures })
    expect((await plan([shop], request, world))[0]?.failure).toMatchObject({ code: 'UNREACHABLE' })
  }
})

test('names are missing that the current one lacks and that some authority could not issue', () => {
  const without = { names: ['shop.example'] }
  const at = new Date(0)
  const missing = (authorities: NonNullable<NonNullable<CertificateDocument['failures']>['authorities']>) =>
    missingFrom({ ...emptyDocument, failures: { authorities } }, shop, without as never)
  expect(missing({ ca: { expand: failure('X', at) }, other: {} })).toEqual(['*.shop.example'])
  expect(missing({ ca: { issue: failure('X', at) } })).toEqual([])
  expect(missingFrom(emptyDocument, shop, without as never)).toEqual([])
})
