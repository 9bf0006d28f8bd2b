import { afterEach, expect, test } from 'vitest'
import { driver } from '../../lib/dns/drivers/rfc2136/driver.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { DnsProvider } from '../../lib/ports.ts'
import { type Bind, KEY, OTHER_KEYS, startBind } from '../support/bind.ts'
import { describePeers } from '../support/describe-peers.ts'
import { dnsContract, withoutTrouble } from '../support/dns-contract.ts'
import { at, token, ZONE } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import { issueThrough, RENEWED_TWICE, resultsOf, ZONES } from '../support/issue-through.ts'

interface Given {
  readonly keyName?: string
  readonly secret?: string
  readonly algorithm?: (typeof OTHER_KEYS)[number]['algorithm'] | typeof KEY.algorithm
  readonly now?: () => Date
}

function open(
  server: string,
  { keyName = KEY.name, secret = KEY.secret, algorithm = KEY.algorithm, now }: Given = {},
): Promise<DnsProvider> {
  const { context } = contextOver(
    answering(() => ({ status: 404 })),
    secret,
  )
  const clock = now === undefined ? context.clock : { ...context.clock, now }
  const given = { server, keyName, key: token, algorithm }
  return driver.open(given, { ...context, clock, resolve: async () => new Secret(secret) })
}

describePeers('the DNS driver rfc2136 over BIND', ['named', 'nsupdate', 'dig'], (programs) => {
  dnsContract('rfc2136', {
    evidence: { program: 'BIND' },
    async create() {
      const bind = await startBind(programs, [ZONE])
      const before = await bind.serial(ZONE)
      return {
        rows: () => bind.rows(ZONE),
        put: (...rows) => bind.put(ZONE, rows),
        trouble: () => {},
        changes: async () => (await bind.serial(ZONE)) - before,
        open: () => open(bind.address),
        close: bind.close,
      }
    },
    cannot: withoutTrouble('BIND does as it is told'),
  })

  const started: Bind[] = []
  afterEach(async () => {
    await Promise.all(started.splice(0).map((bind) => bind.close()))
  })
  async function bind(zones: readonly string[] = [ZONE]): Promise<Bind> {
    const server = await startBind(programs, zones)
    started.push(server)
    return server
  }

  test.each<[string, Given, RegExp]>([
    ['another secret', { secret: Buffer.from('another').toString('base64') }, /secret of the TSIG key is another one/],
    ['a key that it does not know', { keyName: 'other.' }, /key is not known there/],
    ['an hour that is over', { now: () => new Date(Date.now() - 3_600_000) }, /clocks .* five minutes apart/],
  ])('BIND refuses %s, which is DENIED with the reason', async (_what, given, message) => {
    const { address } = await bind()
    const failed = { code: 'DENIED', message: expect.stringMatching(message) }
    await expect((await open(address, given)).check?.(at('_acme-challenge', 'v'))).rejects.toMatchObject(failed)
    await expect((await open(address, given)).addTxt(at('_acme-challenge', 'v'))).rejects.toMatchObject(failed)
  })

  test.each(OTHER_KEYS)('BIND takes an update that is signed with $algorithm', async ({ name, algorithm }) => {
    const { address, rows } = await bind()
    await (await open(address, { keyName: name, algorithm })).addTxt(at('_acme-challenge', 'v'))
    expect(await rows(ZONE)).toMatchObject([{ name: '_acme-challenge', value: 'v' }])
  })

  test('a zone that takes no update is DENIED before anything is ordered', async () => {
    const { address } = await bind()
    const check = (await open(address)).check?.(at('_acme-challenge', 'v', 'closed.test'))
    await expect(check).rejects.toMatchObject({ code: 'DENIED' })
  })
})

describePeers('a whole issuance through BIND', ['named', 'nsupdate', 'dig', 'pebble'], ({ pebble, ...programs }) => {
  test('Pebble finds every value at BIND itself, and none is left there', async () => {
    const bind = await startBind(programs, ZONES)
    const began = await Promise.all(ZONES.map(bind.serial))
    try {
      const options = `{ server: '${bind.address}', keyName: ${KEY.name}, key: 'env:TSIG' }`
      const provider = `{ use: rfc2136, zones: [${ZONES}], options: ${options} }`
      const reports = await issueThrough({ pebble, dns: bind.address, provider, env: { TSIG: KEY.secret } })
      expect(resultsOf(reports)).toEqual(RENEWED_TWICE)
      expect((await Promise.all(ZONES.map(bind.rows))).flat()).toEqual([])
      const serials = await Promise.all(ZONES.map(bind.serial))
      for (const [index, serial] of serials.entries()) expect(serial).toBeGreaterThan(began[index] ?? 0)
    } finally {
      await bind.close()
    }
  })
})
