/** CAA records are heeded before anything is ordered: over real DNS, at a CA that heeds them itself, and in a plan. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import type { CaaRecords } from '../../lib/ports.ts'
import { planIn } from '../../lib/run.ts'
import type { CertificateSpec } from '../../lib/types.ts'
import { createMemoryAuthority } from '../support/memory-authority.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'
import { wireWorld } from '../support/wire-world.ts'

const CA = 'ca.sandbox.test'

describe('over the wire', () => {
  const wire = async (...records: readonly string[]) => {
    const world = await wireWorld()
    const say = (data: string, name = 'shop.test') => world.zones.addRecord({ name, type: 'CAA', data })
    const unsay = (data: string) => world.zones.removeRecord({ name: 'shop.test', type: 'CAA', data })
    for (const record of records) say(record)
    return {
      ...world,
      say,
      unsay,
      asked: (path: string) => world.exchanges.filter((each) => each.startsWith(`POST ${path} `)).length,
    }
  }

  test('F-49: a record that forbids the order stops it before anything is ordered, and its message mends it', async () => {
    const { run, say, ca, exchanges, asked } = await wire('0 issue "another.test"')
    const { result, error } = await run()
    expect([result, error?.code, error?.retry, error?.step]).toEqual(['failed', 'ACME_CAA', 'never', 'order'])
    expect(exchanges.every((each) => !each.startsWith('POST '))).toBe(true)
    expect([ca.ledger.accounts, ca.ledger.orders]).toEqual([[], []])
    const [, owner, record] = /: add (\S+)\. CAA (.+)$/.exec(error?.message ?? '') ?? []
    expect(owner).toBe('shop.test')
    say(record ?? '')
    expect(await run({ only: ['shop'], attended: true })).toMatchObject({ result: 'renewed', error: undefined })
    expect(asked('/new-order')).toBe(1)
  })

  test('F-49: a name and its wildcard have records of their own', async () => {
    const { run, ca } = await wire(`0 issue "${CA}"`, '0 issuewild ";"')
    expect((await run()).error?.message).toBe(
      'the CAA record 0 issuewild ";" at shop.test forbids ca to issue for *.shop.test: add shop.test. CAA 0 issuewild "ca.sandbox.test"',
    )
    expect(ca.ledger.orders).toEqual([])
    expect(await run({}, { names: ['shop.test'], configHash: 'two' })).toMatchObject({ result: 'renewed' })
  })

  test('F-49: a record that is bound to another account is called that, and the one to add names ours', async () => {
    const { run, ca, say } = await wire()
    await run()
    say(`0 issue "${CA}; accounturi=https://certbot.test/account/1"`)
    const ours = ca.ledger.accounts[0]?.url
    const forced = { force: true, only: ['shop'], attended: true }
    const { error } = await run(forced)
    expect(error?.message).toBe(
      `the CAA record 0 issue "${CA}; accounturi=https://certbot.test/account/1" at shop.test binds shop.test, *.shop.test to another account at ca than newleaf’s, which is ${ours}: add shop.test. CAA 0 issue "${CA}; accounturi=${ours}"`,
    )
    say(`0 issue "${CA}; accounturi=${ours}"`)
    expect(await run(forced)).toMatchObject({ result: 'renewed', error: undefined })
  })

  test('a set at the name itself hides what stands above it, and a CNAME leads to a set without climbing from there', async () => {
    const { run, say, zones } = await wire('0 issue ";"')
    say(`0 issue "${CA}"`, 'www.shop.test')
    expect(await run({}, { names: ['www.shop.test'] })).toMatchObject({ result: 'renewed' })
    zones.addZone('cdn.test')
    zones.addRecord({ name: 'cdn.test', type: 'CAA', data: `0 issue "${CA}"` })
    zones.addRecord({ name: 'cdn.shop.test', type: 'CNAME', data: 'edge.cdn.test' })
    const { error } = await run({}, { names: ['cdn.shop.test'], configHash: 'two' })
    expect(error?.message).toMatch(/^the CAA record 0 issue ";" at shop\.test forbids ca to issue for cdn\.shop\.test/)
    say('0 issue "another.test"', 'edge.cdn.test')
    const led = await run({}, { names: ['cdn.shop.test'], configHash: 'three' })
    expect(led.error?.message).toMatch(/ at edge\.cdn\.test, where a CNAME leads from cdn\.shop\.test, forbids /)
  })

  test('the CA asks what newleaf asks: where records allow it both agree', async () => {
    const { run, unsay } = await wire(
      `0 issue " ${CA.toUpperCase()} ; x=1; validationmethods=http-01,dns-01"`,
      '0 iodef "mailto:a@b.test"',
    )
    expect(await run()).toMatchObject({ result: 'renewed', error: undefined })
    expect(unsay('0 iodef "mailto:a@b.test"')).toBe(1)
  })

  test('an account that the CA does not know is not registered anew while a record names it', async () => {
    const { run, ca, say, unsay, asked, records } = await wire()
    await run()
    const [account] = ca.ledger.accounts
    const bound = `0 issue "${CA}; accounturi=${account?.url}"`
    say(bound)
    const forget = () =>
      ca.misbehave({
        ...{ on: 'newOrder', how: 'problem', times: 1 },
        problem: { type: 'accountDoesNotExist', status: 400, detail: 'no such account' },
      })
    const forced = { force: true, only: ['shop'], attended: true }
    forget()
    const { result, error } = await run(forced)
    expect([result, error?.code]).toEqual(['failed', 'ACME_ACCOUNT_MISSING'])
    expect(error?.message).toBe(
      `ca knows no account ${account?.url} of the stored key, and the CAA record ${bound} at shop.test names it, so that no other is registered in its place: if it is gone for good, take accounturi out of that record`,
    )
    expect(asked('/new-account')).toBe(1)
    expect(records.some(({ message }) => message.includes('registered again'))).toBe(false)
    // It was said in error: with the same account all is well again.
    expect(await run(forced)).toMatchObject({ result: 'renewed', error: undefined })
    unsay(bound)
    forget()
    expect(await run(forced)).toMatchObject({ result: 'renewed', error: undefined })
    expect(asked('/new-account')).toBe(2)
  })

  test('where nobody answers about any name, no account is registered anew either', async () => {
    const { run, ca, dns, asked } = await wire()
    await run()
    ca.misbehave({
      ...{ on: 'newOrder', how: 'problem', times: 1 },
      problem: { type: 'accountDoesNotExist', status: 400, detail: 'no such account' },
    })
    dns.misbehave({ how: 'servfail', type: 'CAA', times: 100 })
    expect((await run({ force: true, only: ['shop'], attended: true })).error?.code).toBe('DNS_LOOKUP_FAILED')
    expect(asked('/new-account')).toBe(1)
  })

  test('F-49: trouble of a name server forbids nothing: the log says so, and the CA decides', async () => {
    const { run, dns, records, ca } = await wire('0 issue ";"')
    dns.misbehave({ how: 'servfail', type: 'CAA', times: 100 })
    const { error } = await run()
    expect(error?.code).not.toBe('ACME_CAA')
    expect(ca.ledger.orders).toHaveLength(1)
    expect(records).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'CAA records could not be looked up; the authority decides',
        fields: expect.objectContaining({
          names: ['shop.test', '*.shop.test'],
          reason: expect.stringMatching('SERVFAIL'),
        }),
      }),
    )
  })
})

describe('in memory', () => {
  let world: MemoryWorld
  let sets: Record<string, CaaRecords | Failure>
  beforeEach(async () => {
    world = await createMemoryWorld()
    sets = {}
    world.authority.caaIdentities = async () => ['ca.example']
    world.solver.caa = async (domain) => {
      const found = sets[domain]
      if (found instanceof Failure) throw found
      return found
    }
  })
  const forbid = (domain: string, ...records: readonly string[]) => {
    sets[domain] = { name: domain, owner: domain, records }
  }
  const request = { force: false, dryRun: false, fullScan: true }
  const planned = (certificates: readonly CertificateSpec[] = [shop], change: Partial<MemoryWorld> = {}) =>
    planIn({ certificates }, request, { ...world, ...change })

  test('a plan shows what forbids an order once, with all whom it concerns and where to look', async () => {
    const other = { ...shop, id: 'other' }
    forbid('shop.example', '0 issue "another.example"')
    const { obstacles } = await planned([shop, other, { ...shop, id: 'free', names: ['free.example'] }])
    expect(obstacles).toEqual([
      expect.objectContaining({ locations: ['certificates.shop.names[0]'], certificates: ['shop', 'other'] }),
    ])
    expect(obstacles[0]?.error.code).toBe('ACME_CAA')
    expect(obstacles[0]?.error.message).toContain(
      'for shop.example, *.shop.example: add shop.example. CAA 0 issue "ca.example"',
    )
    expect(world.authority.orders).toEqual([])
  })

  test('a plan shows every record that forbids something; an order is stopped by all of them at once', async () => {
    const spec = { ...shop, names: ['a.example', 'b.example', 'c.example'] }
    forbid('a.example', '0 issue ";"')
    forbid('b.example', '0 issue ";"')
    expect((await planned([spec])).obstacles.map(({ locations }) => locations)).toEqual([
      ['certificates.shop.names[0]'],
      ['certificates.shop.names[1]'],
    ])
    const { error } = await world.run({}, spec)
    expect(error?.message).toMatch(/ at a\.example forbids ca .*; other records forbid b\.example$/)
    expect(error?.fields.names).toEqual(['a.example', 'b.example'])
  })

  test('nothing is looked up for an authority of which nobody knows what it is called', async () => {
    world.authority.caaIdentities = async () => []
    world.solver.caa = async () => {
      throw new Error('nobody was to be asked')
    }
    expect((await planned()).obstacles).toEqual([])
    expect(await world.run()).toMatchObject({ result: 'renewed' })
  })

  test('another authority that the records allow is asked in the same run', async () => {
    const second = await createMemoryAuthority(
      world.clock,
      (name) => world.txt.get(name) ?? [],
      'https://two.example/d',
    )
    second.caaIdentities = async () => ['two.example']
    Object.assign(world.authorities, { second })
    forbid('shop.example', '0 issue "two.example"')
    expect(await world.run({}, { ...shop, authorities: ['ca', 'second'] })).toMatchObject({ result: 'renewed' })
    expect([world.authority.orders.length, second.orders.length]).toEqual([0, 1])
    forbid('shop.example', '0 issue ";"')
    const { error } = await world.run({ force: true }, { ...shop, authorities: ['ca', 'second'] })
    expect(error?.message).toMatch(/forbids second to issue/)
    expect([world.authority.orders.length, second.orders.length]).toEqual([0, 1])
  })

  test('the account is read only where a record names one', async () => {
    let reads = 0
    world.authority.accountUrl = async () => {
      reads += 1
      return 'https://ca.example/1'
    }
    forbid('shop.example', '0 issue "ca.example"')
    expect((await planned()).obstacles).toEqual([])
    expect(reads).toBe(0)
    forbid('shop.example', '0 issue "ca.example; accounturi=https://ca.example/1"')
    expect((await planned()).obstacles).toEqual([])
    expect(reads).toBe(1)
  })

  test('where nobody answers about ten names, the others are not waited for', async () => {
    const asked: string[] = []
    world.solver.caa = async (domain) => {
      asked.push(domain)
      throw new Failure('DNS_LOOKUP_FAILED', 'no answer in time', { fields: { reason: 'ETIMEOUT' } })
    }
    const names = Array.from({ length: 100 }, (_, at) => `n${at}.shop.example`)
    expect(await world.run({}, { ...shop, names })).toMatchObject({ result: 'renewed' })
    expect(asked).toHaveLength(10)
    const warned = world.records.filter(({ message }) => message.startsWith('CAA records could not be looked up'))
    expect(warned.map(({ fields }) => (fields.names as string[]).length)).toEqual([20])
  })

  test('a name of which nobody can tell is no obstacle', async () => {
    sets['shop.example'] = new Failure('DNS_LOOKUP_FAILED', 'SERVFAIL')
    expect((await planned()).obstacles).toEqual([])
    expect(await world.run()).toMatchObject({ result: 'renewed' })
  })
})
