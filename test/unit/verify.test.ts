import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import type { Handshake, Probe } from '../../lib/ports.ts'
import { verify } from '../../lib/renewal/verify.ts'
import type { Endpoint, KeyFamily, PublicCertificate, Settling } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { createAuthority, type KeyKind, newKeyPair } from '../../sandbox/pki.ts'

const names = ['shop.test', '*.shop.test']
const authority = await createAuthority({ name: 'Test' })
async function issue(kind: KeyKind = 'ecdsa-p256'): Promise<PublicCertificate> {
  const { publicKey } = await newKeyPair(kind)
  const [notBefore, notAfter] = [new Date('2026-11-01'), new Date('2027-01-01')]
  return publicCertificate((await authority.issue({ publicKey, names, notBefore, notAfter })).chainPem)
}
const [fresh, old, rsa] = await Promise.all([issue(), issue(), issue('rsa-2048')])
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
type Shown = PublicCertificate | Exclude<Handshake['result'], 'presented'> | Failure

interface Options {
  readonly endpoints?: readonly Endpoint[]
  readonly wanted?: PublicCertificate
  /** Those that answered before. */
  readonly answered?: readonly Endpoint[]
  /** Those to which no way led a moment ago. */
  readonly noWay?: readonly Endpoint[]
  readonly settles?: Settling
  readonly of?: readonly string[]
  /** Milliseconds of the run. */
  readonly time?: number
  /** Each handshake takes so long. */
  readonly takes?: number
}

/** Verifies against a balancer that shows what it is told to. */
async function against(shows: (greeting: Greeting) => Shown, options: Options = {}) {
  const {
    endpoints = [v4, v6],
    wanted = fresh,
    answered = [],
    noWay = [],
    settles,
    of = names,
    time = 3_600_000,
    takes = 0,
  } = options
  let now = 0
  let slept = 0
  const greetings: Greeting[] = []
  const records: LogRecord[] = []
  const clock = {
    now: () => new Date(now),
    sleep: async (milliseconds: number) => {
      now += milliseconds
      slept += milliseconds
    },
  }
  const probe: Probe = {
    async handshake(endpoint, serverName, only) {
      const greeting = { at: now, count: greetings.length, endpoint, serverName, only }
      greetings.push(greeting)
      now += takes
      const shown = shows(greeting)
      if (shown instanceof Failure) throw shown
      if (shown === 'broken') return { result: shown, reason: 'it resets the connection', silent: false }
      if (typeof shown === 'string') return { result: shown, reason: 'no answer' }
      return { result: 'presented', certificate: shown }
    },
  }
  const log = createLog((record) => records.push(record), clock)
  const world = { probe, clock, log, timeLeft: () => time - now }
  const known = (each: Endpoint) => (answered.includes(each) ? 'answers' : noWay.includes(each) ? 'no way' : undefined)
  const circumstances = { names: of, endpoints, known, settles }
  const result = await verify(wanted, circumstances, world).catch((error: unknown) => error)
  return { result, took: now, slept, greetings, records }
}

const failedProof = { code: 'VERIFY_FAILED' }
const verifiedAt = (...endpoints: Endpoint[]) => endpoints.map((each) => ({ ...each, state: 'verified' }))

