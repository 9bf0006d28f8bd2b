import * as v from 'valibot'
import { Failure, type FailureCode, isFailure } from '../../errors.ts'
import { apiOptions, type Driver, secretReference } from '../../platform/driver.ts'
import { anyAnswer, type Explanation, type Rest } from '../../platform/rest.ts'
import type { DnsProvider, TxtRecord } from '../../ports.ts'

const options = v.strictObject({
  token: v.pipe(
    secretReference,
    v.description('Reference to the secret key of an API key with the permission set DomainsDNSFullAccess.'),
  ),
  ...apiOptions,
})

/** The lowest that the API takes; what we write lives for minutes. */
const TTL = 60
const MOST_PAGES = 1_000

/** One page of the records of a zone. Names are relative to the zone, and TXT data comes back in quotes. */
export const recordPage = v.object({
  total_count: v.number(),
  records: v.array(v.object({ id: v.string(), name: v.string(), type: v.string(), data: v.string() })),
})

/** Scaleway Domains and DNS, https://www.scaleway.com/en/developers/api/domains-and-dns/ */
export const driver = {
  options,
  async open({ token, endpoint = 'https://api.scaleway.com', caCertificate }, context) {
    const rest = context.rest({
      vendor: 'Scaleway',
      endpoint,
      caCertificate,
      headers: { 'x-auth-token': await context.resolve(token) },
      explain,
    })
    return provider(rest)
  },
} satisfies Driver<DnsProvider, typeof options>

function provider(rest: Rest): DnsProvider {
  const change = (record: TxtRecord, what: object) =>
    rest.call({
      method: 'PATCH',
      path: recordsOf(record),
      // without the last flag a name that fits no zone makes a new zone
      body: { changes: [what], return_all_records: false, disallow_new_zone_creation: true },
      answer: anyAnswer,
    })

  return {
    async addTxt(record) {
      if ((await idsOf(record, rest)).length > 0) return
      const { value: data } = record
      await change(record, { add: { records: [{ name: relative(record), type: 'TXT', data, ttl: TTL }] } })
    },
    async removeTxt(record) {
      for (const id of await idsOf(record, rest)) {
        try {
          await change(record, { delete: { id } })
        } catch (error) {
          if (!isFailure(error, 'NOT_FOUND')) throw error // it was there a moment ago: somebody was faster
        }
      }
    },
  }
}

/** Of every record that holds exactly this value: a lost answer may have left it there twice. */
async function idsOf(record: TxtRecord, rest: Rest): Promise<string[]> {
  const name = relative(record)
  const records = await allRecords(record, rest)
  return records
    .filter((each) => each.type === 'TXT' && each.name.toLowerCase() === name && unquoted(each.data) === record.value)
    .map(({ id }) => id)
}

/** An empty `name` filters nothing, so what comes back is still to be compared. */
async function allRecords(record: TxtRecord, rest: Rest) {
  const records: v.InferOutput<typeof recordPage>['records'] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const query = new URLSearchParams({ name: relative(record), order_by: 'name_asc', page: `${page}`, type: 'TXT' })
    const answer = await zoneOrFail(record, () =>
      rest.call({ method: 'GET', path: `${recordsOf(record)}?${query}`, answer: recordPage }),
    )
    records.push(...answer.records)
    if (answer.records.length === 0 || records.length >= answer.total_count) break
  }
  return records
}

async function zoneOrFail<T>({ zone, provider }: TxtRecord, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!isFailure(error, 'NOT_FOUND')) throw error
    throw new Failure('DNS_NO_ZONE', `Scaleway knows no zone ${zone} for the token of the DNS provider ${provider}`, {
      fields: { zone, provider },
      cause: error,
    })
  }
}

const recordsOf = ({ zone }: TxtRecord) => `/domain/v2beta1/dns-zones/${encodeURIComponent(zone)}/records`

/** A name without a final dot is taken as relative, even if it ends with the zone's own name. */
const relative = ({ name, zone }: TxtRecord) => (name === zone ? '' : name.slice(0, -zone.length - 1))

/** `"a" "b"` is the value `ab` (RFC 1035 §5.1). Tried from the beginning only: half a megabyte of `\"` is read once. */
const QUOTED = /^(?:\s*"(?:[^"\\]|\\.)*")+\s*$/

const unquoted = (data: string): string =>
  QUOTED.test(data)
    ? (data.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((part) => part.slice(1, -1).replace(/\\(.)/g, '$1')).join('')
    : data

const CODES: Readonly<Record<string, FailureCode>> = {
  denied_authentication: 'DENIED',
  permissions_denied: 'DENIED',
  not_found: 'NOT_FOUND',
  transient_state: 'UNAVAILABLE',
  locked: 'UNAVAILABLE',
  too_many_requests: 'RATE_LIMITED',
}

const problem = v.object({
  type: v.fallback(v.string(), ''),
  message: v.fallback(v.string(), ''),
  details: v.fallback(v.array(v.object({ argument_name: v.string(), reason: v.fallback(v.string(), '') })), []),
})

function explain(_status: number, body: unknown): Explanation | undefined {
  const read = v.safeParse(problem, body)
  if (!read.success) return undefined
  const { type, message, details } = read.output
  const code = Object.hasOwn(CODES, type) ? CODES[type] : undefined
  const reason = [message, ...details.map((each) => `${each.argument_name} ${each.reason}`)].filter(Boolean).join(', ')
  return { ...(code && { code }), ...(reason && { reason }) }
}
