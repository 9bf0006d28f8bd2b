import { driver } from '../../../lib/dns/drivers/bunny.ts'
import { type DnsPeer, drop, httpVendor, kept, pageOf, TOKEN, token, ZONE } from '../dns-vendors.ts'

const ID = 123
const TYPES = ['A', 'AAAA', 'CNAME', 'TXT', 'MX', 'SPF', 'NS']

export const refusal = (status: number, Message: string, Field = '') => ({
  status,
  body: { ErrorKey: 'validation_error', Field, Message },
})

interface Wanted {
  readonly Type: number
  readonly Name: string
  readonly Value: string
  readonly Ttl: number
}

/** A search finds zones that have the name in theirs; a page holds two. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ apiKey: token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers.accesskey !== TOKEN) return refusal(401, 'Authorization has been denied for this request.')
      const Records = rows.map(({ id, name, type, value, ttl }) => ({
        ...{ Id: id, Type: TYPES.indexOf(type), Ttl: ttl ?? 300, Name: name, Value: value },
      }))
      if (route === 'GET /dnszone') {
        const zones = [`a.${ZONE}`, `b.${ZONE}`, ZONE].map((Domain, index) => ({ Id: ID - 2 + index, Domain, Records }))
        const found = zones.filter(({ Domain }) => Domain.includes(query.get('search') ?? ''))
        const Items = pageOf(found, query)
        const HasMoreItems = 2 * Number(query.get('page') ?? 1) < found.length
        return { status: 200, body: { CurrentPage: 1, TotalItems: found.length, HasMoreItems, Items } }
      }
      if (route === `GET /dnszone/${ID}`) return { status: 200, body: { Id: ID, Domain: ZONE, Records } }
      if (route === `PUT /dnszone/${ID}/records`) {
        const { Type, Name, Value, Ttl } = body as Wanted
        if (TYPES[Type] !== 'TXT' || Value === '') return refusal(400, 'A value is required.', 'Value')
        rows.push(kept({ name: Name, type: 'TXT', value: Value, ttl: Ttl }))
        return { status: 201, body: { Id: rows.at(-1)?.id, Type, Ttl, Name, Value } }
      }
      const id = new RegExp(`^DELETE /dnszone/${ID}/records/(\\d+)$`).exec(route)?.[1]
      return drop(rows, (each) => `${each.id}` === id) ? { status: 204 } : refusal(404, 'The record was not found.')
    },
    says: {
      denied: refusal(401, 'Authorization has been denied for this request.'),
      rejected: refusal(400, `not with ${TOKEN}`, 'Value'),
    },
  })

export const peer: DnsPeer = {
  evidence: { documentation: 'API reference, nrdcg/bunny-go' },
  create,
}
