import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import { type Api as PracticeApi, startApi } from '../../sandbox/api.ts'
import { createAuthority, type Identity, serverCertificate } from '../../sandbox/pki.ts'
import { createEarlyWatch, type Sign, scopeOf } from './early.ts'
import { type Call, chance, createWeather, FAULTS, type Fault, retryAfter, type Weather } from './faults.ts'
import { type Api, LANES, type Lane } from './lanes.ts'
import { createLeakWatch } from './leak-watch.ts'
import { createLife } from './life.ts'
import { startFaultProxy } from './proxy.ts'
import { type ChaosReport, chaos } from './renewals.ts'
import { factsOf } from './report.ts'

const NOW = new Date('2026-11-22T06:00:00Z')
const in_ = (milliseconds: number) => new Date(NOW.getTime() + milliseconds)

/** Whether every fact holds; those that do not, otherwise. */
const broken = (reports: readonly ChaosReport[], wanted: number) =>
  factsOf(reports, wanted)
    .filter(({ holds }) => !holds)
    .map(({ what, details }) => [what, ...details])

describe('renewals in bad weather', { timeout: 120_000 }, () => {
  test('succeed, one certificate each, with a fifth of all calls failing and runs that are killed', async () => {
    const options = { seed: 'npm test', faults: 0.2, kills: 0.2, habits: 0, lies: 0, handshakes: 10 }
    const report = await chaos(LANES[0], 5, options)
    expect(broken([report], 5)).toEqual([])
    expect(report.handshakes.made).toBeGreaterThan(10)
    expect(report.renewals.some(({ killed }) => killed > 0)).toBe(true)
  })

  test('succeed whatever habit the authority has, with no failure at all where nothing else goes wrong', async () => {
    const options = { seed: 'habits', faults: 0, kills: 0, habits: 1, lies: 0, handshakes: 5 }
    const report = await chaos(LANES[0], 8, options)
    expect(broken([report], 8)).toEqual([])
    expect(report.habits).toBeGreaterThan(4)
    expect(report.renewals.map(({ runs }) => runs)).toEqual(report.renewals.map(() => 1))
  })

  /** The first calls that fit meet this. */
  const storm =
    (where: readonly Api[], fits: (call: Call) => boolean, faults: readonly Fault[]) =>
    (api: Api): Weather => {
      const left = where.includes(api) ? [...faults] : []
      let isCalm = false
      return {
        next: undefined,
        take: (call) => (call !== undefined && !isCalm && fits(call) ? left.shift() : undefined),
        calm() {
          isCalm = true
        },
      }
    }
  const posts = (path: RegExp) => (call: Call) => call.method === 'POST' && path.test(call.path)
  const writes = ({ method }: Call) => method !== 'GET'

  /** One renewal in it. */
  async function through(change: Partial<Lane>, faults: (api: Api) => Weather) {
    const report = await chaos({ ...LANES[0], ...change }, 1, {
      seed: 'storm',
      faults,
      kills: 0,
      habits: 0,
      lies: 0,
      handshakes: 5,
    })
    expect(broken([report], 1)).toEqual([])
    return (api: Api, fault: Fault) => report.tally[api].faults[fault]
  }

  test.each([
    ['newAccount', /^\/new-account$/],
    ['newOrder', /^\/new-order$/],
    ['the challenge', /^\/challenge\//],
    ['finalize', /\/finalize$/],
  ])('F-44 the answer to %s is lost after the CA has acted, and one certificate is issued', async (_, path) => {
    const met = await through({}, storm(['ca'], posts(path), ['lost answer']))
    expect(met('ca', 'lost answer')).toBe(1)
  })

  test('F-44 the certificate comes in part, or a page in its place: it is asked for again, and not ordered again', async () => {
    const faults: Fault[] = ['truncated', 'HTML page', 'truncated', 'HTML page', 'truncated']
    const met = await through({}, storm(['ca'], posts(/^\/certificate\//), faults))
    expect(met('ca', 'truncated')).toBe(3)
  })

  test.each(['scaleway', 'linode', 'httpreq'] as const)(
    'F-20 DNS at %s is down, and breaks off after it has written: no value is left, and no order is wasted',
    async (dns) => {
      const faults: Fault[] = ['reset after', '5xx', 'lost answer', 'reset before', 'HTML page']
      const met = await through({ dns }, storm(['dns'], writes, faults))
      expect(faults.map((fault) => met('dns', fault))).toEqual([1, 1, 1, 1, 1])
    },
  )

  test('F-22 DNS that asks for patience, in whatever words, is not asked before its time', async () => {
    const met = await through(
      {},
      storm(['dns'], () => true, Array<Fault>(6).fill('retry-after')),
    )
    expect(met('dns', 'retry-after')).toBe(6)
  })

  const clouds = [
    ['in a bucket', { secrets: 's3', state: 's3' }],
    ['at Scaleway', { secrets: 'scaleway-secret-manager', state: 's3' }],
  ] as const

  test.each(clouds)(
    'F-60 stores %s that throttle and break down hold a renewal up, and spoil nothing',
    async (_, stores) => {
      const faults: Fault[] = ['5xx', 'retry-after', 'HTML page', '4xx', 'retry-after']
      const met = await through(stores, storm(['secrets', 'state'], writes, faults))
      expect([met('secrets', 'retry-after'), met('state', 'retry-after')]).toEqual([2, 2])
    },
  )

  test.each(clouds)(
    'F-66 the answer of a store %s is lost after its write, and the write stands',
    async (_, stores) => {
      const faults: Fault[] = ['lost answer', 'reset after', 'truncated', 'lost answer']
      const met = await through(stores, storm(['secrets', 'state'], writes, faults))
      expect([met('secrets', 'lost answer'), met('state', 'lost answer')]).toEqual([2, 2])
    },
  )
})

describe('the fault proxy', () => {
  let tls: Identity
  let root: string
  let api: PracticeApi
  let acted = 0
  beforeAll(async () => {
    const house = await createAuthority({ name: 'House' })
    tls = await serverCertificate(house)
    root = house.rootPem
    const answer = () => {
      acted += 1
      return { status: 200, body: { hello: 'world' } }
    }
    const unknown = { status: 404 }
    api = await startApi(
      {
        routes: [{ method: 'GET', path: /^\/$/, answer }],
        authenticate() {},
        unknown,
        malformed: unknown,
        headers: () => ({}),
      },
      { tls },
    )
  })
  afterAll(() => api.close())

  async function calls(fault: Fault) {
    const faults: (Fault | undefined)[] = [undefined, fault, undefined]
    const broke: Fault[] = []
    const proxy = await startFaultProxy({
      ...{ tls, root, target: () => api.port, random: () => 0, now: () => NOW },
      weather: {
        get next() {
          return faults[0]
        },
        take: () => faults.shift(),
        calm() {},
      },
      came: () => false,
      acted: () => false,
      broke: (each) => broke.push(each),
      asked() {},
    })
    const agent = new Agent({ connect: { ca: root } })
    const answers: string[] = []
    const before = acted
    for (let each = 0; each < 3; each += 1) {
      answers.push(
        await request(`${proxy.origin}/`, { dispatcher: agent }).then(
          async ({ statusCode, body }) =>
            body.text().then(
              (text) => `${statusCode} ${text}`,
              ({ code }) => code,
            ),
          ({ code }) => code,
        ),
      )
    }
    await agent.destroy()
    await proxy.close()
    expect(broke).toEqual([fault])
    expect([answers[0], answers[2]]).toEqual(Array(2).fill('200 {"hello":"world"}'))
    return { answer: answers[1], acted: acted - before - 2 }
  }

  test.each([
    ['refused', 'ECONNREFUSED', 0],
    ['reset before', 'ECONNRESET', 0],
    ['reset after', 'ECONNRESET', 1],
    ['4xx', '400 {"message":"not this time"}', 0],
    ['5xx', '500 {"message":"not this time"}', 0],
    ['HTML page', expect.stringMatching(/^200 <html>/), 0],
    ['truncated', 'UND_ERR_SOCKET', 1],
    ['slow', '200 {"hello":"world"}', 1],
    ['lost answer', 'UND_ERR_SOCKET', 1],
    ['retry-after', expect.stringMatching(/^429/), 0],
  ] as const)('breaks a call: %s', async (fault, answer, times) => {
    expect(await calls(fault)).toEqual({ answer, acted: times })
  })

  test('every fault comes, at its share of the calls, and a seed gives the same again', () => {
    const drawn = (seed: string) => {
      const weather = createWeather(seed, 0.2)
      return Array.from({ length: 2_000 }, () => weather.take(undefined))
    }
    const faults = drawn('one').filter((fault) => fault !== undefined)
    expect(faults.length / 2_000).toBeCloseTo(0.2, 1)
    expect(new Set(faults)).toEqual(new Set(FAULTS))
    expect(drawn('one')).toEqual(drawn('one'))
    expect(drawn('one')).not.toEqual(drawn('two'))
  })

  test('a Retry-After comes in every form, right and wrong, and its meaning with it', () => {
    const random = chance('forms')
    const asked = Array.from({ length: 400 }, () => retryAfter(NOW, random))
    const meaning = new Map(asked.map(({ header, until, senseless }) => [header, senseless ? 'none' : until]))
    expect(meaning.get('0')).toBeUndefined()
    expect(meaning.get('Sat, 21 Nov 2026 06:00:00 GMT')).toBeUndefined()
    expect([meaning.get('-1'), meaning.get('soon')]).toEqual(['none', 'none'])
    expect([meaning.get('315360000'), meaning.get('Wed, 19 Nov 2036 06:00:00 GMT')]).toEqual([
      in_(7 * DAY),
      in_(7 * DAY),
    ])
    expect(asked.some(({ header, until }) => until?.toUTCString() === header)).toBe(true)
    expect(asked.some(({ header, until }) => until?.getTime() === NOW.getTime() + Number(header) * 1_000)).toBe(true)
  })
})

describe('the watch for early retries', () => {
  const early = (...signs: Sign[]) => {
    const watch = createEarlyWatch()
    for (const sign of signs) watch.see(sign)
    return watch.early.map(({ scope }) => scope)
  }
  const call = (scope: string, at: Date): Sign => ({ sign: 'call', scope, at })
  const hour: Sign = { sign: 'asked', scope: 'dns', until: in_(HOUR) }
  const noted: Sign = { sign: 'noted' }
  const ended: Sign = { sign: 'ended' }

  test('sees a call that comes too soon, in the same run and in a later one', () => {
    expect(early(hour, call('dns', in_(MINUTE)))).toEqual(['dns'])
    expect(early(hour, noted, ended, call('dns', in_(HOUR - 1)))).toEqual(['dns'])
    expect(early(hour, { ...hour, until: in_(MINUTE) }, call('dns', in_(2 * MINUTE)))).toEqual(['dns'])
  })

  test('lets pass what comes in time, to somebody else, or from a run that cannot know', () => {
    expect(early(hour, noted, ended, call('dns', in_(HOUR)))).toEqual([])
    expect(early(hour, call('linode', in_(MINUTE)))).toEqual([])
    expect(early(hour, ended, call('dns', in_(MINUTE)))).toEqual([])
  })

  test('takes all that is signed for one, and what a CA shows to everybody by itself and for one run', () => {
    expect([scopeOf('ca', '/new-order'), scopeOf('ca', '/order/7/finalize')]).toEqual(['ca', 'ca'])
    const scope = scopeOf('ca', '/renewal-info/abc')
    expect(scope).not.toBe(scopeOf('ca', '/directory'))
    const asked: Sign = { sign: 'asked', scope, until: in_(HOUR) }
    expect(early(asked, call(scope, in_(MINUTE)))).toEqual([scope])
    expect(early(asked, noted, ended, call(scope, in_(MINUTE)))).toEqual([])
  })
})

describe('what must be true in the end', () => {
  const handshakes = { made: 9, failed: 0, expected: 0, failures: {}, seconds: 1 }
  const renewal = { renewed: true, runs: 2, killed: 0, issued: 1, givenUp: 0, story: [] }
  const tally = {} as ChaosReport['tally']
  const good: ChaosReport = {
    id: 'shop',
    renewals: [renewal, renewal],
    tally,
    handshakes,
    early: [],
    leaks: [],
    left: [],
    lies: { begun: 0, shown: 0 },
    habits: 0,
    wrongs: [],
  }

  test.each<[string, Partial<ChaosReport>]>([
    ['renewed 1 of 2', { renewals: [renewal, { ...renewal, renewed: false }] }],
    ['failed handshakes 3', { handshakes: { ...handshakes, failed: 3, failures: { 'shop.example: expired': 3 } } }],
    ['duplicate certificates 2', { renewals: [renewal, { ...renewal, issued: 3 }] }],
    ['early retries 1', { early: [{ scope: 'dns', at: NOW, until: in_(HOUR) }] }],
    ['leaks 1', { leaks: ['a token in line 1'] }],
    ['said well and was not 1', { wrongs: [{ how: 'said well and was not', details: 'shop.example shows nothing' }] }],
    ['broken and not said 1', { wrongs: [{ how: 'broken and not said', details: 'shop.example shows nothing' }] }],
    [
      'broken and not put back 1',
      { wrongs: [{ how: 'broken and not put back', details: 'shop.example shows nothing' }] },
    ],
    ['left behind 1', { left: ['a TXT record at _acme-challenge.shop.example'] }],
  ])('can be false: %s', (what, change) => {
    expect(broken([good], 2)).toEqual([])
    expect(broken([{ ...good, ...change }], 2).map(([first]) => first)).toEqual([what])
  })

  test('a leak is heard: a token, and a line of any key that was stored', () => {
    const watch = createLeakWatch(['secret-of-this-world'])
    const key = (letter: string) =>
      JSON.stringify(`-----BEGIN PRIVATE KEY-----\n${letter.repeat(64)}\nend=\n-----END PRIVATE KEY-----\n`)
    watch.learn(key('x'))
    watch.learn(key('y'))
    watch.hear('all is well\nend=')
    expect(watch.leaks).toEqual([])
    watch.hear('it is secret-of-this-world')
    watch.hear(`key ${'x'.repeat(64)}`)
    watch.hear('canary-token-1234567')
    expect(watch.leaks.map(({ what }) => what)).toEqual(['a token of this world', 'a line of a key', 'a token'])
  })

  test('a dead run does nothing any more: what it waits for never settles', async () => {
    const life = createLife(3)
    const effect = { place: 'state', name: 'state.read', changes: false }
    expect(await life.gate(effect, async () => 'first')).toBe('first')
    let done = false
    const lost = life.gate(effect, async () => {
      done = true
    })
    expect(await Promise.race([lost, life.death])).toBe('killed')
    expect(done).toBe(false)
    expect(await Promise.race([life.gate(effect, async () => 'more'), life.death])).toBe('killed')
  })
})
