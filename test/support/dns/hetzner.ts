import { actionAnswer, driver, setsAnswer, zoneAnswer } from '../../../lib/dns/drivers/hetzner.ts'
import { type DnsPeer, drop, httpVendor, type KeptRow, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const ID = 53091
const SETS = `/v1/zones/${ID}/rrsets`

export const refusal = (status: number, code: string, message: string) => ({
  status,
  body: { error: { code, message } },
})
const action = (status: string) => {
  const error = status === 'error' ? { code: 'action_failed', message: 'Action failed' } : null
  return { action: { id: 7, status, progress: 0, error } }
}
const unauthorized = refusal(401, 'unauthorized', 'unable to authenticate')
const invalid = (message: string) => refusal(422, 'invalid_input', message)

interface Wanted {
  readonly ttl?: number
  readonly records: readonly { readonly value: string }[]
}

/** Undefined: the records can be added. */
function refused(set: readonly KeptRow[], { ttl, records }: Wanted) {
  const values = [...records.map(({ value }) => value), ...set.map(({ value }) => `"${value}"`)]
  if (values.some((value) => !/^".*"$/.test(value))) return invalid("invalid input in field 'value'")
  if (new Set(values).size < values.length) return refusal(409, 'uniqueness_error', 'record not unique')
  if (ttl === undefined) return undefined
  const held = set[0]?.ttl ?? ttl
  return ttl < 60 || ttl !== held ? invalid("invalid input in field 'ttl'") : undefined
}

/** A change is accepted at once and ends at the second look at it. No set holds a value twice, and the zone itself is @. */
export function create({ mode = 'primary', ends = 'success' } = {}) {
  let looks = 0
  return httpVendor({
    open: (context) => driver.open({ token }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers.authorization !== `Bearer ${TOKEN}`) return unauthorized
      if (route === `GET /v1/zones/${ZONE}`) return { status: 200, body: { zone: { id: ID, name: ZONE, mode } } }
      if (route === 'GET /v1/zones/actions/7')
        return { status: 200, body: action(++looks % 2 === 0 ? ends : 'running') }
      const held = (name: string, type: string) =>
        rows.filter((each) => (each.name || '@') === name && each.type === type)
      if (route === `GET ${SETS}`) {
        const [name = '', type = ''] = [query.get('name'), query.get('type')].map((each) => each ?? '')
        const records = held(name, type).map(({ value }) => ({ value: `"${value}"`, comment: '' }))
        const set = { id: `${name}/${type}`, name, type, ttl: held(name, type)[0]?.ttl ?? null, records }
        return { status: 200, body: { rrsets: records.length === 0 ? [] : [set] } }
      }
      const [, given = '', type = '', what] =
        new RegExp(`^POST ${SETS}/([^/]+)/(\\w+)/actions/(\\w+)$`).exec(route) ?? []
      if (what === undefined) return refusal(404, 'not_found', 'not found')
      const name = decodeURIComponent(given)
      const wanted = body as Wanted
      if (what === 'add_records') {
        const reason = refused(held(name, type), wanted)
        if (reason !== undefined) return reason
        for (const { value } of wanted.records) {
          rows.push(kept({ name: name === '@' ? '' : name, type, value: value.slice(1, -1), ttl: wanted.ttl }))
        }
        return { status: 201, body: action('running') }
      }
      const gone = held(name, type).filter(({ value }) => wanted.records.some((each) => each.value === `"${value}"`))
      if (gone.length < wanted.records.length) return refusal(404, 'not_found', 'record not found')
      drop(rows, (each) => gone.includes(each))
      return { status: 201, body: action('running') }
    },
    says: {
      denied: unauthorized,
      rejected: invalid("invalid input in field 'broken_field': is too long"),
      'rate limited': { ...refusal(429, 'rate_limit_exceeded', 'limit reached'), headers: { 'retry-after': '120' } },
    },
  })
}

/** Names are part of the path. */
const ONE_LABEL = 'the names that were recorded have two labels; otherwise they are the same requests'

export const peer: DnsPeer = {
  evidence: { recording: '2026', fixture: 'lego', documentation: 'the TTL of a set, codes of errors' },
  create: () => create(),
  recording: {
    folder: 'dns/hetzner',
    zone: 'devcoop.de',
    answers: {
      'GET /v1/zones/…': zoneAnswer,
      'GET /v1/zones/…/rrsets': setsAnswer,
      'GET /v1/zones/actions/…': actionAnswer,
    },
    removal: {
      conversation: 'delete-one-value-leaves-others',
      method: 'POST',
      values: ['challengetoken1', 'challengetoken2'],
      shown: 'challengetoken1',
      options: { token },
    },
    unrecorded: {
      'POST /v1/zones/…/rrsets/_acme-challenge/TXT/actions/add_records': ONE_LABEL,
      'POST /v1/zones/…/rrsets/_acme-challenge/TXT/actions/remove_records': ONE_LABEL,
    },
  },
  cannot: {
    'a value that stands there twice is removed twice': 'a set takes no value twice',
  },
}
