import { describe, expect, test } from 'vitest'
import { createLocator } from '../../lib/dns/zone.ts'
import { lookupIn, type Table } from '../support/dns-lookup.ts'

const SOA = ['ns1']

function locator(recursive: Table, authoritative: Table = {}, listed: readonly string[] = []) {
  const resolver = lookupIn(recursive)
  const servers = lookupIn(authoritative)
  const zones: string[] = []
  const locate = createLocator({
    recursive: resolver,
    listed: new Set(listed),
    authoritative: async (zone) => {
      zones.push(zone)
      return servers
    },
  })
  return { locate, resolver, servers, zones }
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

  describe('of an account’s own label', () => {
    const label = '_ujmmovf2vn55tgye._acme-challenge'
    const name = `${label}.www.example.com`

    test('is the zone of the domain, of which alone a resolver is asked', async () => {
      const { locate, resolver } = locator({ 'SOA example.com': SOA })
      await expect(locate('www.example.com', label)).resolves.toEqual({ name, zone: 'example.com' })
      expect(resolver.asked).toEqual(['SOA www.example.com', 'SOA example.com'])
    })

    test('is at the end of its own CNAME, and not of that of others', async () => {
      const { locate } = locator(
        { 'SOA example.com': SOA, 'SOA example.net': SOA },
        {
          'CNAME _acme-challenge.www.example.com': ['theirs.example.net'],
          [`CNAME ${name}`]: ['ours.example.net'],
        },
      )
      await expect(locate('www.example.com', label)).resolves.toEqual({ name: 'ours.example.net', zone: 'example.net' })
    })

    test.each([
      ['whose servers serve both', SOA],
      ['which is delegated', { zone: '_acme-challenge.www.example.com', hosts: ['ns2'] }],
    ])('is a zone between the two: one %s', async (_what, answer) => {
      const between = '_acme-challenge.www.example.com'
      const { locate, zones } = locator({ 'SOA example.com': SOA }, { [`SOA ${between}`]: answer })
      await expect(locate('www.example.com', label)).resolves.toEqual({ name, zone: between })
      expect(zones).toEqual(['example.com', between])
    })

    test('is a listed zone between the two', async () => {
      const between = '_acme-challenge.www.example.com'
      const { locate } = locator({ 'SOA example.com': SOA }, {}, [between])
      await expect(locate('www.example.com', label)).resolves.toEqual({ name, zone: between })
    })
  })

  test('its own servers are asked for no zone, neither above it nor above where its CNAME leads', async () => {
    const { locate, servers } = locator(
      { 'SOA example.com': SOA, 'SOA example.net': SOA },
      { 'CNAME _acme-challenge.www.example.com': ['a.b.example.net'] },
    )
    await expect(locate('www.example.com')).resolves.toEqual({ name: 'a.b.example.net', zone: 'example.net' })
    expect(servers.asked.filter((question) => !question.startsWith('CNAME '))).toEqual([])
  })

  test('a CNAME may lead to the top of a zone', async () => {
    const { locate } = locator(
      { 'SOA example.com': SOA, 'SOA example.net': SOA },
      { 'CNAME _acme-challenge.example.com': ['example.net'], 'CNAME example.net': [] },
    )
    await expect(locate('example.com')).resolves.toEqual({ name: 'example.net', zone: 'example.net' })
  })

  test.each(['com', 'other.example.com', 'example.net'])(
    'its servers may refer to %s: that holds no name of theirs',
    async (zone) => {
      const { locate, zones } = locator(
        { 'SOA example.com': SOA },
        { 'CNAME _acme-challenge.example.com': { zone, hosts: ['ns.example.net'] } },
      )
      await expect(locate('example.com')).resolves.toEqual({ name: '_acme-challenge.example.com', zone: 'example.com' })
      expect(zones).toEqual(['example.com'])
    },
  )

  test('a fault while a wildcard is asked for is no answer', async () => {
    const answers = lookupIn({ 'CNAME _acme-challenge.example.com': ['shop.example.net'] })
    const cname = (name: string) =>
      name.startsWith('*') ? Promise.reject(new TypeError('a fault')) : answers.cname(name)
    const locate = createLocator({
      recursive: lookupIn({ 'SOA example.com': SOA }),
      authoritative: async () => ({ ...answers, cname }),
    })
    await expect(locate('example.com')).rejects.toThrow('a fault')
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
      {
        'CNAME _acme-challenge.example.com': ['shop.example.net'],
        'CNAME *.example.com': 'ESERVFAIL',
        'CNAME _newleaf._acme-challenge.example.com': 'ESERVFAIL',
      },
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

  test.each([
    ['itself', { 'SOA shop.example': 'ESERVFAIL' }],
    ['itself, of which only the top-level domain is known', { 'SOA shop.example': 'ETIMEOUT', 'SOA example': SOA }],
  ] as const)('a resolver in trouble is not the absence of a zone: %s', async (_, table) => {
    const { locate } = locator(table)
    await expect(locate('shop.example')).rejects.toMatchObject({ code: 'DNS_LOOKUP_FAILED' })
  })

  test.each(['ESERVFAIL', 'ENOTIMP', 'ETIMEOUT'] as const)('%s below a zone says nothing of the zone', async (code) => {
    const { locate } = locator({ 'SOA a.b.example.com': code, 'SOA b.example.com': code, 'SOA example.com': SOA })
    const found = { name: '_acme-challenge.a.b.example.com', zone: 'example.com' }
    await expect(locate('a.b.example.com')).resolves.toEqual(found)
  })

  test('a zone below that is in trouble is found where the servers above refer to it', async () => {
    const { locate, zones } = locator(
      { 'SOA eu.example.com': 'ESERVFAIL', 'SOA example.com': SOA },
      { 'CNAME _acme-challenge.eu.example.com': { zone: 'eu.example.com', hosts: ['ns.example.net'] } },
    )
    await expect(locate('eu.example.com')).resolves.toMatchObject({ zone: 'eu.example.com' })
    expect(zones).toEqual(['example.com', 'eu.example.com'])
  })

  test('a name that its zone refers elsewhere for is a zone of its own', async () => {
    const name = '_acme-challenge.example.com'
    const { locate, zones } = locator(
      { 'SOA example.com': SOA },
      { [`CNAME ${name}`]: { zone: name, hosts: ['ns.example.net'] } },
    )
    await expect(locate('example.com')).resolves.toEqual({ name, zone: name })
    expect(zones).toEqual(['example.com'])
  })

  describe('zones that are listed decide', () => {
    test.each([
      ['where a resolver knows the top-level domain alone', { 'SOA com': SOA }, 'www.example.com', 'example.com'],
      ['where it is in trouble about them', { 'SOA example.com': 'ESERVFAIL' }, 'example.com', 'example.com'],
      ['over a zone above', { 'SOA example.com': SOA }, 'a.eu.example.com', 'eu.example.com'],
      [
        'and not over one that is delegated below them',
        { 'SOA us.example.com': SOA },
        'us.example.com',
        'us.example.com',
      ],
    ] as const)('%s', async (_, table, domain, zone) => {
      const { locate } = locator(table, {}, ['example.com', 'eu.example.com'])
      await expect(locate(domain)).resolves.toEqual({ name: `_acme-challenge.${domain}`, zone })
    })

    test('of a challenge’s own name', async () => {
      const name = '_acme-challenge.example.com'
      const { locate, resolver } = locator({}, {}, [name])
      await expect(locate('example.com')).resolves.toEqual({ name, zone: name })
      expect(resolver.asked).toEqual([])
    })
  })
})
