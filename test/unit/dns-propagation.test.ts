import { describe, expect, test } from 'vitest'
import type { NameServer } from '../../lib/dns/name-servers.ts'
import { waitForPropagation } from '../../lib/dns/propagation.ts'
import { MINUTE, SECOND } from '../../lib/platform/clock.ts'
import { createLog, type LogRecord, silent } from '../../lib/platform/log.ts'
import type { PresentedRecord } from '../../lib/ports.ts'
import { lookupIn, type Table } from '../support/dns-lookup.ts'

const NAME = '_acme-challenge.example.com'
const record = (value: string, name = NAME) => ({ name, value, zone: 'example.com', provider: 'main' })
const four = { host: 'ns1.example.net', addresses: ['192.0.2.1'] }
const other = { host: 'ns2.example.net', addresses: ['192.0.2.2'] }
const six = '2001:db8::1'

interface Situation {
  readonly servers?: readonly NameServer[]
  /** What an address says in a round, counted from 0. */
  says(address: string, round: number): Table[string] | undefined
  readonly records?: readonly PresentedRecord[]
  readonly timeLeft?: number
  /** After so many rounds somebody stops the run. */
  readonly stoppedAfter?: number
  readonly propagation?: 'majority'
  readonly areRecursive?: boolean
  /** In [0, 1). */
  readonly chance?: number
}

/** Time passes only by sleeping. */
async function wait({
  servers = [four, other],
  says,
  records = [record('v')],
  timeLeft = 60 * MINUTE,
  chance = 0.5,
  stoppedAfter = 1_000,
  propagation,
  areRecursive = false,
}: Situation) {
  const told: LogRecord[] = []
  const waiting: (readonly string[])[] = []
  const pauses: number[] = []
  let time = 0
  const clock = {
    now: () => new Date(Date.UTC(2026, 10, 22) + time),
    sleep: async (milliseconds: number) => {
      pauses.push(milliseconds)
      time += milliseconds
    },
  }
  const result = await waitForPropagation(records, {
    serversOf: async () => servers,
    waiting: (behind) => waiting.push(behind),
    areRecursive,
    lookupAt(address) {
      const answer = says(address, pauses.length)
      return lookupIn(answer === undefined ? {} : { [`TXT ${NAME}`]: answer })
    },
    clock,
    log: createLog((each) => told.push(each), clock),
    propagation,
    random: () => chance,
    timeLeft: () => (pauses.length < stoppedAfter ? timeLeft - time : 0),
  }).then(
    () => 'shown',
    (error) => error,
  )
  const warnings = told.flatMap(({ level, fields }) => (level === 'warn' ? [fields] : []))
  return { result, pauses, waited: time, warnings, waiting }
}

test('nothing is waited for when every server shows every value', async () => {
  const { result, pauses } = await wait({ says: () => ['foreign', 'v', 'w'], records: [record('v'), record('w')] })
  expect(result).toBe('shown')
  expect(pauses).toEqual([])
})

test('one of two values at a name is not enough', async () => {
  const { result } = await wait({ says: () => ['v'], records: [record('v'), record('w')] })
  expect(result).toMatchObject({ code: 'DNS_NOT_PROPAGATED', fields: { names: [NAME] } })
})

test('pauses grow from a tenth of a second to ten seconds', async () => {
  const { pauses } = await wait({ says: (_address, round) => (round < 14 ? undefined : ['v']) })
  expect(pauses.slice(0, 3)).toEqual([100, 160, 256])
  expect(pauses.at(-1)).toBe(10_000)
})

test('F-24: servers that flap are waited for until all show it in the same round', async () => {
  const says = (address: string, round: number) =>
    round >= 6 || (round % 2 === 0) === (address === '192.0.2.1') ? ['v'] : undefined
  const { result, pauses } = await wait({ says })
  expect(result).toBe('shown')
  expect(pauses).toHaveLength(6)
})

test('F-24: one server that lacks the value is named after twenty minutes, with the name it lacks', async () => {
  const { result, waited } = await wait({ says: (address) => (address === '192.0.2.1' ? ['v'] : undefined) })
  expect(waited).toBe(20 * MINUTE)
  expect(result).toMatchObject({
    code: 'DNS_NOT_PROPAGATED',
    fields: { names: [NAME], servers: ['ns2.example.net (192.0.2.2)'] },
  })
  expect(String(result)).toContain('ns2.example.net')
})

test.each([
  ['a minute once they have been there for an hour', 60, 1],
  ['twenty minutes in all while they are new', 7, 13],
])('values that an earlier run has written are waited for %s', async (_, minutes, waits) => {
  const since = new Date(Date.UTC(2026, 10, 22) - minutes * MINUTE)
  const { result, waited } = await wait({ says: () => undefined, records: [record('v'), { ...record('w'), since }] })
  expect(waited).toBe(waits * MINUTE)
  expect(String(result)).toContain(`after ${(minutes + waits) * 60} s the TXT values`)
})

