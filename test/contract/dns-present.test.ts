import { afterEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { SECOND } from '../../lib/platform/clock.ts'
import type { TxtRecord } from '../../lib/ports.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { closeServers, NAME, record, start, dnsWorld as world, ZONE } from '../support/dns-world.ts'

afterEach(closeServers)

describe('present', () => {
  test('nothing to add needs no time, and nothing is asked', async () => {
    const { solver, one, two } = await world({ timeLeft: () => 0 })
    await solver.present([])
    expect([...one.questions, ...two.questions]).toEqual([])
  })

  test('both values of an apex and its wildcard are there when it resolves', async () => {
    const { solver, txt } = await world()
    await solver.present([record('one'), record('two'), record('one')])
    expect(txt()).toEqual(['one', 'two'])
  })

  test('a value longer than one string is read whole', async () => {
    const { solver, pauses } = await world()
    await solver.present([record('v'.repeat(600))])
    expect(pauses).toEqual([])
  })

  test('a server that lags is waited for', async () => {
    const { solver, two, pauses } = await world()
    two.misbehave({ how: 'lag', name: NAME, times: 3 })
    await solver.present([record('one')])
    expect(pauses).toEqual([100, 160, 256])
  })

  test('a server in trouble is waited for', async () => {
    const { solver, two, pauses } = await world()
    two.misbehave({ how: 'servfail', name: NAME, times: 1 })
    await solver.present([record('one')])
    expect(pauses).toEqual([100])
  })

  test('one server that never shows the value fails with its address', async () => {
    const { solver, two, address } = await world()
    two.misbehave({ how: 'lag', name: NAME, times: 10_000 })
    await expect(solver.present([record('one')])).rejects.toMatchObject({
      code: 'DNS_NOT_PROPAGATED',
      fields: { names: [NAME], servers: [address(two)] },
    })
  })

  test('a value that vanishes while it is waited for is missed', async () => {
    const { solver, zones, two, whenPausing } = await world()
    two.misbehave({ how: 'lag', name: NAME, times: 1 })
    whenPausing(() => zones.removeRecord({ name: NAME, type: 'TXT', data: 'one' }))
    await expect(solver.present([record('one')])).rejects.toMatchObject({ code: 'DNS_NOT_PROPAGATED' })
  })

  test('everything is added before anything is waited for', async () => {
    const { solver, two, whenPausing, txt } = await world()
    two.misbehave({ how: 'lag', name: NAME, times: 1 })
    let seen: string[] = []
    whenPausing(() => {
      seen = txt(`_acme-challenge.b.${ZONE}`)
    })
    await solver.present([record('one'), record('two', `_acme-challenge.b.${ZONE}`)])
    expect(seen).toEqual(['two'])
  })

  test('within a provider one value is added after the other', async () => {
    let running = 0
    let most = 0
    const addTxt = async () => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      throw new Failure('DENIED', 'no')
    }
    const provider = { addTxt, removeTxt: async () => {} }
    const { solver } = await world({ providers: { main: { provider } } })
    await expect(solver.present([record('one'), record('two')])).rejects.toMatchObject({ code: 'DENIED' })
    expect(most).toBe(1)
  })

  test('it fails only when nothing is being added any more, also by another provider', async () => {
    const failing = {
      addTxt: async () => {
        throw new Failure('DENIED', 'no')
      },
      removeTxt: async () => {},
    }
    let added = 0
    const slow = {
      addTxt: async () => {
        await new Promise((done) => setTimeout(done, 50))
        added += 1
      },
      removeTxt: async () => {},
    }
    const { solver } = await world({ providers: { main: { provider: failing }, other: { provider: slow } } })
    const elsewhere = ['two', 'three'].map((value) => ({ ...record(value), provider: 'other' }))
    await expect(solver.present([record('one'), ...elsewhere])).rejects.toMatchObject({ code: 'DENIED' })
    expect(added).toBe(2)
  })

  test.each([
    ['one that was refused, and one that was not tried', ['DENIED'], ['one', 'two']],
    ['none that may be there, because an answer was lost before', ['UNREACHABLE', 'DENIED'], ['two']],
    ['none whose outcome is unknown', ['UNREACHABLE', 'UNREACHABLE'], ['two']],
  ] as const)('of what is certainly not there it tells: %s', async (_, codes, told) => {
    const left = [...codes]
    const addTxt = async () => {
      throw new Failure(left.shift() ?? 'DENIED', 'no')
    }
    const { solver } = await world({ providers: { main: { provider: { addTxt, removeTxt: async () => {} } } } })
    const heard: string[] = []
    const unwritten = (records: readonly TxtRecord[]) => void heard.push(...records.map(({ value }) => value))
    await expect(solver.present([record('one'), record('two')], undefined, unwritten)).rejects.toBeInstanceOf(Failure)
    expect(heard).toEqual(told)
  })

  test('of what is certainly not there it tells: none that was written before another was refused', async () => {
    const addTxt = async ({ value }: TxtRecord) => {
      if (value === 'two') throw new Failure('DENIED', 'no')
    }
    const { solver } = await world({ providers: { main: { provider: { addTxt, removeTxt: async () => {} } } } })
    const heard: string[] = []
    const unwritten = (records: readonly TxtRecord[]) => void heard.push(...records.map(({ value }) => value))
    await expect(solver.present([record('one'), record('two')], undefined, unwritten)).rejects.toBeInstanceOf(Failure)
    expect(heard).toEqual(['two'])
  })

  test('the same value is asked for once', async () => {
    const added: string[] = []
    const addTxt = async ({ value }: TxtRecord) => {
      added.push(value)
      throw new Failure('DENIED', 'no')
    }
    const provider = { addTxt, removeTxt: async () => {} }
    const { solver } = await world({ providers: { main: { provider }, other: { provider } } })
    const other = { ...record('two'), provider: 'other' }
    await expect(solver.present([record('one'), record('one'), other, other])).rejects.toMatchObject({ code: 'DENIED' })
    expect(added).toEqual(['one', 'two'])
  })

  test('adding is tried again when the vendor hiccups', async () => {
    const zones = createZones()
    let calls = 0
    const addTxt = async (added: TxtRecord) => {
      if (++calls === 1) throw new Failure('UNAVAILABLE', 'come back soon')
      zones.addZone(ZONE)
      zones.addRecord({ name: added.name, type: 'TXT', data: added.value })
    }
    const server = await start(zones)
    const { solver } = await world({
      providers: { main: { provider: { addTxt, removeTxt: async () => {} } } },
      nameservers: [`127.0.0.1:${server.port}`],
    })
    await solver.present([record('one')])
    expect(calls).toBe(2)
  })

  test('adding is tried twice, and no more', async () => {
    let calls = 0
    const addTxt = async () => {
      calls += 1
      throw new Failure('UNAVAILABLE', 'come back soon')
    }
    const { solver } = await world({ providers: { main: { provider: { addTxt, removeTxt: async () => {} } } } })
    await expect(solver.present([record('one')])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(calls).toBe(2)
  })

  test('nothing is added when no time would be left to take it away again', async () => {
    const { solver, txt } = await world({ timeLeft: () => 20 * SECOND })
    await expect(solver.present([record('one')])).rejects.toMatchObject({ code: 'OUT_OF_TIME' })
    expect(txt()).toEqual([])
  })
})
