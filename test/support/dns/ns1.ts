import { driver, recordAnswer, zoneAnswer } from '../../../lib/dns/drivers/ns1.ts'
import { type DnsPeer, drop, httpVendor, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const ZONES = '/v1/zones/'

export const refusal = (status: number, message: string) => ({ status, body: { message } })

interface Wanted {
  readonly zone?: string
  readonly domain?: string
  readonly type?: string
  readonly ttl?: number
  readonly answers: readonly { readonly answer: readonly [string]; readonly id?: string }[]
}

/** PUT creates a record and POST changes one; neither does the other. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ apiKey: token }, context),
    answer({ route, headers, body, rows }) {
      if (headers['x-nsone-key'] !== TOKEN) return refusal(401, 'Unauthorized')
      const [method = '', path = ''] = route.split(' ')
      const [zone = '', domain, type = ''] = path.slice(ZONES.length).split('/')
      if (domain === undefined)
        return zone === ZONE ? { status: 200, body: { zone, ttl: 3600 } } : refusal(404, 'zone not found')
      const name = domain === ZONE ? '' : domain.slice(0, -`.${ZONE}`.length)
      const here = rows.filter((each) => zone === ZONE && each.name === name && each.type === type)
      const { answers = [], ttl = 3600, ...wanted } = (body ?? {}) as Partial<Wanted>
      if (method === 'PUT') {
        if (zone !== ZONE) return refusal(404, 'zone not found')
        if (here.length > 0) return refusal(400, 'record already exists')
        if (wanted.zone !== zone || wanted.domain !== domain || wanted.type !== type)
          return refusal(400, 'Input validation failed')
        for (const { answer } of answers) rows.push(kept({ name, type, value: answer[0], ttl }))
        return { status: 200, body: {} }
      }
      if (here.length === 0) return refusal(404, 'record not found')
      if (method === 'GET') {
        const all = here.map(({ id, value }) => ({ answer: [value], id: `${id}` }))
        return { status: 200, body: { zone, domain, type, ttl: here[0]?.ttl ?? 3600, answers: all } }
      }
      drop(rows, (each) => here.includes(each))
      for (const { answer, id } of answers) {
        const old = here.find((each) => `${each.id}` === id)
        rows.push(old ?? kept({ name, type: 'TXT', value: answer[0], ttl: here[0]?.ttl ?? ttl }))
      }
      return { status: 200, body: {} }
    },
    says: { denied: refusal(401, 'Unauthorized'), rejected: refusal(400, `Input validation failed: ${TOKEN}`) },
  })

export const peer: DnsPeer = {
  evidence: { recording: '2018', documentation: 'a zone without its records, the TTL of a record that is created' },
  create,
  recording: {
    folder: 'dns/nsone',
    zone: 'lexicon-example.com',
    answers: {
      'GET /v1/zones/…': zoneAnswer,
      'GET /v1/zones/…/…/TXT': recordAnswer,
    },
    unrecorded: {
      'GET /v1/zones/…': 'asked for without its records: `records=false` in the API reference',
      'PUT /v1/zones/…/…/TXT': 'with a TTL: the field `ttl` of a record in the API reference',
    },
  },
  cannot: {
    'what somebody else writes meanwhile is kept': 'the API writes a set under no condition',
  },
}