test.each([
  ['never answers for two minutes', 'ETIMEOUT', 2 * MINUTE],
  ['is in trouble for two minutes', 'ESERVFAIL', 2 * MINUTE],
  ['refuses the zone for half a minute', 'EREFUSED', MINUTE / 2],
] as const)(
  'F-24: a server that %s while the others show the value is told of, and no more',
  async (_, says, patience) => {
    const { result, waited, warnings } = await wait({ says: (address) => (address === '192.0.2.1' ? ['v'] : says) })
    expect(result).toBe('shown')
    expect(waited).toBeGreaterThanOrEqual(patience)
    expect(waited).toBeLessThan(patience + 12 * SECOND)
    expect(warnings).toMatchObject([{ host: 'ns2.example.net', address: '192.0.2.2', reason: says }])
  },
)

test('F-24: one that gives no answer is waited for no longer than half of the time there is', async () => {
  const says = (address: string) => (address === '192.0.2.1' ? (['v'] as const) : 'ETIMEOUT')
  const { result, waited } = await wait({ says, timeLeft: 2 * MINUTE + 30 * SECOND })
  expect([result, waited > MINUTE, waited < MINUTE + 10 * SECOND]).toEqual(['shown', true, true])
})

test('F-24: one that gives no answer does not speak for one that lacks the value', async () => {
  const third = { host: 'ns3.example.net', addresses: ['192.0.2.3'] }
  const answers: Record<string, Table[string]> = { '192.0.2.1': ['v'], '192.0.2.2': 'ETIMEOUT' }
  const { result } = await wait({ servers: [four, other, third], says: (address) => answers[address] })
  expect(result).toMatchObject({
    code: 'DNS_NOT_PROPAGATED',
    fields: { servers: ['ns2.example.net (192.0.2.2) ETIMEOUT', 'ns3.example.net (192.0.2.3)'] },
  })
})

test('F-24: where nobody answers, nothing is known to be shown', async () => {
  const { result, waited } = await wait({ says: () => 'ETIMEOUT' })
  expect(result).toMatchObject({ code: 'DNS_NOT_PROPAGATED' })
  expect(waited).toBe(20 * MINUTE)
})

describe('where a majority is enough', () => {
  const servers = [1, 2, 3].map((at) => ({ host: `ns${at}`, addresses: [`192.0.2.${at}`, `198.51.100.${at}`] }))
  const slow = (late: readonly string[]) => (address: string, rounds: number) =>
    rounds < 5 || late.includes(address) ? undefined : (['v'] as const)

  test('two of three servers are, and the third is told of', async () => {
    const { result, warnings } = await wait({ servers, propagation: 'majority', says: slow(['192.0.2.3']) })
    expect(result).toBe('shown')
    expect(warnings).toMatchObject([{ host: 'ns3', address: '192.0.2.3', reason: 'it lacks the value' }])
  })

  test('a server counts once all of its addresses show the value', async () => {
    const says = slow(['192.0.2.2', '192.0.2.3'])
    expect((await wait({ servers, propagation: 'majority', says })).result).toMatchObject({
      code: 'DNS_NOT_PROPAGATED',
    })
  })

  test('one of two is none', async () => {
    const pair = servers.slice(0, 2)
    const says = slow(['192.0.2.2'])
    expect((await wait({ servers: pair, propagation: 'majority', says })).result).toMatchObject({
      code: 'DNS_NOT_PROPAGATED',
    })
  })
})

test('the wait leaves time in the run for what must follow', async () => {
  const { result, waited } = await wait({ says: () => undefined, timeLeft: 2 * MINUTE })
  expect(result).toMatchObject({ code: 'DNS_NOT_PROPAGATED' })
  expect(waited).toBe(2 * MINUTE - 30 * SECOND)
})

const dual = { host: 'ns1.example.net', addresses: ['192.0.2.1', six] }
const dualToo = { host: 'ns2.example.net', addresses: ['192.0.2.2', '[2001:db8::2]:53'] }
const isSix = (address: string) => address.includes('::')

test.each([
  [
    'an IPv6 address without a route is skipped',
    'shown',
    [dual, other],
    (address: string) => (isSix(address) ? 'ECONNREFUSED' : ['v']),
  ],
  [
    'IPv6 that leads nowhere at all is skipped',
    'shown',
    [dual, dualToo],
    (address: string) => (isSix(address) ? 'ETIMEOUT' : ['v']),
  ],
  [
    'a silent IPv6 address is waited for when another one answers, until it is clear that it is down',
    'shown',
    [dual, dualToo],
    (address: string) => (address === six ? 'ETIMEOUT' : ['v']),
  ],
  [
    'an IPv6 address that lacks the value is waited for',
    'waits',
    [dual],
    (address: string) => (isSix(address) ? undefined : ['v']),
  ],
  [
    'a server with nothing but an unreachable IPv6 address is waited for, until it is clear that it is down',
    'shown',
    [{ host: 'ns3', addresses: [six] }, other],
    (address: string) => (isSix(address) ? 'ECONNREFUSED' : ['v']),
  ],
  [
    'an IPv4 address that refuses is waited for, until it is clear that it is down',
    'shown',
    [dual],
    (address: string) => (isSix(address) ? ['v'] : 'ECONNREFUSED'),
  ],
] as const)('%s', async (_title, outcome, servers, says) => {
  const { result } = await wait({ servers, says })
  if (outcome === 'shown') expect(result).toBe('shown')
  else expect(result).toMatchObject({ code: 'DNS_NOT_PROPAGATED' })
})

