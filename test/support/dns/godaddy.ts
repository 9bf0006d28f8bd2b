import { driver } from '../../../lib/dns/drivers/godaddy.ts'
import { type DnsPeer, drop, httpVendor, kept, pageOf, TOKEN, token, ZONE } from '../dns-vendors.ts'

const RECORDS = `/v3/domains/zones/${ZONE}/dns-records`

export const refusal = (status: number, name: string, message: string) => ({
  status,
  body: { name, message, correlationId: '9f1c2e7a-4b3d-4e8f-a1c2-3d4e5f6a7b8c' },
})

interface Wanted {
  readonly name: string
  readonly type: string
  readonly data: string
  readonly ttl: number
}

/** No record stands there twice; a list may be short and go on all the same. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers.authorization !== `Bearer ${TOKEN}`) return refusal(401, 'UNAUTHORIZED', 'Unauthorized')
      if (!route.includes(RECORDS)) return refusal(404, 'NOT_FOUND', 'The requested resource was not found.')
      const records = rows.map(({ id, name, type, value, ttl = 3600 }) => ({
        ...{ recordId: `Aad7oqd_${id}-`, name: name === '' ? '@' : name, type, data: value, ttl },
      }))
      if (route === `GET ${RECORDS}`) {
        const found = records.filter(({ name, type }) => name === query.get('name') && type === query.get('type'))
        const page = Number(query.get('page'))
        const isLast = page * 2 >= found.length
        const links = ['self', 'first', ...(isLast ? [] : ['next'])].map((rel) => ({ rel, href: RECORDS }))
        return { status: 200, body: { items: found.length === 0 ? null : pageOf(found, query), links } }
      }
      if (route === `POST ${RECORDS}`) {
        const { name, type, data, ttl } = body as Wanted
        if (ttl < 600) return refusal(422, 'INVALID_TTL', 'ttl must be at least 600')
        if (records.some((each) => each.name === name && each.type === type && each.data === data))
          return refusal(409, 'DUPLICATE_RECORD', 'The record exists.')
        rows.push(kept({ name: name === '@' ? '' : name, type, value: data, ttl }))
        return { status: 201, body: { ...(body as Wanted), recordId: `Aad7oqd_${rows.at(-1)?.id}-` } }
      }
      const id = new RegExp(`^DELETE ${RECORDS}/Aad7oqd_(\\d+)-$`).exec(route)?.[1]
      return drop(rows, (each) => `${each.id}` === id)
        ? { status: 204 }
        : refusal(404, 'NOT_FOUND', 'It was not found.')
    },
    says: {
      denied: refusal(403, 'FORBIDDEN', 'The token lacks a scope.'),
      rejected: refusal(422, 'INVALID_DATA', `not with ${TOKEN}`),
    },
  })

export const peer: DnsPeer = {
  evidence: { documentation: 'the OpenAPI description of v3, 2026' },
  create,
}
