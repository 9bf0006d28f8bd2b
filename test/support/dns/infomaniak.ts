import { driver } from '../../../lib/dns/drivers/infomaniak.ts'
import { type DnsPeer, drop, httpVendor, kept, pageOf, TOKEN, token, ZONE } from '../dns-vendors.ts'

const RECORDS = `/2/zones/${ZONE}/records`

export const refusal = (status: number, code: string, description: string, errors: readonly object[] = []) => ({
  status,
  body: { result: 'error', error: { code, description, ...(errors.length > 0 && { errors }) } },
})
const success = (data: unknown, more: object = {}) => ({ result: 'success', data, ...more })

interface Sent {
  readonly type: string
  readonly source: string
  readonly target: string
  readonly ttl: number
}

/** Names are relative, the zone itself is a dot, and the targets of TXT records are shown in quotes. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers.authorization !== `Bearer ${TOKEN}`) return refusal(401, 'not_authorized', 'Authorization required')
      if (route === `GET ${RECORDS}`) {
        const found = rows
          .map(({ id, name, type, value, ttl = 3600 }) => ({
            ...{
              id,
              source: name === '' ? '.' : name,
              source_idn: `${name}.${ZONE}`,
              type,
              ttl,
              updated_at: 1779826643,
            },
            target: type === 'TXT' ? `"${value}"` : value,
          }))
          .filter(({ source }) => source === (query.get('filter[source]') ?? source))
          .filter(({ type }) => type === (query.get('filter[types][]') ?? type))
        const page = Number(query.get('page') ?? 1)
        const pages = Math.max(1, Math.ceil(found.length / 2))
        return {
          status: 200,
          body: success(pageOf(found, query), { total: found.length, page, pages, items_per_page: 2 }),
        }
      }
      if (route === `POST ${RECORDS}`) {
        const { type, source, target, ttl } = body as Sent
        const wrong = (description: string) => [{ code: 'validation_rule_min', description }]
        if (ttl < 60)
          return refusal(422, 'validation_failed', 'Validation failed', wrong('The ttl must be at least 60.'))
        if (source === '')
          return refusal(422, 'validation_failed', 'Validation failed', wrong('The source field is required.'))
        const value = /^".*"$/.test(target) ? target.slice(1, -1) : target
        rows.push(kept({ name: source === '.' ? '' : source, type, value, ttl }))
        return { status: 201, body: success({ ...(body as Sent), id: rows.at(-1)?.id }) }
      }
      const id = new RegExp(`^DELETE ${RECORDS}/(\\d+)$`).exec(route)?.[1]
      return id !== undefined && drop(rows, (each) => `${each.id}` === id)
        ? { status: 200, body: success(true) }
        : refusal(404, 'object_not_found', 'Object not found')
    },
    says: {
      denied: refusal(401, 'not_authorized', 'Authorization required'),
      rejected: refusal(422, 'validation_failed', 'Validation failed'),
    },
  })

export const peer: DnsPeer = {
  evidence: { fixture: 'lego', documentation: 'lists, pages, the shortest ttl, quotes, scopes' },
  create,
}
