import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import { type Driver, tokenOptions } from '../../platform/driver.ts'
import { anyAnswer, type Rest } from '../../platform/rest.ts'
import type { DnsProvider, ZoneLocation, ZoneRecord } from '../../ports.ts'
import { openScaleway } from '../../vendors/scaleway/client.ts'
import { everyPage } from '../../vendors/scaleway/pages.ts'
import { explainWith } from '../../vendors/scaleway/problem.ts'

const options = v.strictObject(
  tokenOptions('Reference to the secret key of an API key with the permission set DomainsDNSFullAccess.'),
)

/** The lowest that the API takes; what we write lives for minutes. */
const TTL = 60

/** Names are relative to the zone, and TXT data comes back in quotes. */
export const recordAnswer = v.object({ id: v.string(), name: v.string(), type: v.string(), data: v.string() })

/** Scaleway Domains and DNS, https://www.scaleway.com/en/developers/api/domains-and-dns/ */
export const driver = {
  options,
  open: async (given, context) => provider(await openScaleway(given, context, explainWith())),
} satisfies Driver<DnsProvider, typeof options>

function provider(rest: Rest): DnsProvider {
  const change = (record: ZoneRecord, what: object) =>
    rest.call({
      method: 'PATCH',
      path: recordsOf(record),
      // without the last flag a name that fits no zone makes a new zone
      body: { changes: [what], return_all_records: false, disallow_new_zone_creation: true },
      answer: anyAnswer,
    })

  return {
    async check(location) {
      await allRecords(location, rest)
    },
    async addTxt(record) {
      if ((await idsOf(record, rest)).length > 0) return
      const { relativeName: name, value: data } = record
      await change(record, { add: { records: [{ name, type: 'TXT', data, ttl: TTL }] } })
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
async function idsOf(record: ZoneRecord, rest: Rest): Promise<string[]> {
  const { relativeName: name, value } = record
  const records = await allRecords(record, rest)
  return records
    .filter((each) => each.type === 'TXT' && each.name.toLowerCase() === name && unquoted(each.data) === value)
    .map(({ id }) => id)
}

/** An empty `name` filters nothing, so what comes back is still to be compared. */
async function allRecords(location: ZoneLocation, rest: Rest) {
  const { zone, provider, relativeName: name } = location
  try {
    const query = { name, order_by: 'name_asc', type: 'TXT' }
    return await everyPage({ path: recordsOf(location), field: 'records', item: recordAnswer, query }, rest)
  } catch (error) {
    if (!isFailure(error, 'NOT_FOUND')) throw error
    throw new Failure('DNS_NO_ZONE', `Scaleway knows no zone ${zone} for the token of the DNS provider ${provider}`, {
      fields: { zone, provider },
      cause: error,
    })
  }
}

const recordsOf = ({ zone }: ZoneLocation) => `/domain/v2beta1/dns-zones/${encodeURIComponent(zone)}/records`

/** `"a" "b"` is the value `ab` (RFC 1035 §5.1). Tried from the beginning only: half a megabyte of `\"` is read once. */
const QUOTED = /^(?:\s*"(?:[^"\\]|\\.)*")+\s*$/

const unquoted = (data: string): string =>
  QUOTED.test(data)
    ? (data.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((part) => part.slice(1, -1).replace(/\\(.)/g, '$1')).join('')
    : data
