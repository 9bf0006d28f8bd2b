import { createHash } from 'node:crypto'
import { type Api, type ApiRequest, Refusal, startApi } from './api.ts'
import { canonical, type Zones } from './dns/zones.ts'
import type { Identity } from './pki.ts'

export interface HttpReqOptions {
  readonly port?: number
  readonly tls: Identity
  /** Where the values are written. */
  readonly table: Zones
  /** Absent: anybody may write. */
  readonly user?: { readonly name: string; readonly password: string }
}

/**
 * The protocol of lego's provider `httpreq` (go-acme.github.io/lego/dns/httpreq): `POST /present` and `POST /cleanup`,
 * with `fqdn` and `value`, or in RAW mode with `domain`, `token` and `keyAuth`.
 */
export function startHttpReq({ port = 0, tls, table, user }: HttpReqOptions): Promise<Api> {
  const vendor = {
    routes: [
      {
        method: 'POST' as const,
        path: /^\/present$/,
        answer({ body }: ApiRequest) {
          const { name, data } = recordIn(body, table)
          table.addRecord({ name, type: 'TXT', data })
          return { status: 200 }
        },
      },
      {
        method: 'POST' as const,
        path: /^\/cleanup$/,
        answer({ body }: ApiRequest) {
          const { name, data } = recordIn(body, table)
          table.removeRecord({ name, type: 'TXT', data })
          return { status: 200 }
        },
      },
    ],
    authenticate({ headers }: ApiRequest) {
      if (user && headers.authorization !== basic(user)) throw new Refusal(401, { error: 'unauthorized' })
    },
    unknown: { status: 404, body: { error: 'not found' } },
    malformed: { status: 400, body: { error: 'invalid JSON' } },
    headers: () => ({}),
  }
  return startApi(vendor, { port, tls })
}

function recordIn(body: unknown, table: Zones): { name: string; data: string } {
  const { fqdn, value, domain, keyAuth } = (body ?? {}) as Record<string, unknown>
  const record =
    typeof domain === 'string' && typeof keyAuth === 'string'
      ? { name: `_acme-challenge.${canonical(domain)}`, data: digest(keyAuth) }
      : typeof fqdn === 'string' && typeof value === 'string'
        ? { name: canonical(fqdn), data: value }
        : undefined
  if (record === undefined) throw new Refusal(400, { error: 'expected fqdn and value' })
  if (table.zoneOf(record.name) === undefined) throw new Refusal(422, { error: 'no zone holds this name' })
  return record
}

/** RFC 8555 §8.4. */
const digest = (keyAuthorization: string) => createHash('sha256').update(keyAuthorization).digest('base64url')

const basic = ({ name, password }: { name: string; password: string }) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
