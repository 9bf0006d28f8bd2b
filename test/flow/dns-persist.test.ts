/** Names that are validated by records which a person has placed (dns-persist-01). */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { planIn } from '../../lib/run.ts'
import { documentKey, readDocument } from '../../lib/state/document.ts'
import type { Notice } from '../../lib/types.ts'
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NAME = '_validation-persist.shop.example'
const request = { force: false, dryRun: false, fullScan: true }
const ACCOUNT = 'https://ca.example/account/1'
const good = `ca.example; accounturi=${ACCOUNT}; policy=wildcard`

let world: MemoryWorld
let notices: Notice[]
beforeEach(async () => {
  notices = []
  const all = { send: async (notice: Notice) => void notices.push(notice) }
  world = await createMemoryWorld({ notifiers: { all } })
  world.authority.validation = 'dns-persist-01'
  world.authority.caaIdentities = async () => ['ca.example']
})

const place = (...values: string[]) => world.txt.set(NAME, values)
const lapsing = (days: number) => `${good}; persistUntil=${(world.clock.now().getTime() + days * DAY) / 1_000}`
const planned = () => planIn({ certificates: [world.spec] }, request, world)
const shown = (message = '') => /IN TXT "(.*)"`/.exec(message)?.[1] ?? ''

describe('a renewal', () => {
  test('of a first certificate registers the account, orders nothing, and shows the record that then does', async () => {
    const failed = await world.run()
    expect(failed).toMatchObject({ result: 'failed', error: { code: 'DNS_NO_RECORD', step: 'order' } })
    expect(failed.error?.message).toContain(`add \`${NAME}. 3600 IN TXT "${good}; persistUntil=`)
    expect([world.authority.account, world.authority.orders]).toEqual([ACCOUNT, []])
    place(shown(failed.error?.message))
    expect(await world.run({ attended: true })).toMatchObject({ result: 'renewed' })
    expect(await world.run({ force: true })).toMatchObject({ result: 'renewed' })
  })

  test('writes nothing to DNS and looks for no zone, and no provider is asked', async () => {
    world.authority.account = ACCOUNT
    place(good)
    const calls = (['locate', 'check', 'cleanUp'] as const).map((method) => vi.spyOn(world.solver, method))
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    for (const call of calls) expect(call.mock.calls.flat(2)).toEqual([])
    expect([...world.txt]).toEqual([[NAME, [good]]])
  })

  test.each<[what: string, record: string, word: string]>([
    ['of another issuer', `other.example; accounturi=${ACCOUNT}`, 'for others than ca'],
    ['of another account', `${good.replace('account/1', 'account/2')}`, 'another account at ca'],
    ['that has lapsed', `${good}; persistUntil=1`, 'lapsed on 1970-01-01'],
    ['without policy for its wildcard', `ca.example; accounturi=${ACCOUNT}`, 'policy=wildcard'],
  ])('places no order with a record %s, and says what is wrong with it', async (_what, record, word) => {
    place(record)
    const { error } = await world.run()
    expect(error?.code).toBe('DNS_NO_RECORD')
    expect(error?.message).toContain(word)
    expect(world.authority.orders).toEqual([])
    place(record, shown(error?.message))
    expect(await world.run({ attended: true })).toMatchObject({ result: 'renewed' })
  })

  test('shows the record for one domain, and names the others', async () => {
    const names = ['shop.example', 'a.example', 'b.example']
    const { error } = await world.run({}, { ...world.spec, names })
    expect(error?.message).toMatch(/` *; and `newleaf plan` shows what to place for a\.example, b\.example$/)
    expect(error?.fields.names).toEqual(names)
  })

  test('registers no account for a profile that is not offered', async () => {
    world.authority.failures.push({ on: 'check', failure: new Failure('ACME_PROFILE', 'no such profile') })
    expect(await world.run()).toMatchObject({ error: { code: 'ACME_PROFILE' } })
    expect(world.authority.account).toBeUndefined()
  })

  test('goes to the next authority where the records of the first do not do', async () => {
    const second = await createMemoryWorld()
    const authorities = { ca: world.authority, second: second.authority }
    const both = { ...world.spec, authorities: ['ca', 'second'] as const }
    Object.assign(second.solver, { persistentRecords: world.solver.persistentRecords })
    Object.assign(second.authorities, authorities)
    expect(await second.run({}, both)).toMatchObject({ result: 'renewed' })
    expect(second.authority.orders).toHaveLength(1)
  })
})

describe('a plan', () => {
  test('without an account says how the record is had, and registers none', async () => {
    const { obstacles } = await planned()
    expect(obstacles).toMatchObject([
      { error: { code: 'DNS_NO_RECORD' }, locations: ['acme.authorities.ca'], certificates: ['shop'] },
    ])
    expect(obstacles[0]?.error.message).toContain('`newleaf renew` registers it, orders nothing, and shows the record')
    expect(world.authority.account).toBeUndefined()
  })

  test('shows the record that is missing, at the name that wants it', async () => {
    world.authority.account = ACCOUNT
    const { obstacles } = await planned()
    expect(obstacles).toMatchObject([{ locations: ['certificates.shop.names[0]'], certificates: ['shop'] }])
    expect(obstacles[0]?.error.fields.record).toContain(`${NAME}. 3600 IN TXT "${good}; persistUntil=`)
  })

  test('finds nothing wrong with a good record, and asks no provider', async () => {
    world.authority.account = ACCOUNT
    world.solver.locate = () => Promise.reject(new Failure('DNS_NO_PROVIDER', 'there is none'))
    place(good)
    expect((await planned()).obstacles).toEqual([])
  })

  test('tells what keeps a record from being looked at', async () => {
    world.authority.account = ACCOUNT
    world.solver.persistentRecords = () => Promise.reject(new Failure('DNS_LOOKUP_FAILED', 'no answer'))
    expect((await planned()).obstacles).toMatchObject([{ error: { code: 'DNS_LOOKUP_FAILED' } }])
  })
})

