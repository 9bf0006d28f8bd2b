import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { framed } from '../../lib/dns/framing.ts'
import { lookupAt } from '../../lib/dns/resolver.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { closeServers, start } from '../support/dns-world.ts'
import { failure } from '../support/failure.ts'

const ends: (() => void)[] = []
const connections: Socket[] = []
afterEach(async () => {
  await closeServers()
  for (const end of ends.splice(0)) end()
  connections.splice(0)
})

type Bytes = (query: Buffer) => Buffer | undefined
const nothing: Bytes = () => undefined
/** The header alone, with these flags. */
const header = (query: Buffer, flags: number) =>
  Buffer.concat([query.subarray(0, 2), Buffer.of(flags, 0), Buffer.alloc(8)])
const cutShort: Bytes = (query) => header(query, 0x82)
const ofAnother: Bytes = (query) => header(query.map((byte) => byte ^ 1) as Buffer, 0x80)
const unreadable: Bytes = (query) => Buffer.concat([query.subarray(0, 2), Buffer.alloc(20, 0xff)])

/** A server that says these bytes of a query, whatever they are. Without `overTcp` nobody listens there. */
async function saying(overUdp: Bytes, overTcp?: Bytes) {
  const tcp = createServer((socket) => {
    connections.push(socket)
    ends.push(() => socket.destroy())
    socket.on('data', (part) => {
      const said = overTcp?.(part.subarray(2))
      if (said) socket.write(framed(said))
    })
  })
  await once(tcp.listen(0, '127.0.0.1'), 'listening')
  const { port } = tcp.address() as AddressInfo
  const udp = createSocket('udp4', (query, peer) => {
    const said = overUdp(query)
    if (said) udp.send(said, peer.port, peer.address)
  })
  await once(udp.bind(port, '127.0.0.1'), 'listening')
  ends.push(() => udp.close())
  if (overTcp === undefined) await new Promise((done) => tcp.close(done))
  else ends.push(() => tcp.close())
  return `127.0.0.1:${port}`
}

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
  return { dns, address, zones, lookup: lookupAt([address], { timeout: 1_000, tries: 1 }) }
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

  test.each([
    {
      what: 'that says nothing over UDP',
      name: 'four',
      fault: { how: 'drop', transport: 'udp' },
      timeout: 30,
      sent: ['udp', 'udp', 'tcp'],
    },
    {
      what: 'of which the whole comes over TCP alone',
      name: 'long',
      fault: undefined,
      timeout: 10_000,
      sent: ['udp', 'tcp'],
    },
    {
      what: 'that is silent once, and then says so',
      name: 'long',
      fault: { how: 'drop', times: 1 },
      timeout: 150,
      sent: ['udp', 'udp', 'tcp'],
    },
  ] as const)(
    'at a server $what is made over TCP, and each time it waits for its turn',
    async ({ name, fault, timeout, sent, what }) => {
      const { dns, address, zones } = await server()
      zones.addRecord({ name: `long.${ZONE}`, type: 'TXT', data: 'v'.repeat(600) })
      if (fault) dns.misbehave({ times: 100, name: `${name}.${ZONE}`, ...fault })
      const overTcpAlone = new Set<string>()
      let turns = 0
      const pace = async () => void turns++
      const lookup = lookupAt([address], { timeout, tries: 2, overTcpAlone, pace })
      await lookup.txt(`${name}.${ZONE}`)
      expect(dns.questions.map(({ transport }) => transport)).toEqual(sent)
      expect(turns).toBe(sent.length)
      expect([...overTcpAlone]).toEqual(what.includes('nothing over UDP') ? [address] : [])
    },
  )

  test('that has its end over neither ends with what is wrong with TCP where UDP was cut short', async () => {
    const { dns, lookup, zones } = await server()
    zones.addRecord({ name: `long.${ZONE}`, type: 'TXT', data: 'v'.repeat(600) })
    dns.misbehave({ how: 'drop', transport: 'tcp', times: 100 })
    expect(await failure(lookup.txt(`long.${ZONE}`))).toMatchObject({ fields: { reason: 'EBADRESP' } })
    dns.misbehave({ how: 'drop', transport: 'udp', times: 100 })
    const short = lookupAt([`127.0.0.1:${dns.port}`], { timeout: 50, tries: 1 })
    expect(await failure(short.txt(`long.${ZONE}`))).toMatchObject({ fields: { reason: 'ETIMEOUT' } })
  })

  test('of a server that is not there ends at once, and is not repeated', async () => {
    const { dns, address } = await server()
    await dns.close()
    let turns = 0
    const pace = async () => void turns++
    const lookup = lookupAt([address], { timeout: 10_000, tries: 3, pace })
    expect(await failure(lookup.txt(ZONE))).toMatchObject({ fields: { reason: 'ECONNREFUSED' } })
    expect(turns).toBe(2)
  })

  test.each<[string, Bytes, Bytes | undefined, string]>([
    ['that cannot be read', unreadable, unreadable, 'EBADRESP'],
    ['that cannot be read over TCP', cutShort, unreadable, 'EBADRESP'],
    ['over TCP to another question', cutShort, ofAnother, 'EBADRESP'],
    ['over UDP that is cut short, where nobody listens for TCP', cutShort, undefined, 'ECONNREFUSED'],
  ])('takes for none an answer %s', async (_, overUdp, overTcp, reason) => {
    const lookup = lookupAt([await saying(overUdp, overTcp)], { timeout: 2_000, tries: 1 })
    expect(await failure(lookup.txt(ZONE))).toMatchObject({ fields: { reason } })
  })

  test('waits for an answer over TCP no longer than over UDP, and over UDP for that to its question', async () => {
    const silent = lookupAt([await saying(cutShort, nothing)], { timeout: 30, tries: 1 })
    expect(await failure(silent.txt(ZONE))).toMatchObject({ fields: { reason: 'ETIMEOUT' } })
    const other = lookupAt([await saying(ofAnother, unreadable)], { timeout: 30, tries: 1 })
    expect(await failure(other.txt(ZONE))).toMatchObject({ fields: { reason: 'ETIMEOUT' } })
  })

  test.each([
    ['::1', /^(?!ENOTFOUND|EAI_|EINVAL)/],
    ['[::1]:9', /^(?!ENOTFOUND|EAI_|EINVAL)/],
    ['127.9.9.9', /^(?!ENOTFOUND|EAI_|EINVAL)/],
    ['255.255.255.255:53', /^EACCES$/],
  ])('goes to the address %s, at port 53 if it names none', async (address, reason) => {
    const failed = await failure(lookupAt([address], { timeout: 200, tries: 1 }).txt(ZONE))
    expect(failed).toMatchObject({ code: 'DNS_LOOKUP_FAILED', fields: { reason: expect.stringMatching(reason) } })
  })

  test('leaves nothing open: no socket, no connection and no timer', async () => {
    const timers = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')] as const
    onTestFinished(() => timers.forEach((timer) => void timer.mockRestore()))
    const sockets = () => process.getActiveResourcesInfo().filter((each) => each === 'UDPWrap').length
    const address = await saying(cutShort, (query) => header(query, 0x80))
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate) // those of other tests are closed by then
    const before = sockets()
    expect((await lookupAt([address], { timeout: 20_000, tries: 1 }).txt(ZONE)).values).toEqual([])
    const [set, cleared] = timers
    const own = set.mock.results.filter((_, at) => set.mock.calls[at]?.[1] === 20_000).map(({ value }) => value)
    expect(own).toHaveLength(2)
    expect(cleared.mock.calls.map(([timer]) => timer)).toEqual(expect.arrayContaining(own))
    await vi.waitFor(() => {
      expect(sockets()).toBeLessThanOrEqual(before)
      expect(connections.map(({ destroyed }) => destroyed)).toEqual([true])
    })
  })

  test('is made at the next server where the first is in trouble', async () => {
    const [one, two] = [await server(), await server()]
    one.dns.misbehave({ how: 'servfail', name: `text.${ZONE}`, times: 100 })
    const lookup = lookupAt([one.address, two.address], { timeout: 1_000, tries: 1 })
    expect((await lookup.txt(`text.${ZONE}`)).values).toHaveLength(1)
  })
})
