import { type Answer, AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { lookupAt } from '../../lib/dns/resolver.ts'
import { createSolver, type SolverOptions } from '../../lib/dns/solver.ts'
import { MINUTE } from '../../lib/platform/clock.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { DnsProvider } from '../../lib/ports.ts'
import { failure } from '../support/failure.ts'

interface Said {
  readonly rcode?: 'NXDOMAIN' | 'SERVFAIL' | 'NOTIMP'
  readonly isAuthoritative?: boolean
  readonly answers?: Answer[]
  readonly authorities?: Answer[]
  /** Of the HTTP answer. */
  readonly status?: number
  readonly type?: string
}

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4 } as const

/** Resolvers over HTTPS in memory, that answer `says` of the question, and the host that is asked. */
function resolvers(says: (question: string, host: string) => Said) {
  const asked: string[] = []
  const sent: HttpRequest[] = []
  const http = {
    async send(request: HttpRequest) {
      sent.push(request)
      const { host, searchParams } = new URL(request.url)
      const { questions = [] } = decode(Buffer.from(searchParams.get('dns') ?? '', 'base64url'))
      const [{ type = 'A', name = '' } = {}] = questions
      asked.push(`${host} ${type} ${name}`)
      const said = says(`${type} ${name}`, host)
      const { answers = [], authorities = [], isAuthoritative, rcode = 'NOERROR' } = said
      const flags = (isAuthoritative ? AUTHORITATIVE_ANSWER : 0) | RCODES[rcode]
      const bytes = encode({ type: 'response', id: 0, flags, questions, answers, authorities })
      const headers: Record<string, string> = { 'content-type': said.type ?? 'application/dns-message' }
      return { status: said.status ?? 200, headers, body: bytes.toString('latin1'), receivedAt: new Date(0) }
    },
  }
  const look = (urls = ['https://one.test/q']) => lookupAt(urls, { http })
  return { asked, sent, http, look }
}

const cname = (name: string, data: string): Answer => ({ type: 'CNAME', name, data, ttl: 1 })
const txt = (name: string, data: string): Answer => ({ type: 'TXT', name, data, ttl: 1 })
const ns = (name: string, data: string): Answer => ({ type: 'NS', name, data, ttl: 1 })
const address = (name: string, data: string): Answer => ({ type: 'A', name, data, ttl: 1 })
const soa = (name: string): Answer =>
  ({ type: 'SOA', name, ttl: 1, data: { mname: 'ns1.example', rname: 'ops.example', serial: 1 } }) as unknown as Answer

describe('a question over HTTPS', () => {
  test('is a GET of one message that may not be remembered as another’s, of three seconds, and as large as messages get', async () => {
    const { sent, look } = resolvers(() => ({}))
    await look(['https://one.test/q', 'https://two.test/q']).txt('shop.example')
    const dns = 'AAABAAABAAAAAAAABHNob3AHZXhhbXBsZQAAEAAB'
    const common = { method: 'GET', timeout: 3_000, maxBytes: 65_535, encoding: 'latin1' }
    const headers = { accept: 'application/dns-message' }
    expect(sent).toEqual([{ ...common, headers, url: `https://one.test/q?dns=${dns}` }])
    await look(['https://one.test/q?key=1']).txt('shop.example')
    expect(sent[1]?.url).toBe(`https://one.test/q?key=1&dns=${dns}`)
  })

  test.each([
    ['is a page', { type: 'text/html' }, 'EBADRESP'],
    ['is an error, whatever it holds', { status: 500 }, 'HTTP 500'],
  ])('is not answered by what %s', async (_, said, reason) => {
    const { look } = resolvers(() => said)
    expect(await failure(look().txt('shop.example'))).toMatchObject({ fields: { reason } })
  })

  test('waits for its turn', async () => {
    const { http, asked } = resolvers(() => ({}))
    const order: string[] = []
    const pace = async () => void order.push(`turn ${asked.length}`)
    const look = lookupAt(['https://one.test/q'], { http, pace })
    await look.txt('a.example')
    await look.txt('b.example')
    expect(order).toEqual(['turn 0', 'turn 1'])
  })
})

describe('of several servers', () => {
  test('the next is asked where one has no answer, and is asked first from then on', async () => {
    const { asked, look } = resolvers((_, host) => (host === 'one.test' ? { rcode: 'SERVFAIL' } : {}))
    const two = look(['https://one.test/q', 'https://two.test/q'])
    await two.txt('a.example')
    await two.txt('b.example')
    expect(asked).toEqual(['one.test TXT a.example', 'two.test TXT a.example', 'two.test TXT b.example'])
  })

  test('none has an answer: the reason of the last is told', async () => {
    const { look } = resolvers((_, host) => ({ rcode: host === 'one.test' ? 'SERVFAIL' : 'NOTIMP' }))
    const failed = await failure(look(['https://one.test/q', 'https://two.test/q']).cname('a.example'))
    expect(failed?.message).toMatch(/gave no answer on CNAME a\.example: NOTIMP$/)
  })
})

