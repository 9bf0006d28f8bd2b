import { describe, expect, test } from 'vitest'
import { nameServersOf } from '../../lib/dns/name-servers.ts'
import type { Fields, Log } from '../../lib/ports.ts'
import { lookupIn, type Table } from '../support/dns-lookup.ts'

const ZONE = 'example.com'

/** `at`: what servers say that are asked themselves, by their address. */
async function find(table: Table, at: Record<string, Table> = {}, delegated = false, zone = ZONE) {
  const warnings: Fields[] = []
  const log = { warn: (_message: string, fields: Fields = {}) => void warnings.push(fields) } as unknown as Log
  const lookupAt = ([address]: readonly string[]) => {
    if (address === undefined) throw new Error('there is nobody to ask')
    return lookupIn(at[address] ?? {})
  }
  const servers = await nameServersOf(zone, { recursive: lookupIn(table), lookupAt, log }, delegated)
  return { servers, hosts: servers.map(({ host }) => host), warnings }
}

const ONE = { 'A ns1.example.net': ['192.0.2.1'] }
const PARENT = { 'SOA com': ['ns.nic.com'], 'NS com': ['dark.nic.com', 'ns.nic.com'], 'A ns.nic.com': ['192.0.2.53'] }
const delegates = (...hosts: string[]) => ({ '192.0.2.53': { [`NS ${ZONE}`]: { zone: ZONE, hosts } } })

