import { driver, zoneAnswer } from '../../../lib/dns/drivers/powerdns.ts'
import { type DnsPeer, drop, httpVendor, type KeptRow, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const PATH = `/api/v1/servers/localhost/zones/${ZONE}.`

interface RecordSet {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly changetype: string
  readonly records: readonly { content: string; disabled: boolean }[]
}

const refusal = (error: string) => ({ status: 422, body: { error } })
const absolute = (name: string) => (name === '' ? `${ZONE}.` : `${name}.${ZONE}.`)

/** The row of a set, by its name and type. */
const isOf =
  ({ name, type }: RecordSet) =>
  (row: KeptRow) =>
    absolute(row.name) === name && row.type === type

/** Undefined: it was done. */
function refused(set: RecordSet) {
  const { name, type, changetype, records } = set
  if (!name.endsWith(`${ZONE}.`)) return refusal(`RRset ${name} IN ${type}: Name is out of zone`)
  if (changetype !== 'REPLACE' && changetype !== 'DELETE') return refusal('Changetype not understood')
  const contents = records.map(({ content }) => content)
  if (contents.some((content) => !/^".*"$/.test(content)))
    return refusal(`Record ${name}/TXT: Parsing record content failed`)
  const twice = contents.find((content, index) => contents.indexOf(content) !== index)
  return twice === undefined
    ? undefined
    : refusal(`Duplicate record in RRset ${name} IN ${type} with content "${twice}"`)
}

function replace(rows: KeptRow[], set: RecordSet): void {
  const before = rows.filter(isOf(set))
  drop(rows, isOf(set))
  for (const { content, disabled } of set.records) {
    const value = disabled ? `disabled ${content}` : content.slice(1, -1)
    const old = before.find((each) => each.value === value)
    const name = set.name === `${ZONE}.` ? '' : set.name.slice(0, -`.${ZONE}.`.length)
    rows.push(old ?? kept({ name, type: set.type, value, ttl: set.ttl }))
  }
}

/** What is disabled stands there as `disabled "value"`. */
export const create = (kind = 'Native') =>
  httpVendor({
    open: (context) =>
      driver.open({ endpoint: 'https://ns1.example.net', apiKey: token, server: 'localhost' }, context),
    answer({ route, query, headers, body, rows }) {
      if (headers['x-api-key'] !== TOKEN) return { status: 401, body: 'Unauthorized' }
      if (route === `PUT ${PATH}/notify`) return { status: 200, body: { result: 'Notification queued' } }
      if (route === `PATCH ${PATH}`) {
        for (const set of (body as { rrsets: RecordSet[] }).rrsets) {
          const refusal = refused(set)
          if (refusal !== undefined) return refusal
          replace(rows, set)
        }
        return { status: 204 }
      }
      if (route !== `GET ${PATH}`) return { status: 404, body: 'Not Found' }
      const sets = Object.values(Object.groupBy(rows, ({ name, type }) => `${name} ${type}`)).flatMap((set = []) => {
        const [first] = set
        if (first === undefined) return []
        const records = set.map(({ value }) =>
          value.startsWith('disabled ')
            ? { content: value.slice('disabled '.length), disabled: true }
            : { content: `"${value}"`, disabled: false },
        )
        return [{ name: absolute(first.name), type: first.type, ttl: first.ttl ?? 3600, records, comments: [] }]
      })
      const asked = sets.filter(
        ({ name, type }) => name === query.get('rrset_name') && type === query.get('rrset_type'),
      )
      return {
        status: 200,
        body: { name: `${ZONE}.`, kind, serial: 1, rrsets: query.has('rrset_name') ? asked : sets },
      }
    },
    says: { denied: { status: 401, body: 'Unauthorized' }, rejected: refusal('Changetype not understood') },
  })

export const peer: DnsPeer = {
  evidence: { program: 'PowerDNS 4.7', recording: 'an older one' },
  create: () => create(),
  recording: {
    folder: 'dns/powerdns',
    zone: 'sometestdomain.com',
    answers: { 'GET /api/v1/servers/localhost/zones/…': zoneAnswer },
    removal: {
      conversation: 'delete-one-value-leaves-others',
      method: 'PATCH',
      values: ['challengetoken1', 'challengetoken2'],
      options: { endpoint: 'http://127.0.0.1:8081', apiKey: token, server: 'localhost' },
    },
    unrecorded: {
      'GET /api/v1/servers/localhost/zones/…': 'asked for one set: the test of peers with PowerDNS',
    },
  },
  cannot: {
    'what somebody else writes meanwhile is kept': 'the API writes a set under no condition',
  },
}
