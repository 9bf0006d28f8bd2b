import { driver, recordsAnswer } from '../../../lib/dns/drivers/porkbun.ts'
import { type DnsPeer, drop, httpVendor, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const DNS = '/api/json/v3/dns'
const IDS = new RegExp(`^POST ${DNS}/delete/${ZONE}/(\\d+)$`)

export const refusal = (message: string, status = 400) => ({ status, body: { status: 'ERROR', message } })

interface Wanted {
  readonly name: string
  readonly type: string
  readonly content: string
  readonly ttl: number
}

/** It takes a record twice, and knows domains by their whole name alone. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ apiKey: token, secretApiKey: token }, context),
    answer({ route, headers, body, rows }) {
      if (headers['x-api-key'] !== TOKEN || headers['x-secret-api-key'] !== TOKEN)
        return refusal('Invalid API key. (002)')
      if (!route.split('/').includes(ZONE)) return refusal('Invalid domain.')
      if (route === `GET ${DNS}/retrieve/${ZONE}`) {
        const records = rows.map(({ id, name, type, value }) => ({
          ...{ id: `${id}`, name: name === '' ? ZONE : `${name}.${ZONE}`, type, content: value, ttl: '600' },
          ...{ prio: null, notes: null },
        }))
        return { status: 200, body: { status: 'SUCCESS', cloudflare: 'enabled', records } }
      }
      if (route === `POST ${DNS}/create/${ZONE}`) {
        const { name, type, content: value, ttl } = body as Wanted
        if (ttl < 600) return refusal('Create error: the TTL is too small.')
        rows.push(kept({ name, type, value, ttl }))
        return { status: 200, body: { status: 'SUCCESS', id: rows.at(-1)?.id } }
      }
      const id = IDS.exec(route)?.[1]
      return drop(rows, (each) => `${each.id}` === id)
        ? { status: 200, body: { status: 'SUCCESS' } }
        : refusal('Delete error: We were unable to delete the DNS record.')
    },
    says: {
      denied: refusal('Domain is not opted in to API access.'),
      rejected: refusal(`Create error: not with ${TOKEN}.`),
    },
  })

export const peer: DnsPeer = {
  evidence: { recording: '2024', documentation: 'keys in headers, lists by GET, words of errors' },
  create,
  recording: {
    folder: 'dns/porkbun',
    zone: 'example.xyz',
    answers: { 'POST /api/json/v3/dns/retrieve/…': recordsAnswer },
    unrecorded: {
      'GET /api/json/v3/dns/retrieve/…': 'the same list, by GET with the keys in headers: https://porkbun.com/llms/dns',
    },
  },
}
