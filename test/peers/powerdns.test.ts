import { afterAll, beforeAll, expect, test } from 'vitest'
import { driver } from '../../lib/dns/drivers/powerdns.ts'
import { createHttp, type Http } from '../../lib/platform/http.ts'
import { type Authority, createAuthority, type Identity, serverCertificate } from '../../sandbox/pki.ts'
import { describePeers } from '../support/describe-peers.ts'
import { peer } from '../support/dns/powerdns.ts'
import { dnsContract, withoutTrouble } from '../support/dns-contract.ts'
import { at, token, ZONE } from '../support/dns-vendors.ts'
import { contextOver, tools } from '../support/driver-context.ts'
import { issueThrough, RENEWED_TWICE, resultsOf, ZONES } from '../support/issue-through.ts'
import { API_KEY, startPowerDns } from '../support/powerdns.ts'

let authority: Authority
let tls: Identity
let http: Http
beforeAll(async () => {
  authority = await createAuthority({ name: 'PowerDNS' })
  tls = await serverCertificate(authority)
  http = createHttp({ ...tools, caCertificate: authority.rootPem, privateAddresses: 'allow' })
})
afterAll(() => http.close())

const open = (endpoint: string, apiKey = API_KEY) =>
  driver.open({ endpoint, apiKey: token, server: 'localhost' }, contextOver(http, apiKey).context)

describePeers('the DNS driver powerdns over PowerDNS', ['powerdns'], (programs) => {
  dnsContract('powerdns', {
    evidence: { program: 'PowerDNS' },
    async create() {
      const server = await startPowerDns(programs.powerdns, tls, [ZONE])
      const before = await server.serial(ZONE)
      return {
        rows: () => server.rows(ZONE),
        put: (...rows) => server.put(ZONE, rows),
        trouble: () => {},
        changes: async () => (await server.serial(ZONE)) - before,
        open: () => open(server.endpoint),
        close: server.close,
      }
    },
    cannot: {
      ...peer.cannot,
      ...withoutTrouble('PowerDNS does as it is told'),
      'a value that stands there twice is removed twice': 'PowerDNS keeps each value of a set once',
    },
  })

  test('PowerDNS takes the changes of many zones that come at once, though SQLite takes one at a time', async () => {
    const zones = ['one.test', 'two.test', 'three.test']
    const server = await startPowerDns(programs.powerdns, tls, zones)
    try {
      const provider = await open(server.endpoint)
      const values = zones.flatMap((zone) => ['a', 'b', 'c'].map((value) => at('_acme-challenge', value, zone)))
      await Promise.all(values.map((each) => provider.addTxt(each)))
      expect((await Promise.all(zones.map(server.rows))).map((rows) => rows.length)).toEqual([3, 3, 3])
      await Promise.all(values.map((each) => provider.removeTxt(each)))
      expect((await Promise.all(zones.map(server.rows))).flat()).toEqual([])
    } finally {
      await server.close()
    }
  })

  test('PowerDNS refuses another key, which is DENIED', async () => {
    const server = await startPowerDns(programs.powerdns, tls, [ZONE])
    try {
      const provider = await open(server.endpoint, 'canary-token-wrong')
      await expect(provider.check?.(at('_acme-challenge', 'v'))).rejects.toMatchObject({ code: 'DENIED' })
      await expect(provider.addTxt(at('_acme-challenge', 'v'))).rejects.toMatchObject({ code: 'DENIED' })
    } finally {
      await server.close()
    }
  })
})

describePeers('a whole issuance through PowerDNS', ['powerdns', 'pebble'], ({ powerdns, pebble }) => {
  test('Pebble finds every value at PowerDNS itself, and none is left there', async () => {
    const server = await startPowerDns(powerdns, tls, ZONES)
    const began = await Promise.all(ZONES.map(server.serial))
    try {
      const options = `{ endpoint: '${server.endpoint}', apiKey: 'env:PDNS', caCertificate: dns-ca.pem }`
      const provider = `{ use: powerdns, zones: [${ZONES}], options: ${options} }`
      const caCertificate = authority.rootPem
      const env = { PDNS: API_KEY }
      const reports = await issueThrough({ pebble, dns: server.address, provider, env, caCertificate })
      expect(resultsOf(reports)).toEqual(RENEWED_TWICE)
      expect((await Promise.all(ZONES.map(server.rows))).flat()).toEqual([])
      const serials = await Promise.all(ZONES.map(server.serial))
      for (const [index, serial] of serials.entries()) expect(serial).toBeGreaterThan(began[index] ?? 0)
    } finally {
      await server.close()
    }
  })
})
