import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { driver, type Route53Options } from '../../lib/dns/drivers/route53/driver.ts'
import { type Authority, createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { describePeers } from '../support/describe-peers.ts'
import { dnsContract, withoutTrouble } from '../support/dns-contract.ts'
import { at, ZONE } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import { issueThrough, RENEWED_TWICE, resultsOf, ZONES } from '../support/issue-through.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { type MotoZones, motoZones, startServed } from '../support/moto-zones.ts'

let authority: Authority
let folder: string
let moto: Moto
let zones: MotoZones

/** Starts moto for a suite. */
function atMoto(program: string) {
  beforeAll(async () => {
    authority = await createAuthority({ name: 'moto' })
    folder = await mkdtemp(join(tmpdir(), 'newleaf-route53-'))
    await writeFile(join(folder, 'ca.pem'), authority.rootPem)
    moto = await startMoto({ program, tls: await serverCertificate(authority) })
    zones = motoZones(moto, authority.rootPem)
  })
  afterAll(async () => {
    zones.close()
    await moto.close()
    await rm(folder, { recursive: true, force: true })
  })
}

function open(options: Partial<Route53Options>) {
  const nothing = answering(() => ({ status: 404 }))
  const context = { ...contextOver(nothing, '').context, folder }
  return driver.open({ region: 'us-east-1', endpoint: moto.endpoint, caCertificate: 'ca.pem', ...options }, context)
}
const changes = () => moto.calls.filter(({ action }) => action === 'route53:ChangeResourceRecordSets').length

/** That a batch is refused when somebody was faster is not asked here: moto deletes whatever set stood there once. */
describePeers('the DNS driver route53 over moto', ['moto'], (programs) => {
  atMoto(programs.moto)
  const record = { role: 'arn:aws:iam::123456789012:role/dns' }

  dnsContract('route53', {
    evidence: { program: 'moto' },
    async create() {
      const hostedZone = await zones.make(ZONE) // a new one each time: moto keeps them all
      return {
        rows: () => zones.rows(ZONE),
        put: (...rows) => zones.put(ZONE, rows),
        trouble: () => {},
        changes,
        open: () => open({ hostedZone }),
        close: async () => {},
      }
    },
    cannot: withoutTrouble('moto does as it is told'),
  })

  test('a zone is found by its name, and written in the name of a role', async () => {
    await zones.make('found.test')
    const provider = await open(record)
    await provider.addTxt(at('_acme-challenge', 'v', 'found.test'))
    expect(await zones.rows('found.test')).toMatchObject([{ name: '_acme-challenge', value: 'v', ttl: 10 }])
    expect(moto.calls.map(({ action }) => action)).toContain('sts:AssumeRole')
  })
})

describePeers('a whole issuance through Route 53 at moto', ['moto', 'pebble'], (programs) => {
  atMoto(programs.moto)

  test('Pebble finds every value that moto holds, and none is left there', async () => {
    for (const zone of ZONES) await zones.make(zone)
    const served = await startServed(zones, ZONES)
    try {
      const options = `{ endpoint: '${moto.endpoint}', caCertificate: dns-ca.pem }`
      const provider = `{ use: route53, zones: [${ZONES}], options: ${options} }`
      const through = { pebble: programs.pebble, dns: served.address, provider, env: {} }
      const reports = await issueThrough({ ...through, caCertificate: authority.rootPem })
      expect(resultsOf(reports)).toEqual(RENEWED_TWICE)
      expect((await Promise.all(ZONES.map(zones.rows))).flat()).toEqual([])
      expect(changes()).toBeGreaterThan(4)
    } finally {
      await served.close()
    }
  })
})
