import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import type { Probe } from '../../lib/ports.ts'
import { verify } from '../../lib/renewal/verify.ts'
import type { Endpoint, KeyFamily, PublicCertificate } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { createAuthority, newKeyPair } from '../../sandbox/pki.ts'

const names = ['shop.test', '*.shop.test']
const authority = await createAuthority({ name: 'Test' })
async function issue(): Promise<PublicCertificate> {
  const { publicKey } = await newKeyPair('ecdsa-p256')
  const [notBefore, notAfter] = [new Date('2026-11-01'), new Date('2027-01-01')]
  return publicCertificate((await authority.issue({ publicKey, names, notBefore, notAfter })).chainPem)
}
const [fresh, old] = await Promise.all([issue(), issue()])
const alone = publicCertificate(fresh.chainPem.split(/(?<=END CERTIFICATE-----\n)/)[0] ?? '')
const v4: Endpoint = { address: '192.0.2.1', port: 443 }
const v6: Endpoint = { address: '2001:db8::1', port: 443 }

interface Greeting {
  readonly at: number
  readonly count: number
  readonly endpoint: Endpoint
  readonly serverName: string
  readonly only: KeyFamily | undefined
}

/** Verifies against a balancer that shows what it is told to; undefined: it does not answer. */
async function against(shows: (greeting: Greeting) => PublicCertificate | undefined, endpoints = [v4, v6]) {
  let now = 0
  const greetings: Greeting[] = []
  const records: LogRecord[] = []
  const clock = {
    now: () => new Date(now),
    sleep: async (milliseconds: number) => {
      now += milliseconds
    },
  }
  const probe: Probe = {
    async served(endpoint, serverName, only) {
      const greeting = { at: now, count: greetings.length, endpoint, serverName, only }
      greetings.push(greeting)
      const shown = shows(greeting)
      if (shown === undefined) throw new Failure('UNREACHABLE', 'no handshake')
      return shown
    },
  }
  const log = createLog((record) => records.push(record), clock)
  const world = { probe, clock, log, timeLeft: () => 3_600_000 - now }
  const result = await verify(names, fresh, endpoints, world).catch((error: unknown) => error)
  return { result, took: now, greetings, records }
}

const refused = { code: 'VERIFY_FAILED' }

describe('a swap is proved', () => {
  test('when every address shows the certificate for every name, a wildcard asked for by a label that nobody has', async () => {
    const { result, greetings } = await against(() => fresh)
    expect(result).toBe(true)
    const asked = new Set(greetings.map(({ endpoint, serverName }) => `${endpoint.address} ${serverName}`))
    expect([...asked].sort()).toEqual([
      '192.0.2.1 newleaf-probe.shop.test',
      '192.0.2.1 shop.test',
      '2001:db8::1 newleaf-probe.shop.test',
      '2001:db8::1 shop.test',
    ])
  })

  test('when the balancer shows it late, within two minutes', async () => {
    expect(await against(({ at }) => (at < 90_000 ? old : fresh))).toMatchObject({ result: true })
    const late = await against(({ at }) => (at < 180_000 ? old : fresh))
    expect(late.result).toMatchObject(refused)
    expect(late.took).toBeLessThan(140_000)
  })

  test.each<[lie: string, (greeting: Greeting) => PublicCertificate]>([
    ['goes on showing the old one', () => old],
    ['shows the old one for one of the names', ({ serverName }) => (serverName === 'shop.test' ? fresh : old)],
    ['shows the old one at its second address', ({ endpoint }) => (endpoint === v4 ? fresh : old)],
    ['shows the old one every second time', ({ count }) => (count % 2 === 0 ? fresh : old)],
    ['shows the old one every third time', ({ count }) => (count % 3 === 0 ? old : fresh)],
    ['shows the new one, and the old one again after a moment', ({ at }) => (at < 500 ? fresh : old)],
    ['shows it without its issuer', () => alone],
  ])('F-76: not when the balancer %s', async (_lie, shows) => {
    const { result, took } = await against(shows)
    expect(result).toMatchObject(refused)
    expect(took).toBeGreaterThan(60_000)
    expect(took).toBeLessThan(240_000)
  })

  test('F-76: a refusal says what the API says and what the wire says', async () => {
    const { result } = await against(({ serverName }) => (serverName === 'shop.test' ? old : fresh), [v4])
    const until = old.notAfter.toISOString()
    expect((result as Failure).message).toBe(
      'the API has taken the new certificate, but 192.0.2.1 port 443 does not show it for shop.test: it shows one with ' +
        `serial ${old.serial}, valid until ${until}`,
    )
  })

  test('F-7D: by no handshake where no address can be reached: it is unverified, after a few seconds', async () => {
    const { result, took } = await against(() => undefined)
    expect(result).toBe(false)
    expect(took).toBeLessThan(30_000)
    expect((await against(() => fresh, [])).result).toBe(false)
  })

  test('by the addresses that can be reached, with a warning about the others', async () => {
    const { result, records } = await against(({ endpoint }) => (endpoint === v6 ? undefined : fresh))
    expect(result).toBe(true)
    expect(records.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'an address could not be reached', fields: { address: '2001:db8::1 port 443' } },
      { message: 'an address could not be reached', fields: { address: '2001:db8::1 port 443' } },
    ])
  })

  test('and clients of the other key family that are shown another certificate are told of', async () => {
    const { result, records } = await against(({ only }) => (only === 'rsa' ? old : fresh), [v4])
    expect(result).toBe(true)
    expect(records.filter(({ level }) => level === 'warn')).toMatchObject([
      { fields: { address: '192.0.2.1 port 443', family: 'rsa', serial: old.serial } },
    ])
    const none = await against(({ only }) => (only === 'rsa' ? undefined : fresh), [v4])
    expect(none.records.filter(({ level }) => level === 'warn')).toEqual([])
  })
})
