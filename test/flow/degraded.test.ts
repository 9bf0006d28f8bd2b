import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { parseDocument } from '../../lib/state/document.ts'
import { covers } from '../../lib/x509/certificate.ts'
import { memoryProbe } from '../support/memory-balancer.ts'
import { createMemoryNotifier } from '../support/memory-notifier.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const DAY = 86_400_000

const NEW = 'new.example'
const wider = { ...shop, names: [...shop.names, NEW], configHash: 'wider' }

/** The authority refuses every order that holds this name. */
function refusing({ authority }: MemoryWorld, name: string) {
  const { newOrder } = authority
  authority.newOrder = async (request) => {
    if (request.names.includes(name)) throw new Failure('ACME_NAME_REFUSED', `${name} is refused`)
    return newOrder(request)
  }
  return () => {
    authority.newOrder = newOrder
  }
}

const documentOf = async ({ state }: MemoryWorld) =>
  parseDocument('shop', (await state.read('certificate/shop'))?.document)

/** Runs day by day, as a schedule does. */
async function live(world: MemoryWorld, days: number, spec = wider) {
  const outcomes = []
  for (let day = 0; day < days; day++) {
    world.pass(DAY)
    outcomes.push(await world.run({}, spec))
  }
  return outcomes
}

test('F-83: a new name that is refused never keeps the old names from being renewed', async () => {
  const ops = createMemoryNotifier()
  const world = await createMemoryWorld({ notifiers: { ops } })
  const first = await world.run()
  const accept = refusing(world, NEW)

  expect(await world.run({}, wider)).toMatchObject({
    result: 'failed',
    error: { code: 'ACME_NAME_REFUSED', step: 'order' },
    missing: [NEW],
  })
  const outcomes = await live(world, 61)
  const renewed = outcomes.filter(({ result }) => result === 'renewed')
  expect(renewed).toMatchObject([{ decision: { reason: 'degraded' }, missing: [NEW], error: undefined }])
  expect(world.fr.served).toMatchObject({ names: shop.names })
  expect(world.fr.served?.fingerprint).not.toBe(first.certificate?.fingerprint)
  expect(ops.heard()).toEqual(['problem ACME_NAME_REFUSED'])
  expect(ops.notices[0]?.message).toBe(`missing names: ${NEW}: ${NEW} is refused`)

  accept()
  const [last] = (await live(world, 1)).slice(-1)
  expect(last).toMatchObject({ result: 'renewed', decision: { reason: 'names' }, missing: [] })
  expect(world.us.served?.names).toEqual(wider.names)
  expect((await documentOf(world)).failures).toBeUndefined()
  expect(ops.heard().at(-1)).toBe('resolved ACME_NAME_REFUSED')
})

test('F-83: the same holds for a new name without a zone, and for one whose proof fails', async () => {
  const world = await createMemoryWorld()
  await world.run()
  const lost = { ...shop, names: [...shop.names, 'lost.invalid'], configHash: 'lost' }
  const outcomes = await live(world, 62, lost)
  expect(outcomes.filter(({ error }) => error?.code === 'DNS_NO_ZONE').length).toBeGreaterThan(50)
  expect(outcomes.filter(({ result }) => result === 'renewed')).toMatchObject([{ decision: { reason: 'degraded' } }])

  const { answer } = world.authority
  world.authority.answer = async (challenges) => {
    if (challenges.some(({ domain }) => domain === NEW)) throw new Failure('ACME_VALIDATION_FAILED', 'no TXT record')
    return answer(challenges)
  }
  const failing = await live(world, 62)
  expect(failing.filter(({ error }) => error?.code === 'ACME_VALIDATION_FAILED').length).toBeGreaterThan(10)
  expect(failing.filter(({ result }) => result === 'renewed')).toMatchObject([{ decision: { reason: 'degraded' } }])
  expect(world.txt.size).toBe(0)
})

test('F-83: a degraded renewal that was cut off is taken up again, and costs one certificate', async () => {
  const world = await createMemoryWorld()
  await world.run()
  refusing(world, NEW)
  await live(world, 59)
  world.authority.failures.push({ on: 'download', failure: new Failure('UNREACHABLE', 'gone') })
  const issued = world.authority.issued
  const outcomes = await live(world, 3)
  expect(outcomes.map(({ result }) => result)).toContain('renewed')
  expect(world.authority.issued).toBe(issued + 1)
})

test('F-83: without a certificate there is nothing to fall back to, and the failure is that of the whole', async () => {
  const world = await createMemoryWorld()
  refusing(world, NEW)
  expect(await world.run({}, wider)).toMatchObject({ result: 'failed', missing: [] })
  expect((await documentOf(world)).failures).toMatchObject({
    authorities: { ca: { issue: { code: 'ACME_NAME_REFUSED' } } },
  })
})

test('a degraded renewal is proved for the names that it covers, where a listener shows a foreign certificate for all others', async () => {
  const elsewhere = await createMemoryWorld()
  await elsewhere.run()
  const foreign = elsewhere.fr.served
  if (foreign === undefined) throw new Error('it serves one')
  const asked = new Set<string>()
  const probe: typeof memoryProbe = {
    async handshake(endpoint, serverName, only) {
      asked.add(serverName)
      const shown = await memoryProbe.handshake(endpoint, serverName, only)
      if (shown.result !== 'presented' || covers(shown.certificate.names, serverName)) return shown
      return { result: 'presented', certificate: foreign }
    },
  }
  const world = await createMemoryWorld({ probe })
  await world.run()
  refusing(world, NEW)
  const outcomes = await live(world, 62)
  const renewed = outcomes.filter(({ result }) => result === 'renewed')
  expect(renewed).toMatchObject([
    {
      decision: { reason: 'degraded' },
      targets: { 'fr/edge': { state: 'verified' }, 'us/apps': { state: 'verified' } },
    },
  ])
  expect(outcomes.at(-1)?.health.conditions.map(({ code }) => code)).not.toContain('SERVES_OTHER')
  expect([...asked].sort()).toEqual(['newleaf-probe.shop.example', 'shop.example'])
})
