import { describe, expect, test } from 'vitest'
import { createLocator, nameServersOf } from '../../lib/dns/zone.ts'
import type { Fields, Log } from '../../lib/ports.ts'
import { lookupIn, type Table } from '../support/dns-lookup.ts'

const SOA = ['ns1']

function locator(recursive: Table, authoritative: Table = {}) {
  const resolver = lookupIn(recursive)
  const servers = lookupIn(authoritative)
  const zones: string[] = []
  const locate = createLocator({
    recursive: resolver,
    authoritative: async (zone) => {
      zones.push(zone)
      return servers
    },
  })
  return { locate, resolver, zones }
}

describe('where TXT values belong', () => {
  test('F-30: the zone is the nearest name above the challenge with an SOA', async () => {
    const { locate } = locator({ 'SOA example.com': SOA, 'SOA com': SOA })
    await expect(locate('a.b.example.com')).resolves.toEqual({
      name: '_acme-challenge.a.b.example.com',
      zone: 'example.com',
    })
  })

  test('a zone is asked for once, and its servers are found once, however many names lie in it', async () => {
    const { locate, resolver, zones } = locator({ 'SOA example.com': SOA })
    await Promise.all([locate('a.example.com'), locate('b.example.com'), locate('example.com')])
    expect(resolver.asked.filter((question) => question === 'SOA example.com')).toHaveLength(1)
    expect(zones).toEqual(['example.com'])
  })

  test('F-26: no resolver is asked about a challenge’s name before its own servers know it', async () => {
    const { locate, resolver } = locator(
      { 'SOA example.com': SOA, 'SOA example.net': SOA },
      { 'CNAME _acme-challenge.example.com': ['shop.example.net'] },
    )
    await locate('example.com')
    expect(resolver.asked.filter((question) => /_acme-challenge|shop/.test(question))).toEqual([])
  })

  test('CNAMEs are followed from zone to zone', async () => {
    const { locate, zones } = locator(
      { 'SOA example.com': SOA, 'SOA example.net': SOA, 'SOA example.org': SOA },
      {
        'CNAME _acme-challenge.example.com': ['One.Example.NET'],
        'CNAME one.example.net': ['two.example.org.'],
        'CNAME two.example.org': [],
      },
    )
    await expect(locate('example.com')).resolves.toEqual({ name: 'two.example.org', zone: 'example.org' })
    expect(zones).toEqual(['example.com', 'example.net', 'example.org'])
  })

  test('F-30: a challenge’s name that is delegated is a zone of its own', async () => {
    const { locate } = locator(
      { 'SOA example.com': SOA, 'SOA _acme-challenge.example.com': SOA },
      { 'CNAME _acme-challenge.example.com': [] },
    )
    const name = '_acme-challenge.example.com'
    await expect(locate('example.com')).resolves.toEqual({ name, zone: name })
  })

  test('F-29: CNAMEs that lead in a circle are refused, with the whole chain', async () => {
    const { locate } = locator(
      { 'SOA example.com': SOA },
      {
        'CNAME _acme-challenge.example.com': ['a.example.com'],
        'CNAME a.example.com': ['_acme-challenge.example.com'],
      },
    )
    const chain = ['_acme-challenge.example.com', 'a.example.com', '_acme-challenge.example.com']
    await expect(locate('example.com')).rejects.toMatchObject({ code: 'DNS_CNAME_LOOP', fields: { chain } })
  })

  test.each([
    [8, 'followed'],
    [9, 'refused'],
  ])('a chain of %i CNAMEs is %s', async (length, result) => {
    const links = Array.from({ length }, (_, index) => [
      `CNAME ${index === 0 ? '_acme-challenge' : `hop${index}`}.example.com`,
      [`hop${index + 1}.example.com`],
    ])
    const { locate } = locator({ 'SOA example.com': SOA }, Object.fromEntries(links))
    const found = locate('example.com').then(
      ({ name }) => name,
      ({ code }) => code,
    )
    expect(await found).toBe(result === 'followed' ? 'hop8.example.com' : 'DNS_CNAME_LOOP')
  })

  test('a CNAME counts where nobody answers whether a wildcard says the same', async () => {
    const { locate } = locator(
      { 'SOA example.com': SOA, 'SOA example.net': SOA },
      { 'CNAME _acme-challenge.example.com': ['shop.example.net'], 'CNAME *.example.com': 'ESERVFAIL' },
    )
    await expect(locate('example.com')).resolves.toEqual({ name: 'shop.example.net', zone: 'example.net' })
  })

  test('a wildcard that says the same decides where nobody answers whether the name is there itself', async () => {
    const { locate } = locator(
      { 'SOA example.com': SOA },
      {
        'CNAME _acme-challenge.example.com': ['lb.example.net'],
        'CNAME *.example.com': ['LB.example.net.'],
        'CNAME _newleaf._acme-challenge.example.com': 'ETIMEOUT',
      },
    )
    await expect(locate('example.com')).resolves.toEqual({ name: '_acme-challenge.example.com', zone: 'example.com' })
  })

  test.each(['../x y', 'shop.example.com/x', ' shop.example.com'])('a CNAME to %j is refused', async (target) => {
    const { locate } = locator({ 'SOA example.com': SOA }, { 'CNAME _acme-challenge.example.com': [target] })
    await expect(locate('example.com')).rejects.toMatchObject({ code: 'DNS_LOOKUP_FAILED' })
  })

  test('a name under no zone at all is DNS_NO_ZONE', async () => {
    await expect(locator({}).locate('shop.internal')).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
  })

  test('a resolver in trouble is not the absence of a zone', async () => {
    const { locate } = locator({ 'SOA shop.example.com': 'ESERVFAIL', 'SOA example.com': SOA })
    await expect(locate('shop.example.com')).rejects.toMatchObject({ code: 'DNS_LOOKUP_FAILED' })
  })
})

describe('the servers of a zone', () => {
  function logged() {
    const warnings: Fields[] = []
    const log = { warn: (_message: string, fields: Fields = {}) => void warnings.push(fields) } as unknown as Log
    return { log, warnings }
  }

  test('each comes with all of its addresses', async () => {
    const resolver = lookupIn({
      'NS example.com': ['NS1.example.net', 'ns2.example.net'],
      'A ns1.example.net': ['192.0.2.1', '2001:db8::1'],
      'A ns2.example.net': ['192.0.2.2'],
    })
    await expect(nameServersOf('example.com', resolver, logged().log)).resolves.toEqual([
      { host: 'ns1.example.net', addresses: ['192.0.2.1', '2001:db8::1'] },
      { host: 'ns2.example.net', addresses: ['192.0.2.2'] },
    ])
  })

  test('one without an address is told and left out: nobody can ask it', async () => {
    const { log, warnings } = logged()
    const resolver = lookupIn({
      'NS example.com': ['gone.example.net', 'ns.example.net'],
      'A ns.example.net': ['192.0.2.2'],
    })
    await expect(nameServersOf('example.com', resolver, log)).resolves.toHaveLength(1)
    expect(warnings).toEqual([{ zone: 'example.com', host: 'gone.example.net' }])
  })

  test('none with an address is an error', async () => {
    const resolver = lookupIn({ 'NS example.com': ['gone.example.net'] })
    await expect(nameServersOf('example.com', resolver, logged().log)).rejects.toMatchObject({
      code: 'DNS_LOOKUP_FAILED',
    })
  })
})