describe('an answer', () => {
  const chain = (length: number) => [
    ...Array.from({ length }, (_, at) => cname(`n${at}.example`, `n${at + 1}.example`)),
    txt(`n${length}.example`, 'value'),
  ]
  test.each([
    [16, ['value']],
    [17, []],
  ])('leads over %i CNAMEs to %j', async (length, values) => {
    const { look } = resolvers(() => ({ answers: chain(length) }))
    expect((await look().txt('n0.example')).values).toEqual(values)
  })

  test('means by its CNAMEs those of the name alone', async () => {
    const answers = [
      cname('other.example', 'elsewhere.example'),
      txt('shop.example', 'own'),
      txt('elsewhere.example', 'x'),
    ]
    const { look } = resolvers(() => ({ answers }))
    expect((await look().txt('shop.example')).values).toEqual(['own'])
  })

  test('may say that the name is a CNAME to one that is not there', async () => {
    const { look } = resolvers(() => ({ rcode: 'NXDOMAIN', answers: [cname('shop.example', 'gone.example')] }))
    expect(await look().cname('shop.example')).toEqual({ values: ['gone.example'], exists: true })
  })

  test('of one family is enough where nobody answers about the other', async () => {
    for (const silentOn of ['A', 'AAAA']) {
      const { look } = resolvers((question) => {
        if (question.startsWith(`${silentOn} `)) return { rcode: 'SERVFAIL' }
        const data = silentOn === 'A' ? '2001:db8::1' : '192.0.2.1'
        return { answers: [{ ...address('a.example', data), type: silentOn === 'A' ? 'AAAA' : 'A' } as Answer] }
      })
      expect((await look().addresses('a.example')).values).toHaveLength(1)
    }
  })

  test('of one family says that the name is there, though the other does not', async () => {
    const { look } = resolvers((question) => (question.startsWith('A ') ? { rcode: 'NXDOMAIN' } : {}))
    expect(await look().addresses('a.example')).toEqual({ values: [], exists: true })
  })
})

describe('a server that knows only whom to ask', () => {
  const authorities = [address('example', '192.0.2.1'), ns('shop.example', 'NS1.other.example')]

  test('names the zone and its servers', async () => {
    const { look } = resolvers(() => ({ authorities }))
    const referral = { zone: 'shop.example', hosts: ['ns1.other.example'] }
    expect(await look().ns('shop.example')).toEqual({ values: [], exists: true, referral })
  })

  test('has no answer on a text', async () => {
    const { look } = resolvers(() => ({ authorities }))
    for (const asked of [look().txt('shop.example'), look().caa('shop.example')])
      expect(await failure(asked)).toMatchObject({ fields: { reason: 'ELAME' } })
  })

  test.each<[string, Said]>([
    ['it answers', { authorities, answers: [txt('shop.example', 'v')] }],
    ['it is an authority', { authorities, isAuthoritative: true }],
    ['it says where its zone begins', { authorities: [...authorities, soa('example')] }],
    ['it names nobody', { authorities: [address('example', '192.0.2.1')] }],
    ['it says that the name is not there', { authorities, rcode: 'NXDOMAIN' }],
  ])('is none where %s', async (_, said) => {
    const { look } = resolvers(() => said)
    expect(await look().cname('shop.example')).not.toHaveProperty('referral')
    expect(await look().txt('shop.example')).toMatchObject({ exists: said.rcode === undefined })
  })
})

describe('a solver that asks over HTTPS', () => {
  const NAME = '_acme-challenge.shop.example'
  const record = { name: NAME, value: 'v', zone: 'shop.example', provider: 'main' }

  /** Time passes by sleeping alone. */
  function solver(says: Parameters<typeof resolvers>[0], options: Partial<SolverOptions> = {}) {
    let time = 0
    const clock = {
      now: () => new Date(time),
      sleep: async (ms: number) => {
        time += ms
      },
    }
    const { http, asked, sent } = resolvers(says)
    const provider: DnsProvider = {
      addTxt: async () => {},
      removeTxt: async () => {},
      capacity: async ({ relativeName }) => ({ values: 2, key: relativeName }) as never,
    }
    const urls = ['https://one.test/q', 'https://two.test/q']
    const opened = createSolver({
      ...{ providers: { main: { provider } }, resolvers: urls, http, clock, log: createLog(silent, clock) },
      ...{ random: () => 0.5, timeLeft: () => 60 * MINUTE - time },
      ...options,
    })
    return { solver: opened, asked, sent, waited: () => time }
  }
  const shown = (): Said => ({ answers: [txt(NAME, 'v')] })

  test('watches for a value at the second of two, which has not been asked before, for as long as answers may take', async () => {
    const { solver: cutOff, asked, sent, waited } = solver(shown)
    await cutOff.present([record])
    expect(asked).toEqual([`two.test TXT ${NAME}`])
    expect([waited(), sent[0]?.timeout]).toEqual([15_000, 3_000])
  })

  test('watches at the servers that are configured, which answer at once or not at all', async () => {
    const { solver: closed, asked, sent, waited } = solver(shown, { nameservers: ['https://ns.test/q'] })
    await closed.present([record])
    expect(asked).toEqual([`ns.test TXT ${NAME}`])
    expect([waited(), sent[0]?.timeout]).toEqual([0, 2_000])
  })

  test('asks the first of two alone where a name leads to', async () => {
    const { solver: cutOff, asked } = solver((question, host) =>
      question === `CNAME ${NAME}` && host === 'one.test'
        ? { rcode: 'SERVFAIL' }
        : { answers: question === 'SOA shop.example' ? [soa('shop.example')] : [] },
    )
    expect(await failure(cutOff.locate(['shop.example']))).toMatchObject({ code: 'DNS_LOOKUP_FAILED' })
    expect(asked).toEqual(['one.test SOA shop.example', `one.test CNAME ${NAME}`])
  })

  test('tells room by provider, and gives a record to the one that holds its zone now', async () => {
    const { solver: any } = solver(shown)
    expect(await any.capacity(record)).toEqual({ values: 2, key: 'main _acme-challenge' })
    expect(await any.assigned({ ...record, provider: 'gone' })).toEqual(record)
    const { solver: free } = solver(shown, {
      providers: { main: { provider: { addTxt: async () => {}, removeTxt: async () => {} } } },
    })
    expect(await free.capacity(record)).toBeUndefined()
  })
})