describe('a record that lapses', () => {
  const told = () => notices.map(({ event, codes }) => [event, codes.join(' ')])
  const noted = async () => (await readDocument('shop', world)).document.persistUntil

  test('is told thirty days before, and when another one is in its place', async () => {
    world.authority.account = ACCOUNT
    place(lapsing(40))
    expect(await world.run()).toMatchObject({ result: 'renewed' })
    world.pass(9 * DAY)
    await world.run()
    expect(told()).toEqual([])
    world.pass(2 * DAY)
    const { health } = await world.run()
    expect(health).toMatchObject({ healthy: true, conditions: [{ code: 'VALIDATION_LAPSES', severity: 'info' }] })
    expect(health.conditions[0]?.message).toMatch(/lapses, on 2027-01-01T06:00:00\.000Z: nothing is issued/)
    expect(told()).toEqual([['problem', 'VALIDATION_LAPSES']])
    place(lapsing(40))
    world.pass(DAY)
    expect((await world.run()).health.conditions).toEqual([])
    expect(told()).toEqual([
      ['problem', 'VALIDATION_LAPSES'],
      ['resolved', 'VALIDATION_LAPSES'],
    ])
  })

  test('is still told once it has lapsed, and while nobody can look at it', async () => {
    world.authority.account = ACCOUNT
    place(lapsing(20))
    await world.run()
    world.pass(21 * DAY)
    expect((await world.run()).health.conditions[0]?.message).toContain('has lapsed, on ')
    const until = await noted()
    world.solver.persistentRecords = () => Promise.reject(new Failure('DNS_LOOKUP_FAILED', 'no answer'))
    await world.run()
    expect(await noted()).toEqual(until)
  })

  test('is forgotten where records validate nothing any more, and of one that never lapses nothing is noted', async () => {
    world.authority.account = ACCOUNT
    place(lapsing(20))
    await world.run()
    expect(await noted()).toBeInstanceOf(Date)
    place(good)
    world.pass(DAY)
    await world.run()
    expect(await noted()).toBeUndefined()
    place(lapsing(20))
    world.pass(DAY)
    await world.run()
    expect(await noted()).toBeInstanceOf(Date)
    world.authority.validation = 'dns-01'
    await world.run()
    expect(await noted()).toBeUndefined()
  })

  test('is looked at once a day, whatever the number of looks at the certificate, and in every plan', async () => {
    world.authority.account = ACCOUNT
    place(lapsing(40))
    await world.run()
    const look = vi.spyOn(world.solver, 'persistentRecords')
    await world.run()
    world.pass(21 * HOUR)
    await world.run()
    expect(look).not.toHaveBeenCalled()
    await planned()
    const inPlan = look.mock.calls.length
    expect(inPlan).toBeGreaterThan(0)
    world.pass(HOUR)
    await world.run()
    await world.run()
    expect(look).toHaveBeenCalledTimes(inPlan + 1)
  })

  test('is looked at though a clock that was wrong noted a look in the future', async () => {
    world.authority.account = ACCOUNT
    place(lapsing(40))
    await world.run()
    const { document, tag } = await readDocument('shop', world)
    const persistSeen = new Date(world.clock.now().getTime() + DAY)
    await world.state.write(documentKey('shop'), { ...document, persistSeen }, tag)
    const look = vi.spyOn(world.solver, 'persistentRecords')
    await world.run()
    expect(look).toHaveBeenCalledTimes(1)
  })
})
