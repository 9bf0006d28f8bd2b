import { domainAnswer, driver, recordsAnswer } from '../../../lib/dns/drivers/digitalocean.ts'
import { type DnsPeer, drop, httpVendor, inTwoMinutes, kept, pageOf, TOKEN, token, ZONE } from '../dns-vendors.ts'

const DOMAIN = `/v2/domains/${ZONE}`

const refusal = (status: number, id: string, message: string) => ({ status, body: { id, message } })
const unauthorized = refusal(401, 'unauthorized', 'Unable to authenticate you')
const notFound = refusal(404, 'not_found', 'The resource you requested could not be found.')

/** Names are relative, the zone itself is @, and a time to live below 30 is refused. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers.authorization !== `Bearer ${TOKEN}`) return unauthorized
      if (route === `GET ${DOMAIN}`) return { status: 200, body: { domain: { name: ZONE, ttl: 1800 } } }
      if (route === `GET ${DOMAIN}/records`) {
        const all = rows
          .filter(({ type }) => type === (query.get('type') ?? type))
          .map(({ id, name, type, value }) => ({ id, type, name: name === '' ? '@' : name, data: value }))
        const next = Number(query.get('page') ?? 1) * 2 < all.length
        const links = next ? { pages: { next: `https://api.digitalocean.com${DOMAIN}/records?page=next` } } : {}
        return { status: 200, body: { domain_records: pageOf(all, query), links, meta: { total: all.length } } }
      }
      if (route === `POST ${DOMAIN}/records`) {
        const { name, type, data, ttl } = body as Record<'name' | 'type' | 'data', string> & { ttl: number }
        if (name === '') return refusal(422, 'unprocessable_entity', "Name can't be blank")
        if (ttl < 30) return refusal(422, 'unprocessable_entity', 'TTL must be at least 30')
        rows.push(kept({ name: name === '@' ? '' : name, type, value: data, ttl }))
        return { status: 201, body: { domain_record: { id: rows.at(-1)?.id, name, type, data, ttl } } }
      }
      const id = new RegExp(`^DELETE ${DOMAIN}/records/(\\d+)$`).exec(route)?.[1]
      return drop(rows, (each) => `${each.id}` === id) ? { status: 204, body: undefined } : notFound
    },
    says: {
      denied: unauthorized,
      rejected: refusal(422, 'unprocessable_entity', 'Data is invalid'),
      // Of the limit of an hour; the other one comes with Retry-After.
      'rate limited': {
        ...refusal(429, 'too_many_requests', 'API Rate limit exceeded.'),
        headers: { 'ratelimit-reset': inTwoMinutes() },
      },
    },
  })

export const peer: DnsPeer = {
  evidence: { recording: '2020', documentation: 'asking by type and page, the end of a limit' },
  create,
  recording: {
    folder: 'dns/digitalocean',
    zone: 'foxwoodswebsites.com',
    answers: { 'GET /v2/domains/…': domainAnswer, 'GET /v2/domains/…/records': recordsAnswer },
    removal: {
      conversation: 'delete-one-value-leaves-others',
      method: 'DELETE',
      values: ['challengetoken1', 'challengetoken2'],
      options: { token },
    },
    unrecorded: {
      'GET /v2/domains/…/records': 'asked for by type and page: https://docs.digitalocean.com/reference/api/',
    },
  },
}
