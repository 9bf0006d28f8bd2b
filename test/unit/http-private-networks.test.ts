import type { lookup as systemLookup } from 'node:dns'
import { isIP } from 'node:net'
import { describe, expect, test } from 'vitest'
import { isPrivate, mayBePrivate } from '../../lib/platform/private-networks.ts'
import { failure } from '../support/failure.ts'
import { httpFor, stubbornServer } from '../support/stubborn-https.ts'

/** A resolver that knows one name, and what it leads to. */
const leadingTo = (...addresses: string[]) =>
  ((_host: string, options: { all?: boolean }, done: (...answer: unknown[]) => void) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }))
    setImmediate(() => (options.all ? done(null, found) : done(null, found[0]?.address, found[0]?.family)))
  }) as typeof systemLookup

const unknown = ((_host: string, _options: object, done: (error: Error) => void) =>
  setImmediate(done, Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }))) as unknown as typeof systemLookup

const answering = () => stubbornServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'))

/** Nobody has these: they are for documentation, and a connection to one comes to nothing. */
const PUBLIC = '192.0.2.7'
const PUBLIC_IPV6 = '2001:db8::7'

/** Every kind of address that leads here or into a private network, or could. */
const REFUSED = {
  'this network': ['0.0.0.0', '0.255.255.255', '::'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'private networks': ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  'unique local': ['fc00::1', 'fdff:ffff::1'],
  'site-local': ['fec0::1', 'feff:ffff::1'],
  'link-local, where clouds keep credentials': ['169.254.0.0', '169.254.169.254', 'fe80::1', 'febf:ffff::1'],
  'carrier-grade NAT': ['100.64.0.0', '100.127.255.255'],
  'protocols and measurements': ['192.0.0.0', '192.0.0.255', '198.18.0.0', '198.19.255.255'],
  'multicast and reserved': ['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', 'ff02::1'],
  'IPv4-mapped': ['::ffff:10.0.0.1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe'],
  'IPv4-compatible': ['::10.0.0.1', '::127.0.0.1', '::203.0.113.9', '::ffff:ffff'],
  'IPv4-translated': ['::ffff:0:10.0.0.1', '::ffff:0:7f00:1', '::ffff:0:203.0.113.9'],
  'NAT64 to private IPv4': ['64:ff9b::10.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b::192.168.0.1'],
  'NAT64 of a network’s own': ['64:ff9b:1::1', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff', '64:ff9b:1::10.0.0.1'],
  discarded: ['100::1', '100::ffff:ffff:ffff:ffff'],
  Teredo: ['2001::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001:0:ffff:ffff::1'],
  '6to4': ['2002::1', '2002:a00:1::1', '2002:7f00:1::1', '2002:ffff:ffff:ffff::1'],
} as const

/** Next to those, or the same with an address that is public. */
const TAKEN = [
  ...['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'],
  ...['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.167.255.255', '192.169.0.0'],
  ...['198.17.255.255', '198.20.0.0', '223.255.255.255', PUBLIC, '203.0.113.9'],
  ...['::1:0:0:0', '::ffff:203.0.113.9', '::ffff:8.8.8.8', '64:ff9a:ffff::1', '64:ff9b:2::1', '64:ff9b::203.0.113.9'],
  ...['100:0:0:1::1', 'ff:ffff::1', '2001:1::1'],
  ...['2001:ffff:ffff::1', '2003::1', '2606:4700::1111', 'fbff::1', PUBLIC_IPV6],
] as const

describe.each(Object.entries(REFUSED))('%s', (_, addresses) => {
  test.each(addresses)('%s is refused as an address, and as what a name leads to', async (address) => {
    expect(isIP(address)).not.toBe(0)
    expect(mayBePrivate(address)).toBe(true)
    const host = isIP(address) === 6 ? `[${address}]` : address
    const asAddress = await failure(httpFor({ privateAddresses: 'refuse' }).send(get(host)))
    expect(asAddress).toMatchObject({ code: 'URL_REFUSED' })
    expect(await failure(refusing(address))).toMatchObject({ code: 'URL_REFUSED' })
  })
})

const get = (host: string, port = 1) => ({ method: 'GET', url: `https://${host}:${port}/`, timeout: 2_000 })

const refusing = (...addresses: string[]) =>
  httpFor({ privateAddresses: 'refuse', lookup: leadingTo(...addresses) }).send(get('edge.example'))

test.each(TAKEN)('%s is nobody’s private address', (address) => {
  expect(isIP(address)).not.toBe(0)
  expect(mayBePrivate(address)).toBe(false)
  expect(isPrivate(address)).toBe(false)
})

test('an address is judged without its zone, and what is no address is trusted nowhere', () => {
  expect(mayBePrivate('fe80::1%eth0')).toBe(true)
  expect(isPrivate('fe80::1%eth0')).toBe(true)
  for (const text of ['', 'edge.example', '10.0.0', '1.2.3.4.5', '::g']) {
    expect(mayBePrivate(text), text).toBe(true)
    expect(isPrivate(text), text).toBe(false)
  }
})

test('what may lead to a private network over somebody else’s is no private network', () => {
  for (const address of ['2002:a00:1::1', '64:ff9b::10.0.0.1', '64:ff9b:1::1', '::203.0.113.9']) {
    expect(isPrivate(address), address).toBe(false)
  }
})

describe('a name that leads to this machine', () => {
  test('is connected to where somebody has vouched for it', async () => {
    const server = await answering()
    const { port, caCertificate } = server
    const http = httpFor({ caCertificate, lookup: leadingTo('127.0.0.1') })
    expect(await http.send(get('localhost', port))).toMatchObject({ status: 200, body: 'ok' })
    expect(server.opened).toBe(1)
  })

  test.each([
    { what: 'as its only address', addresses: ['127.0.0.1'] },
    { what: 'written as IPv6', addresses: ['::ffff:127.0.0.1'] },
    { what: 'beside public addresses, as the first', addresses: ['127.0.0.1', PUBLIC, PUBLIC_IPV6] },
    { what: 'beside public addresses, as the last', addresses: [PUBLIC_IPV6, PUBLIC, '127.0.0.1'] },
    { what: 'in the other family', addresses: [PUBLIC, '::1'] },
  ])('is refused before anybody is connected to: $what', async ({ addresses }) => {
    const server = await answering()
    const http = httpFor({
      privateAddresses: 'refuse',
      caCertificate: server.caCertificate,
      lookup: leadingTo(...addresses),
    })
    const refused = await failure(http.send(get('edge.example', server.port)))
    expect(refused).toMatchObject({ code: 'URL_REFUSED', retry: 'never', fields: { host: 'edge.example' } })
    expect(server.opened).toBe(0)
  })

  test('is looked at anew at every connection, so that it cannot be pointed elsewhere in between', async () => {
    const server = await answering()
    let asked = 0
    const lookup = ((...args: Parameters<typeof systemLookup>) =>
      asked++ === 0 ? unknown(...args) : leadingTo('127.0.0.1')(...args)) as typeof systemLookup
    const http = httpFor({ privateAddresses: 'refuse', caCertificate: server.caCertificate, lookup })
    expect(await failure(http.send(get('edge.example', server.port)))).toMatchObject({ code: 'UNREACHABLE' })
    expect(await failure(http.send(get('edge.example', server.port)))).toMatchObject({ code: 'URL_REFUSED' })
    expect(server.opened).toBe(0)
  })

  test('is refused under the names that it always has', async () => {
    for (const host of ['localhost', 'LOCALHOST', 'edge.localhost', '127.1', '2130706433', '0x7f.1', '0177.0.0.1']) {
      const http = httpFor({ privateAddresses: 'refuse' })
      expect(await failure(http.send(get(host))), host).toMatchObject({ code: 'URL_REFUSED' })
    }
  })
})
