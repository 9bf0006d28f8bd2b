import { afterEach, describe, expect, test } from 'vitest'
import { createSolver } from '../../lib/dns/solver.ts'
import { Failure } from '../../lib/errors.ts'
import { SECOND } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { TxtRecord } from '../../lib/ports.ts'
import { closeServers, NAME, record, dnsWorld as world, ZONE } from '../support/dns-world.ts'

afterEach(closeServers)

describe('locate', () => {
  test('an apex and its wildcard share one place', async () => {
    const { solver } = await world()
    await expect(solver.locate([ZONE, `*.${ZONE}`, `a.b.${ZONE}`])).resolves.toEqual([
      { domain: ZONE, name: NAME, zone: ZONE, provider: 'main' },
      { domain: `a.b.${ZONE}`, name: `_acme-challenge.a.b.${ZONE}`, zone: ZONE, provider: 'main' },
    ])
  })

  test('a CNAME at the challenge’s name leads to where the value belongs', async () => {
    const { solver, zones } = await world()
    zones.addRecord({ name: NAME, type: 'CNAME', data: 'shop.delegate.test' })
    await expect(solver.locate([ZONE])).resolves.toMatchObject([{ name: 'shop.delegate.test', zone: 'delegate.test' }])
  })

  test('CNAMEs in a circle are refused', async () => {
    const { solver, zones } = await world()
    zones.addRecord({ name: NAME, type: 'CNAME', data: 'a.delegate.test' })
    zones.addRecord({ name: 'a.delegate.test', type: 'CNAME', data: NAME })
    await expect(solver.locate([ZONE])).rejects.toMatchObject({ code: 'DNS_CNAME_LOOP' })
  })

  test('a name that is a CNAME to the top of another zone is not mistaken for a zone', async () => {
    const { solver, zones } = await world()
    zones.addRecord({ name: `www.${ZONE}`, type: 'CNAME', data: 'delegate.test' })
    await expect(solver.locate([`www.${ZONE}`])).resolves.toMatchObject([{ zone: ZONE }])
  })

  test('a zone below another one is found', async () => {
    const { solver, zones } = await world()
    zones.addZone(`deep.${ZONE}`)
    await expect(solver.locate([`a.deep.${ZONE}`])).resolves.toMatchObject([{ zone: `deep.${ZONE}` }])
  })

  test.each(['servfail', 'refuse'] as const)('%s is trouble: no zone is guessed from it', async (how) => {
    const { solver, one } = await world()
    one.misbehave({ how, name: ZONE, times: 100 })
    await expect(solver.locate([`a.${ZONE}`])).rejects.toMatchObject({ code: 'DNS_LOOKUP_FAILED' })
  })

  test('one server of a zone in trouble is made up for by the other', async () => {
    const { solver, one } = await world()
    one.misbehave({ how: 'servfail', name: NAME, times: 100 })
    await expect(solver.locate([ZONE])).resolves.toHaveLength(1)
  })

  test('F-26: nothing is asked about the challenge’s name but its CNAME', async () => {
    const { solver, one, two } = await world()
    await solver.locate([ZONE])
    const questions = [...one.questions, ...two.questions].filter(({ name }) => name === NAME)
    expect(new Set(questions.map(({ type }) => type))).toEqual(new Set(['CNAME']))
  })
})

test('no value is taken for shown where no name server has an address', async () => {
  const { one, address, zones } = await world()
  for (const host of ['ns1', 'ns2']) zones.removeRecord({ name: `${host}.${ZONE}`, type: 'A' })
  const clock = { now: () => new Date(0), sleep: async () => {} }
  const solver = createSolver({
    providers: { main: { provider: { addTxt: async () => {}, removeTxt: async () => {} } } },
    ...{
      resolvers: [address(one)],
      clock,
      log: createLog(silent, clock),
      random: () => 0.5,
      timeLeft: () => 3_600_000,
    },
  })
  const refusal = {
    code: 'DNS_LOOKUP_FAILED',
    message: expect.stringContaining(`no name server of ${ZONE} has an address`),
  }
  await expect(solver.present([record('one')])).rejects.toMatchObject(refusal)
  await expect(solver.locate([ZONE])).rejects.toMatchObject(refusal)
})

