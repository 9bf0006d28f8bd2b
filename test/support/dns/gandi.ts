import * as v from 'valibot'
import { driver, setAnswer } from '../../../lib/dns/drivers/gandi.ts'
import { type DnsPeer, drop, httpVendor, type KeptRow, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const DOMAIN = `/v5/livedns/domains/${ZONE}`

const refusal = (code: number, message: string, object: string) => ({
  status: code,
  body: { code, message, object, cause: message },
})

interface SetBody {
  readonly rrset_values: readonly string[]
  readonly rrset_ttl?: number
}

const bare = (value: string) => (/^".*"$/.test(value) ? value.slice(1, -1) : value)

/** Undefined: it was done. */
function refused(rows: KeptRow[], name: string, type: string, { rrset_values, rrset_ttl = 10_800 }: SetBody) {
  if (rrset_ttl < 300) return refusal(400, 'rrset_ttl: must be at least 300', 'dns-record')
  const values = rrset_values.map(bare)
  if (new Set(values).size < values.length) return refusal(400, 'rrset_values: duplicates', 'dns-record')
  const isHere = (each: KeptRow) => each.name === name && each.type === type
  const before = rows.filter(isHere)
  drop(rows, isHere)
  for (const value of values) {
    rows.push(before.find((each) => each.value === value) ?? kept({ name, type, value, ttl: rrset_ttl }))
  }
  return undefined
}

/** Values come back in quotes, and a set that is not there is 404. */
export const create = () =>
  httpVendor({
    open: (context) => driver.open({ token }, context),
    answer({ route, headers, body, rows }) {
      if (headers.authorization !== `Bearer ${TOKEN}`) return refusal(403, 'Access was denied', 'HTTPForbidden')
      if (route === `GET ${DOMAIN}`) return { status: 200, body: { fqdn: ZONE, automatic_snapshots: true } }
      const [, method, given = '', type = ''] =
        new RegExp(`^(GET|PUT|DELETE) ${DOMAIN}/records/([^/]+)/(\\w+)$`).exec(route) ?? []
      if (method === undefined) return refusal(404, 'The resource could not be found.', 'HTTPNotFound')
      const name = decodeURIComponent(given) === '@' ? '' : decodeURIComponent(given)
      const isHere = (each: KeptRow) => each.name === name && each.type === type
      if (method === 'PUT') {
        const done = { status: 201, body: { message: 'DNS Record Created' } }
        return refused(rows, name, type, body as SetBody) ?? done
      }
      const set = rows.filter(isHere)
      if (set.length === 0) return refusal(404, `Can't find the DNS record ${name}/${type} in the zone`, 'dns-record')
      if (method === 'DELETE') {
        drop(rows, isHere)
        return { status: 204 }
      }
      const rrset_values = set.map(({ value }) => `"${value}"`)
      return {
        status: 200,
        body: { rrset_name: name || '@', rrset_type: type, rrset_ttl: set[0]?.ttl ?? 10_800, rrset_values },
      }
    },
    says: { denied: refusal(403, 'Access was denied to this resource.', 'HTTPForbidden') },
  })

/** Names are part of the path. */
const ONE_LABEL = 'the names that were recorded have two labels; otherwise they are the same requests'

export const peer: DnsPeer = {
  evidence: { recording: '2020', fixture: 'lego', documentation: 'personal access tokens, the shortest ttl' },
  create,
  recording: {
    folder: 'dns/gandi',
    zone: 't18s.fr',
    answers: { 'GET /v5/livedns/domains/…': v.unknown(), 'GET /v5/livedns/domains/…/records/…/TXT': setAnswer },
    removal: {
      conversation: 'delete-one-value-leaves-others',
      method: 'PUT',
      values: ['challengetoken1', 'challengetoken2'],
      options: { token },
    },
    unrecorded: {
      'GET /v5/livedns/domains/…/records/_acme-challenge/TXT': ONE_LABEL,
      'PUT /v5/livedns/domains/…/records/_acme-challenge/TXT': ONE_LABEL,
      'DELETE /v5/livedns/domains/…/records/_acme-challenge/TXT': ONE_LABEL,
    },
  },
  cannot: {
    'what somebody else writes meanwhile is kept': 'the API writes a set under no condition',
  },
}
