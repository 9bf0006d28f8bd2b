import { afterEach, expect, test } from 'vitest'
import { createSolver } from '../../lib/dns/solver.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import { startDns } from '../../sandbox/dns/server.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { NAME, record, ZONE } from '../support/dns-world.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()))
})

const HOUR = 3_600_000

/** Servers of one zone, each so many seconds behind; time passes by sleeping alone. */
async function watching(lags: readonly number[], change: Partial<Parameters<typeof createSolver>[0]> = {}) {
  let time = Date.parse('2026-11-22T06:00:00Z')
  const clock = {
    now: () => new Date(time),
    sleep: async (milliseconds: number) => {
      time += milliseconds
    },
  }
  const zones = createZones(clock)
  zones.addZone(ZONE)
  time += HOUR
  const until = time + 2 * HOUR
  const servers = await Promise.all(lags.map((lag) => startDns({ zones, lagMs: lag * 1_000 })))
  ends.push(...servers.map((server) => () => server.close()))
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
  const records: LogRecord[] = []
  const provider = {
    addTxt: async (added: { readonly name: string; readonly value: string }) =>
      void zones.addRecord({ name: added.name, type: 'TXT', data: added.value }),
    removeTxt: async () => {},
  }
  const solver = createSolver({
    ...{ providers: { main: { provider } }, resolvers: addresses, nameservers: addresses, clock, random: () => 0.5 },
    ...{ log: createLog((each) => records.push(each), clock), timeLeft: () => until - time },
    ...change,
  })
  const secondsOf = async (work: Promise<unknown>) => {
    const from = time
    await work
    return (time - from) / 1_000
  }
  return { solver, servers, addresses, records, secondsOf }
}

/** The longest pause between two looks, and what else a look may take. */
const PAUSE = 13

test('F-24: of servers with different lag, one lame, one that answers over TCP alone, the last one ends the wait', async () => {
  const { solver, servers, addresses, records, secondsOf } = await watching([5, 45, 90, 0])
  servers[2]?.misbehave({ how: 'drop', name: NAME, transport: 'udp', times: 10_000 })
  servers[3]?.misbehave({ how: 'refuse', name: NAME, times: 10_000 })
  const seconds = await secondsOf(solver.present([record('one')]))
  expect(seconds).toBeGreaterThanOrEqual(90)
  expect(seconds).toBeLessThan(90 + PAUSE)
  const warnings = records.filter(({ level }) => level === 'warn')
  expect(warnings).toMatchObject([{ fields: { address: addresses[3], reason: 'EREFUSED' } }])
  expect(servers[2]?.questions.filter(({ transport }) => transport === 'udp')).toHaveLength(1)
})

test('two of three servers end it where a majority is enough', async () => {
  const { solver, secondsOf } = await watching([5, 45, 600], { propagation: 'majority' })
  const seconds = await secondsOf(solver.present([record('one')]))
  expect(seconds).toBeGreaterThanOrEqual(45)
  expect(seconds).toBeLessThan(45 + PAUSE)
})

test('no more than twenty queries are sent within a second, however many values are waited for', async () => {
  const { solver, servers, secondsOf } = await watching([0, 0, 0])
  const values = Array.from({ length: 40 }, (_, at) => record(`value ${at}`, `_acme-challenge.h${at}.${ZONE}`))
  expect(await secondsOf(solver.present(values))).toBeGreaterThanOrEqual(5)
  expect(servers.flatMap(({ questions }) => questions)).toHaveLength(120)
})

test('nor are more sent for CAA records, each of which is asked for once', async () => {
  const { solver, servers, secondsOf } = await watching([0])
  const names = Array.from({ length: 60 }, (_, at) => `h${at}.${ZONE}`)
  const all = () => Promise.all(names.map((name) => solver.caa(name)))
  expect(await secondsOf(all())).toBeGreaterThanOrEqual(3)
  await all()
  const asked = servers.flatMap(({ questions }) => questions.map(({ type, name }) => `${type} ${name}`))
  expect(new Set(asked).size).toBe(asked.length)
  expect(asked.filter((question) => question.startsWith('CAA h'))).toHaveLength(60)
})