describe('cleanUp', () => {
  test('F-27: foreign values at the same name stay', async () => {
    const { solver, zones, txt } = await world()
    zones.addRecord({ name: NAME, type: 'TXT', data: 'foreign' })
    await solver.present([record('one'), record('two')])
    await solver.cleanUp([record('one'), record('two')])
    expect(txt()).toEqual(['foreign'])
  })

  test('it takes away what a failed present has added', async () => {
    const { solver, two, txt } = await world()
    two.misbehave({ how: 'drop', name: NAME, times: 0 })
    two.misbehave({ how: 'lag', name: NAME, times: 10_000 })
    await expect(solver.present([record('one')])).rejects.toMatchObject({ code: 'DNS_NOT_PROPAGATED' })
    await solver.cleanUp([record('one')])
    expect(txt()).toEqual([])
  })

  test('every record is tried, and those that are left are named, without their values', async () => {
    const removed: string[] = []
    const removeTxt = async ({ name, value }: TxtRecord) => {
      if (name === NAME) throw new Failure('DENIED', 'the vendor refused')
      removed.push(value)
    }
    const { solver } = await world({ providers: { main: { provider: { addTxt: async () => {}, removeTxt } } } })
    const other = `_acme-challenge.b.${ZONE}`
    const error: unknown = await solver
      .cleanUp([record('one'), record('two', other), record('three')])
      .catch((thrown) => thrown)
    expect(removed).toEqual(['two'])
    expect(error).toMatchObject({ code: 'DENIED', fields: { names: [NAME] } })
    expect(String(error)).toContain('2 of 3 TXT values are left')
    expect(String(error)).not.toMatch(/one|three/)
  })

  test('F-22: who asks for patience is heard, whatever else failed before', async () => {
    const until = (minutes: number) => new Date(Date.UTC(2026, 10, 22, 6, minutes))
    const failures = [
      new Failure('UNAVAILABLE', 'broken down'),
      new Failure('UNAVAILABLE', 'broken down'),
      new Failure('RATE_LIMITED', 'later', { retryAfter: until(10) }),
      new Failure('RATE_LIMITED', 'much later', { retryAfter: until(50) }),
    ]
    const removeTxt = async () => {
      throw failures.shift()
    }
    const { solver } = await world({ providers: { main: { provider: { addTxt: async () => {}, removeTxt } } } })
    await expect(solver.cleanUp(['one', 'two', 'three'].map((value) => record(value)))).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfter: until(50),
    })
  })

  test('a provider that is no longer configured leaves its records and says so', async () => {
    const { solver } = await world()
    const gone = { ...record('one'), provider: 'former' }
    await expect(solver.cleanUp([gone])).rejects.toMatchObject({ code: 'CONFIG_INVALID', fields: { names: [NAME] } })
  })

  test('what can be begun within twenty seconds is', async () => {
    const removed: string[] = []
    let pass = (_milliseconds: number) => {}
    const removeTxt = async ({ value }: TxtRecord) => {
      removed.push(value)
      pass(10 * SECOND)
    }
    const { solver, ...rest } = await world({
      providers: { main: { provider: { addTxt: async () => {}, removeTxt } } },
    })
    pass = rest.pass
    await solver.cleanUp(['one', 'two', 'three'].map((value) => record(value)))
    expect(removed).toEqual(['one', 'two', 'three'])
  })

  test('it begins nothing after twenty seconds', async () => {
    const removed: string[] = []
    let pass = (_milliseconds: number) => {}
    const removeTxt = async ({ value }: TxtRecord) => {
      removed.push(value)
      pass(21 * SECOND)
    }
    const { solver, ...rest } = await world({
      providers: { main: { provider: { addTxt: async () => {}, removeTxt } } },
    })
    pass = rest.pass
    await expect(solver.cleanUp([record('one'), record('two')])).rejects.toMatchObject({ code: 'OUT_OF_TIME' })
    expect(removed).toEqual(['one'])
  })
})
