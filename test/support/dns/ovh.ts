import { createHash } from 'node:crypto'
import { driver, idsAnswer, recordAnswer } from '../../../lib/dns/drivers/ovh.ts'
import type { HttpRequest } from '../../../lib/platform/http.ts'
import { type DnsPeer, drop, httpVendor, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const PATH = `/1.0/domain/zone/${ZONE}`
const options = { applicationKey: token, applicationSecret: token, consumerKey: token }

const refusal = (status: number, errorCode: string, message: string) => ({ status, body: { errorCode, message } })
const isRefresh = ({ url }: HttpRequest) => url.endsWith('/refresh')

/** As the vendor computes it, of what arrived. */
function isSigned({ method, url, headers = {}, body = '' }: HttpRequest): boolean {
  const text = `${TOKEN}+${TOKEN}+${method}+${url}+${body}+${headers['x-ovh-timestamp']}`
  return headers['x-ovh-signature'] === `$1$${createHash('sha1').update(text).digest('hex')}`
}

/** Names are compared as `like` does, and what is written is served once the zone is refreshed. */
export function create() {
  const published: string[] = []
  const vendor = httpVendor({
    open: (context) => driver.open(options, context),
    isChange: (request) => request.method !== 'GET' && !isRefresh(request),
    answer({ route, query, headers, body, rows }) {
      if (headers['x-ovh-application'] !== TOKEN) return refusal(403, 'INVALID_KEY', 'Invalid application key')
      const request = vendor.requests.at(-1)
      if (request === undefined || !isSigned(request)) return refusal(400, 'INVALID_SIGNATURE', 'Invalid signature')
      if (route === `GET ${PATH}/record`) {
        const asked = (name: string) => name.toLowerCase().includes(query.get('subDomain') ?? '')
        const found = rows.filter(({ name, type }) => type === query.get('fieldType') && asked(name))
        return { status: 200, body: found.map(({ id }) => id) }
      }
      if (route === `POST ${PATH}/record`) {
        const sent = body as { fieldType: string; subDomain: string; target: string; ttl: number }
        if (sent.ttl < 60) return refusal(400, 'BAD_VALUE', 'Invalid ttl')
        rows.push(kept({ name: sent.subDomain, type: sent.fieldType, value: bare(sent.target), ttl: sent.ttl }))
        return { status: 200, body: { ...sent, id: rows.at(-1)?.id } }
      }
      if (route === `POST ${PATH}/refresh`) {
        published.splice(0, published.length, ...rows.map(({ value }) => value))
        return { status: 200 }
      }
      const [, method, id] = new RegExp(`^(GET|DELETE) ${PATH}/record/(\\d+)$`).exec(route) ?? []
      const row = rows.find((each) => `${each.id}` === id)
      if (row === undefined) return refusal(404, 'NOT_FOUND', 'This service does not exist')
      if (method === 'DELETE') {
        drop(rows, (each) => each === row)
        return { status: 200 }
      }
      const { name: subDomain, type: fieldType, value, ttl = 3600 } = row
      return { status: 200, body: { id: row.id, subDomain, fieldType, target: `"${value}"`, ttl, zone: ZONE } }
    },
    says: {
      denied: refusal(403, 'INVALID_CREDENTIAL', 'This credential is not valid'),
      rejected: refusal(400, 'BAD_VALUE', 'Invalid target'),
    },
  })
  return Object.assign(vendor, { published })
}

const bare = (target: string) => (/^".*"$/.test(target) ? target.slice(1, -1) : target)

export const peer: DnsPeer = {
  evidence: { recording: '2018', documentation: 'the signature, codes of errors, the shortest ttl' },
  create,
  recording: {
    folder: 'dns/ovh',
    zone: 'pacalis.net',
    answers: {
      'GET /…/domain/zone/…/record': idsAnswer,
      'GET /…/domain/zone/…/record/…': recordAnswer,
    },
  },
}
