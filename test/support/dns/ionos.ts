import { driver, zoneAnswer, zonesAnswer } from '../../../lib/dns/drivers/ionos.ts'
import { type DnsPeer, drop, httpVendor, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const ID = '11af3414-ebba-11e9-8df5-66fbe8a334b4'
const PATH = `/dns/v1/zones/${ID}`

export const refusal = (status: number, code: string, message: string) => ({ status, body: [{ code, message }] })
const absolute = (name: string) => (name === '' ? ZONE : `${name}.${ZONE}`)

/** Takes TXT data with or without quotes and shows it with; names are absolute. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ apiKey: token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers['x-api-key'] !== TOKEN)
        return refusal(401, 'UNAUTHORIZED', 'The customer is not authorized to do this operation.')
      if (route === 'GET /dns/v1/zones') {
        const other = { id: 'f6821d2f-2ff3-4762-99bd-711733624a77', name: `sub.${ZONE}`, type: 'NATIVE' }
        return { status: 200, body: [other, { id: ID, name: ZONE, type: 'NATIVE' }] }
      }
      if (route === `GET ${PATH}`) {
        const records = rows
          .map(({ id, name, type, value }) => ({ id: `${id}`, name: absolute(name), type, content: `"${value}"` }))
          .filter(({ name }) => name === (query.get('recordName') ?? name))
          .filter(({ type }) => type === (query.get('recordType') ?? type))
        return { status: 200, body: { id: ID, name: ZONE, type: 'NATIVE', records } }
      }
      if (route === `POST ${PATH}/records`) {
        const sent = body as { name: string; type: string; content: string; ttl: number }[]
        if (sent.some(({ ttl, name }) => ttl < 60 || !absolute(name).endsWith(ZONE)))
          return refusal(400, 'INVALID_RECORD', 'Record is invalid.')
        for (const { name: full, type, content, ttl } of sent) {
          const name = full === ZONE ? '' : full.slice(0, -`.${ZONE}`.length)
          rows.push(kept({ name, type, value: /^".*"$/.test(content) ? content.slice(1, -1) : content, ttl }))
        }
        return { status: 201, body: sent.map((each) => ({ ...each, rootName: ZONE })) }
      }
      const id = new RegExp(`^DELETE ${PATH}/records/(\\d+)$`).exec(route)?.[1]
      return drop(rows, (each) => `${each.id}` === id)
        ? { status: 200 }
        : refusal(404, 'RECORD_NOT_FOUND', 'Record does not exist.')
    },
    says: {
      denied: refusal(401, 'UNAUTHORIZED', 'The customer is not authorized to do this operation.'),
      rejected: refusal(400, 'INVALID_RECORD', 'Record is invalid.'),
    },
  })

export const peer: DnsPeer = {
  evidence: { recording: '2024', fixture: 'lego', documentation: 'the shortest ttl' },
  create,
  recording: {
    folder: 'dns/ionos',
    zone: 'example.com',
    answers: { 'GET /dns/v1/zones': zonesAnswer, 'GET /dns/v1/zones/…': zoneAnswer },
    removal: {
      conversation: 'delete-one-value-leaves-others',
      method: 'DELETE',
      values: ['challengetoken1', 'challengetoken2'],
      options: { apiKey: token },
    },
  },
}
