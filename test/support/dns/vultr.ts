import { domainsAnswer, driver, recordsAnswer } from '../../../lib/dns/drivers/vultr.ts'
import { type DnsPeer, drop, httpVendor, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const RECORDS = `/v2/domains/${ZONE}/records`

export const refusal = (status: number, error: string) => ({ status, body: { error, status } })
const denied = refusal(401, 'Invalid API token.')

/** A short page; the cursor of the next one is a word. */
function pageOf<T>(all: readonly T[], query: URLSearchParams) {
  const start = Number((query.get('cursor') ?? 'after-0').slice('after-'.length))
  const next = start + 2 < all.length ? `after-${start + 2}` : ''
  return { items: all.slice(start, start + 2), meta: { total: all.length, links: { next, prev: '' } } }
}

/** Names are relative, and the data of a TXT record stand in quotes or are refused. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ apiKey: token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers.authorization !== `Bearer ${TOKEN}`) return denied
      if (Number(query.get('per_page') ?? 0) > 500) return refusal(400, 'Invalid per_page')
      if (route === 'GET /v2/domains') {
        const domains = ['a.example', 'b.example', 'c.example', ZONE].map((domain) => ({ domain }))
        const { items, meta } = pageOf(domains, query)
        return { status: 200, body: { domains: items, meta } }
      }
      if (route === `GET ${RECORDS}`) {
        const all = rows.map(({ id, type, name, value, ttl = 3600 }) => ({
          ...{ id: `${id}`, type, name, data: type === 'TXT' ? `"${value}"` : value, priority: 0, ttl },
        }))
        const { items, meta } = pageOf(all, query)
        return { status: 200, body: { records: items, meta } }
      }
      if (route === `POST ${RECORDS}`) {
        const { type, name, data, ttl } = body as Record<'type' | 'name' | 'data', string> & { ttl: number }
        if (!/^".*"$/.test(data)) return refusal(400, 'Unable to add record: Record data must be enclosed in quotes')
        rows.push(kept({ type, name, value: data.slice(1, -1), ttl }))
        return { status: 201, body: { record: { id: `${rows.at(-1)?.id}`, type, name, data, priority: 0, ttl } } }
      }
      const id = new RegExp(`^DELETE ${RECORDS}/(\\d+)$`).exec(route)?.[1]
      return drop(rows, (each) => `${each.id}` === id) ? { status: 204 } : refusal(404, 'Invalid record id')
    },
    says: {
      denied,
      rejected: refusal(400, 'Unable to add record: Invalid data'),
      'rate limited': { ...refusal(429, 'Rate limit exceeded'), headers: { 'retry-after': '120' } },
    },
  })

/** What every page is asked for with. */
const PAGES = 'asked for by page: https://www.vultr.com/api/#section/Introduction/Meta-and-Pagination'

export const peer: DnsPeer = {
  evidence: { recording: '2021', fixture: 'govultr', documentation: 'asking by cursor' },
  create,
  recording: {
    folder: 'dns/vultr',
    zone: 'lexicon-test.eu',
    answers: { 'GET /v2/domains': domainsAnswer, 'GET /v2/domains/…/records': recordsAnswer },
    removal: {
      conversation: 'delete-one-value-leaves-others',
      method: 'DELETE',
      values: ['challengetoken1', 'challengetoken2'],
      options: { apiKey: token },
    },
    unrecorded: { 'GET /v2/domains': PAGES, 'GET /v2/domains/…/records': PAGES },
  },
}
