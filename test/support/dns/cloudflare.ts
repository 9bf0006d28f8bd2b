import { driver, recordsAnswer, zonesAnswer } from '../../../lib/dns/drivers/cloudflare.ts'
import { type DnsPeer, drop, httpVendor, kept, pageOf, TOKEN, token, ZONE } from '../dns-vendors.ts'

const ID = '457dd20dded351b97830cb528f507819'
const RECORDS = `/client/v4/zones/${ID}/dns_records`

export const refusal = (status: number, code: number, message: string) => ({
  status,
  body: { success: false, errors: [{ code, message }], messages: [], result: null },
})

/** Names are absolute, no record stands there twice, and what is not understood is refused. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers.authorization !== `Bearer ${TOKEN}`) return refusal(403, 10000, 'Authentication error')
      const absolute = (name: string) => (name === '' ? ZONE : `${name}.${ZONE}`)
      const list = <T>(all: readonly T[]) => {
        const page = pageOf(all, query)
        const total_pages = Math.max(1, Math.ceil(all.length / 2))
        const result_info = { page: Number(query.get('page') ?? 1), per_page: 2, count: page.length, total_pages }
        return { status: 200, body: { success: true, errors: [], messages: [], result: page, result_info } }
      }
      if (route === 'GET /client/v4/zones') {
        const zones = [{ id: ID, name: ZONE, status: 'active' }]
        return list(zones.filter(({ name }) => name === (query.get('name') ?? name)))
      }
      if (route === `GET ${RECORDS}`) {
        const records = rows.map(({ id, name, type, value }) => ({
          ...{ id: `${id}`, type, name: absolute(name), content: value, ttl: 60 },
        }))
        const asked = (field: 'type' | 'name') => (each: Record<'type' | 'name', string>) =>
          !query.has(field) || each[field] === query.get(field)
        return list(records.filter(asked('type')).filter(asked('name')))
      }
      if (route === `POST ${RECORDS}`) {
        const { name: full, type, content, ttl } = body as Record<'name' | 'type' | 'content', string> & { ttl: number }
        const value = /^".*"$/.test(content) ? content.slice(1, -1) : content
        const name = full === ZONE ? '' : full.slice(0, -`.${ZONE}`.length)
        if (ttl < 60)
          return refusal(400, 9021, 'Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.')
        if (rows.some((each) => each.name === name && each.type === type && each.value === value))
          return refusal(400, 81058, 'An identical record already exists.')
        rows.push(kept({ name, type, value, ttl }))
        return { status: 200, body: { success: true, errors: [], messages: [], result: { id: `${rows.at(-1)?.id}` } } }
      }
      const id = new RegExp(`^DELETE ${RECORDS}/(\\d+)$`).exec(route)?.[1]
      if (id === undefined) return refusal(404, 7003, 'Could not route to the request')
      return drop(rows, (each) => `${each.id}` === id)
        ? { status: 200, body: { result: { id } } }
        : refusal(404, 81044, 'Record does not exist.')
    },
    says: {
      denied: refusal(403, 10000, 'Authentication error'),
      rejected: refusal(400, 1004, 'DNS Validation Error'),
      'rate limited': {
        ...refusal(429, 971, 'Please wait and consider throttling your request speed'),
        headers: { 'retry-after': '120' },
      },
    },
  })

export const peer: DnsPeer = {
  evidence: { recording: '2025', fixture: 'lego', documentation: 'asking by name and page, codes of errors' },
  create,
  recording: {
    folder: 'dns/cloudflare',
    zone: 'byemike.org',
    answers: {
      'GET /client/v4/zones': zonesAnswer,
      'GET /client/v4/zones/…/dns_records': recordsAnswer,
    },
    removal: {
      conversation: 'delete-one-value-leaves-others',
      method: 'DELETE',
      values: ['challengetoken1', 'challengetoken2'],
      shown: 'challengetoken1',
      options: { token },
    },
    unrecorded: {
      'GET /client/v4/zones': 'asked for by name: https://developers.cloudflare.com/api/resources/zones/methods/list/',
      'GET /client/v4/zones/…/dns_records': 'asked for by page: the documentation of the same list',
    },
  },
}
