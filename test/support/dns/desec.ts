import * as v from 'valibot'
import { driver, setAnswer } from '../../../lib/dns/drivers/desec.ts'
import { type DnsPeer, drop, httpVendor, type KeptRow, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const DOMAIN = `/api/v1/domains/${ZONE}/`

interface SetBody {
  readonly subname: string
  readonly type: string
  readonly ttl: number
  readonly records: readonly string[]
}

const refusal = (status: number, body: object) => ({ status, body })
const notFound = refusal(404, { detail: 'Not found.' })
export const alreadyThere = refusal(400, {
  non_field_errors: ['Another RRset with the same subdomain and type exists for this domain. (Try modifying it.)'],
})

/** Undefined: they can stand. */
function refused(records: readonly string[]) {
  if (records.some((each) => !/^".*"$/.test(each)))
    return refusal(400, {
      records: ['Record content malformed: Data for TXT records must be given using quotation marks.'],
    })
  if (new Set(records).size < records.length) return refusal(400, { records: ['RRset must not contain duplicates.'] })
  return undefined
}

function replace(rows: KeptRow[], set: SetBody): void {
  const isHere = ({ name, type }: KeptRow) => name === set.subname && type === set.type
  const before = rows.filter(isHere)
  drop(rows, isHere)
  for (const each of set.records) {
    const value = each.slice(1, -1)
    const old = before.find((row) => row.value === value)
    rows.push(old ?? kept({ name: set.subname, type: set.type, value, ttl: set.ttl }))
  }
}

export const create = () =>
  httpVendor({
    open: (context) => driver.open({ token }, context),
    answer({ route, headers, body, rows }) {
      if (headers.authorization !== `Token ${TOKEN}`) return refusal(401, { detail: 'Invalid token.' })
      if (route === `GET ${DOMAIN}`) return { status: 200, body: { name: ZONE, minimum_ttl: 3600 } }
      const held = (subname: string, kind: string) => rows.filter(({ name, type }) => name === subname && type === kind)
      if (route === `POST ${DOMAIN}rrsets/`) {
        const set = body as SetBody
        if (set.ttl < 3600) return refusal(400, { ttl: ['Ensure this value is greater than or equal to 3600.'] })
        if (held(set.subname, set.type).length > 0) return alreadyThere
        const reason = refused(set.records)
        if (reason !== undefined) return reason
        replace(rows, set)
        return { status: 201, body: set }
      }
      const [, method, given = '', type = ''] =
        new RegExp(`^(GET|PATCH) ${DOMAIN}rrsets/([^/]+)/(\\w+)/$`).exec(route) ?? []
      const subname = given === '@' ? '' : decodeURIComponent(given)
      const set = held(subname, type)
      if (method === undefined || set.length === 0) return notFound
      const shown = { domain: ZONE, subname, type, ttl: set[0]?.ttl ?? 3600 }
      if (method === 'GET') return { status: 200, body: { ...shown, records: set.map(({ value }) => `"${value}"`) } }
      const { records } = body as SetBody
      const reason = refused(records)
      if (reason !== undefined) return reason
      replace(rows, { ...shown, records })
      return records.length === 0 ? { status: 204 } : { status: 200, body: { ...shown, records } }
    },
    says: {
      denied: refusal(401, { detail: 'Invalid token.' }),
      rejected: refusal(400, { non_field_errors: ['RRset type conflict.'] }),
      'rate limited': {
        ...refusal(429, { detail: 'Request was throttled. Expected available in 120 seconds.' }),
        headers: { 'retry-after': '120' },
      },
    },
  })

/** Names are part of the path. */
const ONE_LABEL = 'the names that were recorded have two labels; otherwise it is the same request'

export const peer: DnsPeer = {
  evidence: { recording: '2025', documentation: 'asking for one set, what is refused' },
  create,
  recording: {
    folder: 'dns/desec',
    zone: 'desec.lexicon',
    answers: { 'GET /api/v1/domains/…/': v.unknown(), 'GET /api/v1/domains/…/rrsets//': v.array(setAnswer) },
    unrecorded: {
      'GET /api/v1/domains/…/rrsets/_acme-challenge/TXT/':
        'https://desec.readthedocs.io/en/latest/dns/rrsets.html#retrieving-a-specific-rrset',
      'PATCH /api/v1/domains/…/rrsets/_acme-challenge/TXT/': ONE_LABEL,
      'POST /api/v1/domains/…/rrsets/': 'recorded with one slash more at the end',
    },
  },
  cannot: {
    'what somebody else writes meanwhile is kept': 'the API changes a set under no condition',
  },
}