test('a pause is a quarter shorter or longer, as chance will have it', async () => {
  const says = (_address: string, round: number) => (round < 1 ? undefined : ['v'])
  expect((await wait({ says, chance: 0 })).pauses).toEqual([75])
  expect((await wait({ says, chance: 1 })).pauses).toEqual([125])
})

test.each([
  { count: 5, told: (list: string) => list },
  { count: 6, told: (list: string) => `${list} and 1 more` },
  { count: 9, told: (list: string) => `${list} and 4 more` },
])('of $count servers that lack a value five are told by name', async ({ count, told }) => {
  const hosts = Array.from({ length: count }, (_, at) => `192.0.2.${at + 1}`)
  const servers = hosts.map((host) => ({ host, addresses: [host] }))
  const { result } = await wait({ servers, says: () => undefined })
  expect(result.message.endsWith(`are not shown by ${told(hosts.slice(0, 5).join(', '))}`)).toBe(true)
  expect(result.fields.servers).toHaveLength(count)
})

test('a run that is stopped meanwhile says so, and nothing of DNS', async () => {
  const { result, waited, pauses } = await wait({ says: () => undefined, stoppedAfter: 14 })
  expect(result).toMatchObject({
    code: 'OUT_OF_TIME',
    message: `the run was stopped after it had waited ${Math.round(waited / SECOND)} s for name servers`,
  })
  expect(pauses).toHaveLength(14)
})

test('resolvers are asked a quarter of a minute later, or at the end of the time there is', async () => {
  const says = () => ['v'] as const
  expect((await wait({ says, areRecursive: true })).pauses).toEqual([15 * SECOND])
  expect((await wait({ says, areRecursive: true, timeLeft: 40 * SECOND })).pauses).toEqual([10 * SECOND])
  expect((await wait({ says, areRecursive: true, timeLeft: 20 * SECOND })).pauses).toEqual([0])
})

test('whoever waits is told after each look of whom', async () => {
  const says = (address: string, round: number) => (round < 2 && address === '192.0.2.2' ? undefined : (['v'] as const))
  expect((await wait({ says })).waiting).toEqual([['ns2.example.net (192.0.2.2)'], ['ns2.example.net (192.0.2.2)']])
})

test('a server that is not waited for is told of once, when no zone is waited for any more', async () => {
  const there = { name: '_acme-challenge.example.org', value: 'v', zone: 'example.org', provider: 'main' }
  const servers = [1, 2, 3].map((at) => ({ host: `ns${at}`, addresses: [`192.0.2.${at}`] }))
  const warned: LogRecord[] = []
  let looks = 0
  const clock = { now: () => new Date(0), sleep: async () => void looks++ }
  await waitForPropagation([record('v'), there], {
    serversOf: async (zone) => (zone === there.zone ? [{ host: 'slow', addresses: ['192.0.2.9'] }] : servers),
    lookupAt(address) {
      const isThere = address === '192.0.2.9' ? looks >= 3 : address !== '192.0.2.3'
      return lookupIn(isThere ? { [`TXT ${NAME}`]: ['v'], [`TXT ${there.name}`]: ['v'] } : {})
    },
    ...{ clock, propagation: 'majority', random: () => 0.5, timeLeft: () => 60 * MINUTE },
    log: createLog((each) => each.level === 'warn' && warned.push(each), clock),
  })
  expect(looks).toBe(3)
  expect(warned).toMatchObject([{ fields: { host: 'ns3' } }])
})

test('of each zone its own servers are asked, and for its own names alone', async () => {
  const there = { name: '_acme-challenge.example.org', value: 'w', zone: 'example.org', provider: 'main' }
  const clock = { now: () => new Date(0), sleep: () => Promise.reject(new Error('nothing is to be waited for')) }
  await waitForPropagation([record('v'), there], {
    serversOf: async (zone) => [zone === there.zone ? other : four],
    lookupAt: (address) =>
      lookupIn(address === '192.0.2.2' ? { [`TXT ${there.name}`]: ['w'] } : { [`TXT ${NAME}`]: ['v'] }),
    clock,
    log: createLog(silent, clock),
    random: () => 0.5,
    timeLeft: () => 60 * MINUTE,
  })
})