describe('a swap is proved', () => {
  test('when every address shows the certificate for every name, a wildcard asked for by a label that nobody has', async () => {
    const { result, greetings } = await against(() => fresh)
    expect(result).toMatchObject(verifiedAt(v4, v6))
    const asked = new Set(greetings.map(({ endpoint, serverName }) => `${endpoint.address} ${serverName}`))
    expect([...asked].sort()).toEqual([
      '192.0.2.1 newleaf-probe.shop.test',
      '192.0.2.1 shop.test',
      '2001:db8::1 newleaf-probe.shop.test',
      '2001:db8::1 shop.test',
    ])
  })

  test('by one handshake and without a pause where one address has one name, and a swap is effective at once', async () => {
    const quick = { settles: { within: 10_000, handshakes: 1 }, endpoints: [v4], of: ['shop.test'] }
    const { result, greetings, slept } = await against(() => fresh, quick)
    expect(result).toMatchObject(verifiedAt(v4))
    expect([greetings.length, slept]).toEqual([1, 0])
  })

  test('by several handshakes in a row where several instances may stand behind an address', async () => {
    const { greetings, slept } = await against(() => fresh, { endpoints: [v4], of: ['shop.test'] })
    expect(greetings).toHaveLength(4)
    expect(slept).toBeLessThan(1_000)
  })

  test('when the balancer shows it late, within the time that its driver gives it', async () => {
    expect((await against(({ at }) => (at < 90_000 ? old : fresh))).result).toMatchObject(verifiedAt(v4, v6))
    const late = await against(({ at }) => (at < 180_000 ? old : fresh))
    expect(late.result).toMatchObject(failedProof)
    expect(late.took).toBeLessThan(140_000)
    const slow = { settles: { within: 300_000, handshakes: 4 } }
    expect((await against(({ at }) => (at < 180_000 ? old : fresh), slow)).result).toMatchObject(verifiedAt(v4, v6))
  })

  test.each<[lie: string, (greeting: Greeting) => PublicCertificate]>([
    ['goes on showing the old one', () => old],
    ['shows the old one for one of the names', ({ serverName }) => (serverName === 'shop.test' ? fresh : old)],
    ['shows the old one at its second address', ({ endpoint }) => (endpoint === v4 ? fresh : old)],
    ['shows the old one every second time', ({ count }) => (count % 2 === 0 ? fresh : old)],
    ['shows the old one every third time', ({ count }) => (count % 3 === 0 ? old : fresh)],
    ['shows the new one, and the old one again after a moment', ({ at }) => (at < 90 ? fresh : old)],
    ['shows it without its issuer', () => alone],
  ])('F-76: not when the balancer %s', async (_lie, shows) => {
    const { result, took } = await against(shows)
    expect(result).toMatchObject(failedProof)
    expect(took).toBeGreaterThan(60_000)
    expect(took).toBeLessThan(240_000)
  })

  test('F-76: a refusal says what the API says and what the wire says, by the name under which `status` shows it', async () => {
    const { result } = await against(({ serverName }) => (serverName === 'shop.test' ? old : fresh), {
      endpoints: [v4],
    })
    expect((result as Failure).message).toBe(
      `the API has taken ${fresh.fingerprint.slice(0, 16)}, but 192.0.2.1 port 443 does not show it for shop.test: it shows ` +
        `${old.fingerprint.slice(0, 16)} (serial ${old.serial}), with an ECDSA key, valid until ${old.notAfter.toISOString()}`,
    )
  })
})

describe('F-7C: a swap after which handshakes fail is no success', () => {
  test.each<[how: string, (greeting: Greeting) => Shown, readonly Endpoint[]]>([
    ['TCP comes about and TLS does not', () => 'broken', []],
    ['one of two addresses breaks', ({ endpoint }) => (endpoint === v4 ? fresh : 'broken'), []],
    [
      'one of two names is answered with an alert',
      ({ serverName }) => (serverName === 'shop.test' ? fresh : 'broken'),
      [],
    ],
    ['every second handshake breaks', ({ count }) => (count % 2 === 0 ? fresh : 'broken'), []],
    ['every third handshake breaks', ({ count }) => (count % 3 === 0 ? 'broken' : fresh), []],
    [
      'an address that answered before refuses the connection',
      ({ endpoint }) => (endpoint === v4 ? fresh : 'refused'),
      [v6],
    ],
    [
      'an address that answered before cannot be reached',
      ({ endpoint }) => (endpoint === v4 ? fresh : 'unreachable'),
      [v6],
    ],
    ['it answers once, and then not at all', ({ at }) => (at < 90 ? fresh : 'refused'), []],
  ])('%s', async (_how, shows, answered) => {
    const { result, took } = await against(shows, { answered })
    expect(result).toMatchObject(failedProof)
    expect(took).toBeLessThan(140_000)
  })

  test('an outage is waited for less long than an old certificate, which hurts nobody', async () => {
    const [outage, stale] = [await against(() => 'broken'), await against(() => old)]
    expect(outage.took).toBeLessThan(30_000)
    expect(stale.took).toBeGreaterThan(100_000)
  })

  test('a listener that is busy for some seconds after a swap is given them', async () => {
    expect((await against(({ at }) => (at < 8_000 ? 'broken' : fresh))).result).toMatchObject(verifiedAt(v4, v6))
  })

  test('a listener that hangs has an end too', async () => {
    const { result, took } = await against(() => 'broken', { takes: 10_000, endpoints: [v4], of: ['shop.test'] })
    expect(result).toMatchObject(failedProof)
    expect(took).toBeLessThan(60_000)
  })

  test('a clock that stands still has an end too', async () => {
    const probe: Probe = { handshake: async () => ({ result: 'presented', certificate: old }) }
    const clock = { now: () => new Date(0), sleep: async () => {} }
    const world = { probe, clock, log: createLog(() => {}, clock), timeLeft: () => 3_600_000 }
    const circumstances = { names, endpoints: [v4], known: () => 'answers' as const, settles: undefined }
    await expect(verify(fresh, circumstances, world)).rejects.toMatchObject({ code: 'OUT_OF_TIME' })
  })
})

