import { createHmac } from 'node:crypto'
import { driver } from '../../../lib/dns/drivers/exoscale.ts'
import { type Call, type DnsPeer, drop, httpVendor, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'
import type { Reply } from '../driver-context.ts'

const ID = '89083a5c-b648-474a-0000-00000013966a'
const RECORDS = `/v2/dns-domain/${ID}/record`
const OPERATION = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'

export const refusal = (status: number, message: string) => ({ status, body: { message } })
const denied = refusal(403, `Invalid signature for ${TOKEN}`)

/** As the documentation computes it, of what arrived: method and path, body, query, headers, and when it ends. */
function isSigned({ route, query, headers, body }: Call): boolean {
  const form = /^EXO2-HMAC-SHA256 credential=([^,]+),expires=(\d+),signature=(\S+)$/
  const [, key, expires = '', signature] = form.exec(headers.authorization ?? '') ?? []
  const text = `${route}\n${body === undefined ? '' : JSON.stringify(body)}\n\n\n${expires}`
  const isDue = Number(expires) * 1000 > Date.now()
  const expected = createHmac('sha256', TOKEN).update(text).digest('base64')
  return query.size === 0 && key === TOKEN && isDue && signature === expected
}

interface Ending {
  readonly state?: string
  readonly reason?: string
  readonly message?: string
}

/** A change is accepted at once, and ends at the second look at it. Contents of TXT records come back in quotes. */
export function create({ state = 'success', reason, message }: Ending = {}) {
  let looks = 0
  const pending: Reply = { status: 200, body: { id: OPERATION, state: 'pending' } }
  return httpVendor({
    open: (context) => driver.open({ apiKey: token, apiSecret: token }, context),
    answer(call) {
      if (!isSigned(call)) return denied
      const { route, body, rows } = call
      if (route === 'GET /v2/dns-domain') {
        const domains = [{ id: 'b2c0f5a2-0000-4000-8000-000000000001', 'unicode-name': 'bücher.example' }]
        return { status: 200, body: { 'dns-domains': [...domains, { id: ID, 'unicode-name': ZONE }] } }
      }
      if (route === `GET /v2/operation/${OPERATION}`)
        return ++looks % 2 === 1 ? pending : { status: 200, body: { id: OPERATION, state, reason, message } }
      if (route === `GET ${RECORDS}`) {
        const all = rows.map(({ id, name, type, value }) => ({
          ...{ id: `${id}`, name, type, content: type === 'TXT' ? `"${value}"` : value },
        }))
        return { status: 200, body: { 'dns-domain-records': all } }
      }
      if (route === `POST ${RECORDS}`) {
        const { name, type, content, ttl } = body as Record<'name' | 'type' | 'content', string> & { ttl: number }
        if (/"/.test(content)) return refusal(400, 'Content has quotes')
        if (state === 'success') rows.push(kept({ name, type, value: content, ttl }))
        return pending
      }
      const id = new RegExp(`^DELETE ${RECORDS}/(\\d+)$`).exec(route)?.[1]
      return drop(rows, (each) => `${each.id}` === id) ? pending : refusal(404, 'Not found')
    },
    says: { denied, rejected: refusal(400, `Invalid request of ${TOKEN}`) },
  })
}

export const peer: DnsPeer = {
  evidence: { documentation: 'the specification of the API, the signature' },
  create: () => create(),
}