describe('the servers of a zone', () => {
  test('each comes with all of its addresses', async () => {
    const { servers } = await find({
      'NS example.com': ['NS1.example.net', 'ns2.example.net.'],
      'A ns1.example.net': ['192.0.2.1', '2001:db8::1'],
      'A ns2.example.net': ['192.0.2.2'],
    })
    expect(servers).toEqual([
      { host: 'ns1.example.net', addresses: ['192.0.2.1', '2001:db8::1'] },
      { host: 'ns2.example.net', addresses: ['192.0.2.2'] },
    ])
  })

  test.each([
    ['has no address', undefined],
    ['has an address that nobody can tell', 'ESERVFAIL'],
    ['is in a zone that never answers', 'ETIMEOUT'],
  ] as const)('one that %s is told and left out: nobody can ask it', async (_, says) => {
    const { hosts, warnings } = await find({
      'NS example.com': ['gone.example.net', 'ns1.example.net'],
      ...ONE,
      ...(says && { 'A gone.example.net': says }),
    })
    expect(hosts).toEqual(['ns1.example.net'])
    expect(warnings).toEqual([{ zone: ZONE, host: 'gone.example.net' }])
  })

  test.each([
    ['none with an address', { 'NS example.com': ['gone.example.net'] }, /no name server of example.com/],
    [
      'none of whom an address can be had',
      { 'NS example.com': ['a.example.net'], 'A a.example.net': 'ESERVFAIL' },
      /ESERVFAIL/,
    ],
    ['none at all', {}, /no name server of example.com/],
    ['none but those of the top-level domain', PARENT, /no name server of example.com/],
  ] as const)('%s is an error', async (_, table, message) => {
    await expect(find(table)).rejects.toMatchObject({
      code: 'DNS_LOOKUP_FAILED',
      message: expect.stringMatching(message),
    })
  })

  test.each([
    ['has no NS records', []],
    ['has NS records that nobody tells', 'ESERVFAIL'],
  ] as const)('of one that %s are those that it is delegated to', async (_, ns) => {
    const { hosts } = await find({ 'NS example.com': ns, ...PARENT, ...ONE }, delegates('NS1.example.net.'))
    expect(hosts).toEqual(['ns1.example.net'])
  })

  test('of one that has none, and of whose delegation nobody tells, is its primary', async () => {
    const { hosts } = await find({ 'NS example.com': [], 'SOA example.com': ['ns1.example.net'], ...PARENT, ...ONE })
    expect(hosts).toEqual(['ns1.example.net'])
  })

  test('of a part of a zone are those of the zone, and no others', async () => {
    const table = { 'SOA example.com': ['ns1.example.net'], 'NS example.com': ['ns1.example.net'], ...PARENT, ...ONE }
    const other = { ...table, 'A ns2.example.net': ['192.0.2.2'] }
    const at = delegates('ns2.example.net')
    for (const zone of ['eu.example.com', 'west.eu.example.com'])
      expect((await find(other, at, true, zone)).hosts).toEqual(['ns1.example.net'])
  })

  test('of one far below the next zone above it are those that this one delegates it to', async () => {
    const zone = 'shop.eu.example.com'
    const table = {
      'SOA example.com': ['x'],
      'NS example.com': ['ns1.example.net'],
      'A ns2.example.net': ['192.0.2.2'],
    }
    const at = { '192.0.2.1': { [`NS ${zone}`]: { zone, hosts: ['ns2.example.net'] } } }
    expect((await find({ ...table, ...ONE }, at, false, zone)).hosts).toEqual(['ns2.example.net'])
  })

  test('of one that has none are asked for at three servers above it at most, one after the other', async () => {
    const above = (...hosts: string[]) => ({
      'SOA com': ['x'],
      'NS com': hosts,
      'SOA example.com': ['ns1.example.net'],
    })
    const table = { ...ONE, ...PARENT, 'A lame.nic.com': ['192.0.2.54'], 'A ns2.example.net': ['192.0.2.2'] }
    const at = delegates('ns2.example.net')
    for (const hosts of [
      ['ns.nic.com'],
      ['lame.nic.com', 'ns.nic.com'],
      ['dark.nic.com', 'lame.nic.com', 'ns.nic.com'],
    ])
      expect((await find({ ...table, ...above(...hosts) }, at)).hosts).toEqual(['ns2.example.net'])
    const fourth = above('dark.nic.com', 'lame.nic.com', 'lame.nic.com', 'ns.nic.com')
    expect((await find({ ...table, ...fourth }, at)).hosts).toEqual(['ns1.example.net'])
  })

  test.each(['ns', 'addresses'] as const)('a fault while they are asked for (%s) is no answer', async (method) => {
    const recursive = lookupIn({ 'NS example.com': ['ns1.example.net'], ...ONE })
    const faulty = { ...recursive, [method]: () => Promise.reject(new TypeError('a fault')) }
    const options = { recursive: faulty, lookupAt: () => recursive, log: {} as Log }
    await expect(nameServersOf(ZONE, options)).rejects.toThrow('a fault')
  })

  const OWN = { 'NS example.com': ['ns1.example.net'], 'A ns1.other.example': ['192.0.2.2'], ...PARENT, ...ONE }
  const warned = (notDelegated: string[], notInZone: string[]) => [{ zone: ZONE, notDelegated, notInZone }]

  test.each([
    ['more', ['ns1.other.example', 'NS1.example.net.'], warned([], ['ns1.other.example'])],
    ['others', ['ns1.other.example'], warned(['ns1.example.net'], ['ns1.other.example'])],
  ])(
    'F-25: are those that the zone above delegates it to as well, and where those are %s it says so',
    async (...row) => {
      const [, hosts, warnings] = row
      const found = await find(OWN, delegates(...hosts), true)
      expect(found.hosts).toEqual(['ns1.example.net', 'ns1.other.example'])
      expect(found.warnings).toEqual(warnings)
      expect((await find(OWN, delegates(...hosts))).hosts).toEqual(['ns1.example.net'])
    },
  )

  test('are its own where the delegation is the same, or nobody above can be asked, and nothing is said', async () => {
    for (const at of [delegates('NS1.example.net.'), {}, { '192.0.2.53': { [`NS ${ZONE}`]: 'EREFUSED' } as const }])
      expect(await find(OWN, at, true)).toMatchObject({ hosts: ['ns1.example.net'], warnings: [] })
  })
})
