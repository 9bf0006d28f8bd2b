import { afterEach, describe, expect, test } from 'vitest'
import { lookupAt } from '../../lib/dns/resolver.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { closeServers, start } from '../support/dns-world.ts'
import { failure } from '../support/failure.ts'

afterEach(closeServers)

const ZONE = 'example.test'

/** A server with one zone, and what is asked there. */
async function server() {
  const zones = createZones()
  zones.addZone(ZONE)
  for (const [name, type, data] of [
    ['four', 'A', '192.0.2.1'],
    ['six', 'AAAA', '2001:db8::1'],
    ['both', 'A', '192.0.2.2'],
    ['both', 'AAAA', '2001:db8::2'],
    ['text', 'TXT', 'v'.repeat(300)],
    ['alias', 'CNAME', `four.${ZONE}`],
    ['top', 'CNAME', ZONE],
    ['four', 'CAA', '0 issue "ca.test; accounturi=https://ca.test/1"'],
    ['four', 'CAA', '128 iodef "mailto:a@b.test"'],
  ] as const) {
    zones.addRecord({ name: `${name}.${ZONE}`, type, data })
  }
  const dns = await start(zones)
  const address = `127.0.0.1:${dns.port}`
  return { dns, address, lookup: lookupAt([address], { timeout: 1_000, tries: 1 }) }
}

describe('a look-up', () => {
  test('gives the addresses of both kinds', async () => {
    const { lookup } = await server()
    expect(await lookup.addresses(`four.${ZONE}`)).toEqual({ values: ['192.0.2.1'], exists: true })
    expect(await lookup.addresses(`six.${ZONE}`)).toEqual({ values: ['2001:db8::1'], exists: true })
    expect(await lookup.addresses(`both.${ZONE}`)).toEqual({ values: ['192.0.2.2', '2001:db8::2'], exists: true })
  })

  test('gives a text in one piece, a CNAME as it stands, and the servers of a zone', async () => {
    const { lookup } = await server()
    expect(await lookup.txt(`text.${ZONE}`)).toEqual({ values: ['v'.repeat(300)], exists: true })
    expect(await lookup.cname(`alias.${ZONE}`)).toEqual({ values: [`four.${ZONE}`], exists: true })
    expect((await lookup.ns(ZONE)).values).toHaveLength(2)
  })

  test('gives CAA records as in a zone file, and where they stand', async () => {
    const { lookup } = await server()
    const values = ['0 issue "ca.test; accounturi=https://ca.test/1"', '128 iodef "mailto:a@b.test"']
    expect(await lookup.caa(`four.${ZONE}`)).toEqual({ values, exists: true, owner: `four.${ZONE}` })
    expect(await lookup.caa(`Alias.${ZONE}.`)).toEqual({ values, exists: true, owner: `four.${ZONE}` })
    expect(await lookup.caa(`six.${ZONE}`)).toEqual({ values: [], exists: true, owner: `six.${ZONE}` })
    expect(await lookup.caa(`none.${ZONE}`)).toMatchObject({ values: [], exists: false })
  })

  test('tells a name without such a record from one that is not there', async () => {
    const { lookup } = await server()
    expect(await lookup.txt(`four.${ZONE}`)).toEqual({ values: [], exists: true })
    expect(await lookup.txt(`none.${ZONE}`)).toEqual({ values: [], exists: false })
    expect(await lookup.addresses(`text.${ZONE}`)).toEqual({ values: [], exists: true })
    expect(await lookup.addresses(`none.${ZONE}`)).toEqual({ values: [], exists: false })
  })

  test.each([
    [ZONE, true],
    [`four.${ZONE}`, false],
    [`none.${ZONE}`, false],
    [`alias.${ZONE}`, false],
    [`top.${ZONE}`, false],
  ])('finds that %s is the top of a zone: %j', async (name, isTop) => {
    const { lookup } = await server()
    expect(await lookup.isZone(name)).toBe(isTop)
  })

  test('asks about a name that is not there once', async () => {
    const { lookup, dns } = await server()
    await lookup.isZone(`none.${ZONE}`)
    expect(dns.questions.map(({ type }) => type)).toEqual(['SOA'])
  })

  test.each([
    ['servfail', 'SERVFAIL'],
    ['refuse', 'REFUSED'],
    ['drop', 'no answer in time'],
  ] as const)('that ends with %s says where, what and why', async (how, word) => {
    const { lookup, dns, address } = await server()
    const name = `four.${ZONE}`
    dns.misbehave({ how, name, times: 100 })
    for (const [type, asked] of [
      ['TXT', lookup.txt(name)],
      ['CNAME', lookup.cname(name)],
      ['NS', lookup.ns(name)],
      ['CAA', lookup.caa(name)],
      [/A|AAAA/, lookup.addresses(name)],
    ] as const) {
      const failed = await failure(asked)
      const said = new RegExp(
        `^${address} gave no answer on (?:${typeof type === 'string' ? type : type.source}) ${name}: ${word}$`,
      )
      expect(failed).toMatchObject({ code: 'DNS_LOOKUP_FAILED', message: expect.stringMatching(said) })
      expect(failed?.fields).toMatchObject({ name, servers: address })
    }
  })

  test('is made at the next server where the first is in trouble', async () => {
    const [one, two] = [await server(), await server()]
    one.dns.misbehave({ how: 'servfail', name: `text.${ZONE}`, times: 100 })
    const lookup = lookupAt([one.address, two.address], { timeout: 1_000, tries: 1 })
    expect((await lookup.txt(`text.${ZONE}`)).values).toHaveLength(1)
  })
})
