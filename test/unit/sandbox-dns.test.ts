import { Resolver } from 'node:dns/promises'
import { encode, streamEncode } from 'dns-packet'
import { afterEach, describe, expect, test } from 'vitest'
import { lookUpAt } from '../../sandbox/dns/look-up.ts'
import { type DnsServer, startDns } from '../../sandbox/dns/server.ts'
import { createZones, type Zones } from '../../sandbox/dns/zones.ts'
import { edns, query, sendTcp, sendUdp } from '../support/raw-dns.ts'

let server: DnsServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function start({ lagMs = 0, clock }: { lagMs?: number; clock?: { now(): Date } } = {}): Promise<Zones> {
  const zones = createZones(clock)
  zones.addZone('example.test')
  server = await startDns({ zones, lagMs })
  return zones
}

const port = () => server?.port ?? 0
function resolver(): Resolver {
  const own = new Resolver({ timeout: 300, tries: 1 })
  own.setServers([`127.0.0.1:${port()}`])
  return own
}

const ask = (message: Buffer) => sendUdp(port(), message)
const udp = (...question: Parameters<typeof query>) => ask(encode(query(...question)))
const tcp = (bytes: Buffer, wanted: number) => sendTcp(port(), bytes, wanted)

describe('a zone of the sandbox', () => {
  test('has a SOA, and two name servers on this machine', async () => {
    await start()
    expect(await resolver().resolveSoa('example.test')).toMatchObject({ nsname: 'ns1.example.test', minttl: 60 })
    expect((await resolver().resolveNs('example.test')).sort()).toEqual(['ns1.example.test', 'ns2.example.test'])
    expect(await resolver().resolve4('ns2.example.test')).toEqual(['127.0.0.1'])
  })

  test('serves every type of record that it takes', async () => {
    const zones = await start()
    zones.addRecord({ name: 'www.example.test', type: 'A', data: '127.0.0.2' })
    zones.addRecord({ name: 'www.example.test', type: 'AAAA', data: '::1' })
    zones.addRecord({
      name: 'example.test',
      type: 'CAA',
      data: '128 issue "ca.sandbox.test; validationmethods=dns-01"',
    })
    zones.addRecord({ name: 'example.test', type: 'CAA', data: '0 issuewild ";"' })
    expect(await resolver().resolve4('www.example.test')).toEqual(['127.0.0.2'])
    expect(await resolver().resolve6('www.example.test')).toEqual(['::1'])
    expect(await lookUpAt(port()).resolveCaa('example.test')).toEqual([
      { critical: true, tag: 'issue', value: 'ca.sandbox.test; validationmethods=dns-01' },
      { critical: false, tag: 'issuewild', value: ';' },
    ])
  })

  test('keeps several TXT values at a name, each once, and gives up only the one that is named; each change raises the serial', async () => {
    const zones = await start()
    const { serial } = await resolver().resolveSoa('example.test')
    const name = '_acme-challenge.example.test'
    for (const data of ['one', 'two', 'two']) zones.addRecord({ name, type: 'TXT', data })
    expect((await lookUpAt(port()).resolveTxt(name)).sort()).toEqual(['one', 'two'])
    expect(zones.removeRecord({ name, type: 'TXT', data: 'one' })).toBe(1)
    expect(zones.removeRecord({ name, type: 'TXT', data: 'one' })).toBe(0)
    expect(await lookUpAt(port()).resolveTxt(name)).toEqual(['two'])
    expect((await resolver().resolveSoa('example.test')).serial).toBe(serial + 3)
  })

  test('answers by a wildcard where nothing is at a name nor below it', async () => {
    const zones = await start()
    zones.addRecord({ name: '*.example.test', type: 'TXT', data: 'wild' })
    zones.addRecord({ name: 'b.a.example.test', type: 'TXT', data: 'own' })
    const { resolveTxt } = lookUpAt(port())
    expect(await resolveTxt('x.y.example.test')).toEqual(['wild'])
    expect(await resolveTxt('b.a.example.test')).toEqual(['own'])
    for (const hidden of ['a.example.test', 'x.a.example.test', 'x.b.a.example.test'])
      expect(await resolveTxt(hidden), hidden).toEqual([])
    await expect(resolver().resolve4('x.example.test')).rejects.toMatchObject({ code: 'ENODATA' })
  })

  test('lets no CNAME stand beside other records', async () => {
    const zones = await start()
    zones.addRecord({ name: 'a.example.test', type: 'CNAME', data: 'b.example.test' })
    expect(() => zones.addRecord({ name: 'A.example.test.', type: 'TXT', data: 'x' })).toThrow('CNAME')
    expect(() => zones.addRecord({ name: 'ns1.example.test', type: 'CNAME', data: 'b.test' })).toThrow('CNAME')
    expect(() => zones.addRecord({ name: 'example.org', type: 'TXT', data: 'x' })).toThrow('no zone')
  })
})