describe('what cannot be seen from here', () => {
  test('F-7D: no address can be reached, and none ever was: it is unverified, after a few seconds', async () => {
    const { result, took } = await against(() => 'unreachable')
    expect(result).toMatchObject([
      { ...v4, state: 'unverified', reason: 'no answer' },
      { ...v6, state: 'unverified', reason: 'no answer' },
    ])
    expect(took).toBeLessThan(30_000)
    expect((await against(() => fresh, { endpoints: [] })).result).toEqual([])
  })

  test('one address can be reached and the other never could: each says for itself how it is, and which key was seen', async () => {
    const { result, records } = await against(({ endpoint }) => (endpoint === v6 ? 'unreachable' : fresh))
    expect(result).toEqual([
      { ...v4, state: 'verified', family: 'ecdsa' },
      { ...v6, state: 'unverified', reason: 'no answer' },
    ])
    expect(records.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'an address could not be reached', fields: { address: '2001:db8::1 port 443' } },
    ])
  })

  test('an address to which no way led a moment ago is asked once, and not waited for', async () => {
    const lame = await against(({ endpoint }) => (endpoint === v6 ? 'unreachable' : fresh), {
      ...{ noWay: [v6], settles: { within: 10_000, handshakes: 1 } },
    })
    expect(lame.result).toMatchObject([{ state: 'verified' }, { state: 'unverified' }])
    expect(lame.slept).toBe(0)
    expect((await against(() => fresh, { noWay: [v6] })).result).toMatchObject(verifiedAt(v4, v6))
  })

  test('trouble of our own says nothing about the address', async () => {
    const ours = new Failure('LOCAL_TROUBLE', 'no connection can be opened from here: EMFILE')
    expect((await against(() => ours, { answered: [v4, v6] })).result).toMatchObject({ code: 'LOCAL_TROUBLE' })
    expect((await against(({ at }) => (at < 5_000 ? ours : fresh), { answered: [v4, v6] })).result).toMatchObject(
      verifiedAt(v4, v6),
    )
  })

  test('a run that has no time left says so about what may still come, and is sure about what is broken', async () => {
    const hurried = { time: 31_000 }
    expect((await against(() => old, hurried)).result).toMatchObject({ code: 'OUT_OF_TIME' })
    expect((await against(() => 'broken', hurried)).result).toMatchObject(failedProof)
    expect((await against(() => fresh, { ...hurried, time: 20_000 })).result).toMatchObject({ code: 'OUT_OF_TIME' })
  })
})

describe('a listener that holds keys of both families', () => {
  const both = ({ only }: Greeting) => (only === 'rsa' ? rsa : old)

  test('is asked for the family of the certificate that is to be proved', async () => {
    const { result, greetings } = await against(both, { wanted: rsa, endpoints: [v4] })
    expect(result).toEqual([{ ...v4, state: 'verified', family: 'rsa' }])
    expect(new Set(greetings.map(({ only }) => only))).toEqual(new Set(['rsa']))
  })

  test('shows another certificate where it has none of that family, and it is said which', async () => {
    const onlyRsa = ({ only }: Greeting) => (only === 'ecdsa' ? 'broken' : rsa)
    const { result } = await against(onlyRsa, { endpoints: [v4] })
    expect((result as Failure).message).toContain(
      `it shows ${rsa.fingerprint.slice(0, 16)} (serial ${rsa.serial}), with an RSA key`,
    )
  })
})

