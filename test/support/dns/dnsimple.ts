import { accountsAnswer, driver, recordsAnswer } from '../../../lib/dns/drivers/dnsimple.ts'
import { type DnsPeer, drop, httpVendor, inTwoMinutes, kept, pageOf, TOKEN, token, ZONE } from '../dns-vendors.ts'

/** That of the second account. */
const RECORDS = `/v2/731/zones/${ZONE}/records`

export const refusal = (status: number, message: string, errors?: Record<string, string[]>) => ({
  status,
  body: { message, ...(errors && { errors }) },
})
const denied = refusal(401, 'Authentication failed')
const invalid = (errors: Record<string, string[]>) => refusal(400, 'Validation failed', errors)

/** Names are relative, TXT contents come back in quotes, and an empty filter filters nothing. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers.authorization !== `Bearer ${TOKEN}`) return denied
      if (route === 'GET /v2/accounts') return { status: 200, body: { data: [{ id: 7 }, { id: 731 }] } }
      if (route === `GET ${RECORDS}`) {
        if (Number(query.get('per_page') ?? 30) > 100) return refusal(400, 'Invalid per_page')
        const all = rows
          .filter(({ name, type }) => name === (query.get('name') || name) && type === (query.get('type') || type))
          .map(({ id, name, type, value }) => ({ id, name, type, content: type === 'TXT' ? `"${value}"` : value }))
        const total_pages = Math.max(1, Math.ceil(all.length / 2))
        return { status: 200, body: { data: pageOf(all, query), pagination: { current_page: 1, total_pages } } }
      }
      if (route === `POST ${RECORDS}`) {
        const { type, name, content, ttl } = body as Record<'type' | 'name' | 'content', string> & { ttl: number }
        const value = /^".*"$/.test(content) ? content.slice(1, -1) : content
        if (rows.some((each) => each.name === name && each.type === type && each.value === value))
          return invalid({ base: ['Matching record already exists for this zone'] })
        if (ttl < 60) return invalid({ ttl: ['must be greater than or equal to 60'] })
        rows.push(kept({ name, type, value, ttl }))
        return { status: 201, body: { data: { id: rows.at(-1)?.id, zone_id: ZONE, name, type, ttl } } }
      }
      const [, zone = '', id] = /^\w+ \/v2\/\d+\/zones\/([^/]+)\/records(?:\/(\d+))?$/.exec(route) ?? []
      if (id === undefined) return refusal(404, `Zone \`${zone}\` not found`)
      return drop(rows, (each) => `${each.id}` === id) ? { status: 204 } : refusal(404, `Record \`${id}\` not found`)
    },
    says: {
      denied,
      rejected: invalid({ content: ["can't be blank"] }),
      'rate limited': { ...refusal(429, 'quota exceeded'), headers: { 'x-ratelimit-reset': inTwoMinutes() } },
    },
  })

export const peer: DnsPeer = {
  evidence: { recording: '2018', documentation: 'asking by page, quotes, the shortest ttl, what is refused' },
  create,
  recording: {
    folder: 'dns/dnsimple',
    zone: 'lexicontest.us',
    answers: { 'GET /v2/accounts': accountsAnswer, 'GET /v2/…/zones/…/records': recordsAnswer },
    removal: {
      conversation: 'delete-one-value-leaves-others',
      method: 'DELETE',
      values: ['challengetoken1', 'challengetoken2'],
      options: { token, endpoint: 'https://api.sandbox.dnsimple.com' },
    },
    unrecorded: { 'GET /v2/…/zones/…/records': 'asked for by page: https://developer.dnsimple.com/v2/#pagination' },
  },
}