describe('the DNS server of the sandbox', () => {
  test('tells a name that is not there from a name that has other records, and gives the SOA with both', async () => {
    const zones = await start()
    zones.addRecord({ name: 'a.b.example.test', type: 'A', data: '127.0.0.1' })
    const authorities = [{ type: 'SOA', name: 'example.test' }]
    expect(await udp('nothing.example.test', 'TXT')).toMatchObject({ rcode: 'NXDOMAIN', flag_aa: true, authorities })
    expect(await udp('a.b.example.test', 'TXT')).toMatchObject({ rcode: 'NOERROR', answers: [], authorities })
    // Nothing is at b.example.test, but something is under it (RFC 8020).
    expect(await udp('b.example.test', 'TXT')).toMatchObject({ rcode: 'NOERROR', answers: [], authorities })
  })

  test('says of what is above its zones that no CAA record is there', async () => {
    await start()
    expect(await udp('test', 'CAA')).toMatchObject({ rcode: 'NOERROR', answers: [] })
    expect(await udp('test', 'A')).toMatchObject({ rcode: 'REFUSED' })
    expect(await udp('org', 'CAA')).toMatchObject({ rcode: 'REFUSED' })
  })

  test('refuses what is not in its zones, zone transfers and ANY', async () => {
    await start()
    expect(await udp('example.org', 'A')).toMatchObject({ rcode: 'REFUSED', flag_aa: false })
    expect(await udp('notexample.test', 'A')).toMatchObject({ rcode: 'REFUSED' })
    expect(await udp('example.test', 'AXFR')).toMatchObject({ rcode: 'REFUSED' })
    expect(await udp('example.test', 'ANY')).toMatchObject({ rcode: 'REFUSED' })
  })

  test('answers in the mixed case in which it was asked', async () => {
    await start()
    const reply = await udp('nS1.eXaMpLe.TeSt', 'A')
    expect(reply.questions?.[0]?.name).toBe('nS1.eXaMpLe.TeSt')
    expect(reply.answers).toMatchObject([{ name: 'nS1.eXaMpLe.TeSt', data: '127.0.0.1' }])
    expect(reply.flag_aa).toBe(true)
  })

  test('follows a CNAME through its own zones, and stops where they end or the names go in a circle', async () => {
    const zones = await start()
    zones.addZone('acme.test')
    zones.addRecord({ name: '_acme-challenge.example.test', type: 'CNAME', data: 'shop.acme.test' })
    zones.addRecord({ name: 'shop.acme.test', type: 'TXT', data: 'value' })
    zones.addRecord({ name: 'away.example.test', type: 'CNAME', data: 'example.org' })
    zones.addRecord({ name: 'dangling.example.test', type: 'CNAME', data: 'nothing.acme.test' })
    zones.addRecord({ name: 'round.example.test', type: 'CNAME', data: 'round.example.test' })
    expect(await lookUpAt(port()).resolveTxt('_acme-challenge.example.test')).toEqual(['value'])
    expect(await resolver().resolveCname('_acme-challenge.example.test')).toEqual(['shop.acme.test'])
    expect(await udp('away.example.test', 'TXT')).toMatchObject({
      rcode: 'NOERROR',
      answers: [{ data: 'example.org' }],
    })
    expect(await udp('dangling.example.test', 'TXT')).toMatchObject({
      rcode: 'NXDOMAIN',
      answers: [{ type: 'CNAME' }],
      authorities: [{ name: 'acme.test' }],
    })
    expect((await udp('round.example.test', 'TXT')).answers?.length).toBeLessThan(10)
  })

  test('answers from the longest zone that holds the name', async () => {
    const zones = await start()
    zones.addRecord({ name: 'x.sub.example.test', type: 'TXT', data: 'parent' })
    zones.addZone('sub.example.test')
    expect(await lookUpAt(port()).resolveTxt('x.sub.example.test')).toEqual([])
    zones.addRecord({ name: 'x.sub.example.test', type: 'TXT', data: 'child' })
    expect(await lookUpAt(port()).resolveTxt('x.sub.example.test')).toEqual(['child'])
    expect((await udp('nothing.sub.example.test', 'A')).authorities).toMatchObject([{ name: 'sub.example.test' }])
    zones.removeZone('sub.example.test')
    expect(await lookUpAt(port()).resolveTxt('x.sub.example.test')).toEqual(['parent'])
  })

  test('splits a long TXT value into strings of 255 octets', async () => {
    const zones = await start()
    const value = 'x'.repeat(300)
    zones.addRecord({ name: 'long.example.test', type: 'TXT', data: value })
    zones.addRecord({ name: 'empty.example.test', type: 'TXT', data: '' })
    const [strings] = await resolver().resolveTxt('long.example.test')
    expect(strings?.map(({ length }) => length)).toEqual([255, 45])
    expect(await lookUpAt(port()).resolveTxt('long.example.test')).toEqual([value])
    expect(await lookUpAt(port()).resolveTxt('empty.example.test')).toEqual([''])
  })

  test('leaves out over UDP what does not fit, and sends it over TCP or with more room', async () => {
    const zones = await start()
    const name = 'many.example.test'
    for (let index = 0; index < 20; index++) zones.addRecord({ name, type: 'TXT', data: `${index}-${'x'.repeat(43)}` })
    expect(await udp(name, 'TXT')).toMatchObject({ flag_tc: true, answers: [], rcode: 'NOERROR' })
    expect((await udp(name, 'TXT', edns(4096))).answers).toHaveLength(20)
    expect(await udp(name, 'TXT', edns(600))).toMatchObject({ flag_tc: true, additionals: [{ type: 'OPT' }] })
    const [reply] = await tcp(streamEncode(query(name, 'TXT')), 1)
    expect(reply?.answers).toHaveLength(20)
    expect(await lookUpAt(port()).resolveTxt(name)).toHaveLength(20)
  })

  test('takes several questions on one TCP connection, however they are cut', async () => {
    await start()
    const both = Buffer.concat([streamEncode(query('example.test', 'NS')), streamEncode(query('no.example.test', 'A'))])
    const replies = await tcp(both, 2)
    expect(replies.map(({ rcode }) => rcode)).toEqual(['NOERROR', 'NXDOMAIN'])
  })

  test('says what is wrong with a message that cannot be read, and stays up', async () => {
    await start()
    const broken = Buffer.from('1267010000010000000000003f', 'hex')
    expect(await ask(broken)).toMatchObject({ rcode: 'FORMERR', id: 0x1267 })
    const noQuestion = encode({ type: 'query', id: 7 })
    expect(await ask(noQuestion)).toMatchObject({ rcode: 'FORMERR', id: 7 })
    const update = encode(query('example.test', 'SOA', { flags: 5 << 11 }))
    expect(await ask(update)).toMatchObject({ rcode: 'NOTIMP' })
    expect(await udp('example.test', 'SOA')).toMatchObject({ rcode: 'NOERROR' })
  })

  test('counts the questions', async () => {
    await start()
    await udp('EXAMPLE.test', 'NS')
    await tcp(streamEncode(query('example.test', 'SOA')), 1)
    expect(server?.questions).toEqual([
      { name: 'example.test', type: 'NS', transport: 'udp' },
      { name: 'example.test', type: 'SOA', transport: 'tcp' },
    ])
  })

  test('comes up again on the port that it is given', async () => {
    const zones = await start()
    const same = port()
    await server?.close()
    server = await startDns({ zones, port: same })
    expect(port()).toBe(same)
    await expect(startDns({ zones, port: same })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('the DNS server misbehaves when it is told to', () => {
  test('with SERVFAIL or REFUSED, for one name, as often as it is told', async () => {
    await start()
    server?.misbehave({ how: 'servfail', name: 'NS1.example.test', times: 2 })
    server?.misbehave({ how: 'refuse' })
    expect((await udp('ns1.example.test', 'A')).rcode).toBe('SERVFAIL')
    expect((await udp('ns2.example.test', 'A')).rcode).toBe('REFUSED')
    expect((await udp('ns1.example.test', 'A')).rcode).toBe('SERVFAIL')
    expect((await udp('ns1.example.test', 'A')).rcode).toBe('NOERROR')
  })

  test('with silence, until that is ended', async () => {
    await start()
    const end = server?.misbehave({ how: 'drop', times: Number.POSITIVE_INFINITY })
    expect(await tcp(streamEncode(query('example.test', 'NS')), 1)).toEqual([])
    end?.()
    expect(await tcp(streamEncode(query('example.test', 'NS')), 1)).toHaveLength(1)
  })

  test('with what stood there before the newest change', async () => {
    const zones = await start()
    const name = '_acme-challenge.example.test'
    const look = () => lookUpAt(port()).resolveTxt(name)
    zones.addRecord({ name, type: 'TXT', data: 'old' })
    zones.addRecord({ name, type: 'TXT', data: 'new' })
    server?.misbehave({ how: 'lag', name, times: 2 })
    expect(await look()).toEqual(['old'])
    zones.removeRecord({ name, type: 'TXT', data: 'old' })
    expect((await look()).sort()).toEqual(['new', 'old'])
    expect(await look()).toEqual(['new'])
  })

  test('with changes that arrive late', async () => {
    let now = Date.now()
    const zones = await start({ lagMs: 60_000, clock: { now: () => new Date(now) } })
    const name = 'late.example.test'
    const look = () => lookUpAt(port()).resolveTxt(name)
    now += 120_000
    const { id } = zones.addRecord({ name, type: 'TXT', data: 'value' })
    expect(await look()).toEqual([])
    now += 61_000
    expect(await look()).toEqual(['value'])
    zones.removeRecord(id)
    expect(zones.list('example.test').filter((record) => record.name === name)).toEqual([])
    expect(await look()).toEqual(['value'])
    now += 61_000
    expect(await look()).toEqual([])
  })
})