describe('a look follows the one before', () => {
  const one = { endpoints: [v4], of: ['shop.test'] }
  const times = async (shows: (greeting: Greeting) => Shown, options: Options = {}) =>
    (await against(shows, { ...one, ...options })).greetings.map(({ at }) => at)

  test('after a tenth of a second, and half as much more each time, whether it shows what it should or not', async () => {
    expect(await times(() => fresh)).toEqual([0, 100, 250, 475])
    expect((await times(() => old)).slice(0, 5)).toEqual([0, 100, 250, 475, 812.5])
    expect((await times(({ count }) => (count === 0 ? fresh : old))).slice(0, 4)).toEqual([0, 100, 200, 350])
  })

  test('ten seconds later at most', async () => {
    const at = await times(() => old, { settles: { within: 300_000, handshakes: 1 } })
    expect(Math.max(...at.map((each, index) => each - (at[index - 1] ?? 0)))).toBe(10_000)
  })

  test('two hundred times at most, however the clock is set', async () => {
    let handshakes = 0
    const probe: Probe = {
      async handshake() {
        handshakes += 1
        return { result: 'presented', certificate: old }
      },
    }
    const clock = { now: () => new Date(0), sleep: async () => {} }
    const world = { probe, clock, log: createLog(() => {}, clock), timeLeft: () => 3_600_000 }
    const context = { names: ['shop.test'], endpoints: [v4], known: () => 'answers' as const, settles: undefined }
    await expect(verify(fresh, context, world)).rejects.toMatchObject({ code: 'OUT_OF_TIME' })
    expect(handshakes).toBe(200)
  })

  test('for five seconds where nothing ever answered, also where no way led there and it refuses now', async () => {
    const silent = await against(() => 'refused', { ...one, takes: 500 })
    expect([silent.result, Math.floor(silent.took)]).toEqual([
      [expect.objectContaining({ state: 'unverified' })],
      5_578,
    ])
    expect((await against(() => 'refused', { ...one, noWay: [v4] })).took).toBeGreaterThan(5_000)
    expect((await against(() => 'unreachable', one)).took).toBeGreaterThan(5_000)
  })

  test('for fifteen seconds where one that answered refuses', async () => {
    const { result, took } = await against(() => 'refused', { ...one, answered: [v4] })
    expect(result).toMatchObject(failedProof)
    expect(took).toBeGreaterThanOrEqual(15_000)
    expect(took).toBeLessThan(30_000)
  })

  test('until it is sure, where an address to which no way led has answered once', async () => {
    const { result, took } = await against(({ count }) => (count === 0 ? fresh : 'unreachable'), {
      ...one,
      noWay: [v4],
    })
    expect(result).toMatchObject(failedProof)
    expect(took).toBeGreaterThan(10_000)
  })
})

describe('what is said of an address', () => {
  test('is the family of its key, also where it has one name', async () => {
    const { result } = await against(() => fresh, { endpoints: [v4], of: ['shop.test'] })
    expect(result).toEqual([{ ...v4, state: 'verified', family: 'ecdsa' }])
  })

  test('that answers for one name is that it fails for the other, and never that it could not be reached', async () => {
    const { result } = await against(({ serverName }) => (serverName === 'shop.test' ? 'unreachable' : fresh), {
      endpoints: [v4],
    })
    expect(result).toMatchObject(failedProof)
  })

  test('is the first name for which it is wrong', async () => {
    const { result } = await against(() => old, { endpoints: [v4] })
    expect((result as Failure).fields).toEqual({ address: '192.0.2.1 port 443', serverName: 'shop.test' })
  })

  test('is that it shows the certificate alone, or why it shows none', async () => {
    const message = async (shown: Shown) =>
      ((await against(() => shown, { endpoints: [v4], answered: [v4] })).result as Failure).message
    expect(await message(alone)).toContain('without the certificates of its issuers')
    expect(await message('broken')).toContain('it resets the connection')
  })
})
