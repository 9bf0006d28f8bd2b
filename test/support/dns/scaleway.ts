import { driver, recordAnswer } from '../../../lib/dns/drivers/scaleway.ts'
import { pageOf as pageSchema } from '../../../lib/vendors/scaleway/pages.ts'
import { type DnsPeer, drop, httpVendor, kept, pageOf, TOKEN, token, ZONE } from '../dns-vendors.ts'

interface Changes {
  changes: {
    add?: { records: { name: string; data: string; type: string; ttl: number }[] }
    delete?: { id: string }
  }[]
}

const PATH = `/domain/v2beta1/dns-zones/${ZONE}/records`

/** Takes TXT data with or without quotes and shows it with; the same value twice makes two records. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers['x-auth-token'] !== TOKEN) return { status: 401, body: { type: 'denied_authentication' } }
      if (route === `GET ${PATH}`) {
        const fitting = rows.filter(({ name }) => !query.get('name') || name === query.get('name'))
        const records = pageOf(fitting, query).map(({ id, value, ...rest }) => ({
          ...rest,
          id: `${id}`,
          data: rest.type === 'TXT' ? `"${value}"` : value,
          ttl: 60,
        }))
        return { status: 200, body: { records, total_count: fitting.length } }
      }
      if (route !== `PATCH ${PATH}`) return { status: 404, body: { type: 'not_found', message: 'zone not found' } }
      for (const { add, delete: gone } of (body as Changes).changes) {
        for (const { data: value, ...rest } of add?.records ?? []) rows.push(kept({ ...rest, value }))
        if (gone && !drop(rows, ({ id }) => `${id}` === gone.id)) return { status: 404, body: { type: 'not_found' } }
      }
      return { status: 200, body: { records: [] } }
    },
  })

export const peer: DnsPeer = {
  evidence: { recording: '2025 and 2026' },
  create,
  recording: {
    folder: 'dns/scaleway',
    zone: 'example.com',
    answers: { 'GET /domain/v2beta1/dns-zones/…/records': pageSchema('records', recordAnswer) },
    removal: {
      conversation: 'delete-one-value-leaves-others',
      method: 'PATCH',
      values: ['challengetoken1', 'challengetoken2'],
      options: { token },
    },
  },
}
