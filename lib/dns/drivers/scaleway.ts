import * as v from 'valibot'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { anyAnswer, type Rest } from '../../platform/rest.ts'
import type { DnsProvider, ZoneLocation, ZoneRecord } from '../../ports.ts'
import { openScaleway } from '../../vendors/scaleway/client.ts'
import { accessKeyOption } from '../../vendors/scaleway/expiry.ts'
import { everyPage } from '../../vendors/scaleway/pages.ts'
import { explainWith } from '../../vendors/scaleway/problem.ts'
import { asNoZone } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { recordsProvider } from '../records.ts'

const options = v.strictObject({
  ...tokenOptions('Reference to the secret key of an API key with the permission set DomainsDNSFullAccess.'),
  accessKey: accessKeyOption,
})

const facts = {
  provider: 'Scaleway Domains and DNS',
  documentation: 'https://www.scaleway.com/en/developers/api/domains-and-dns/',
  permission: 'the permission set `DomainsDNSFullAccess`, on the project of the zone',
  twoValues: 'a record each',
  ttl: 60,
  note: 'A name that fits no zone never makes a new one.',
} satisfies DnsProviderFacts

/** Names are relative to the zone, and TXT data comes back in quotes. */
export const recordAnswer = v.object({ id: v.string(), name: v.string(), type: v.string(), data: v.string() })

export const driver = {
  options,
  facts,
  async open(given, context) {
    const { rest, expiresAt } = await openScaleway(given, context, explainWith())
    return { ...provider(rest), expiresAt }
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest): DnsProvider {
  const change = (record: ZoneRecord, what: object) =>
    rest.call({
      method: 'PATCH',
      path: recordsOf(record),
      // without the last flag a name that fits no zone makes a new zone
      body: { changes: [what], return_all_records: false, disallow_new_zone_creation: true },
      answer: anyAnswer,
    })

  return recordsProvider({
    async list(location) {
      return (await allRecords(location, rest))
        .filter((each) => each.type === 'TXT' && each.name.toLowerCase() === location.relativeName)
        .map(({ id, data }) => ({ id, value: unquoted(data) }))
    },
    add(record) {
      const { relativeName: name, value: data } = record
      return change(record, { add: { records: [{ name, type: 'TXT', data, ttl: facts.ttl }] } })
    },
    remove: (record, id) => change(record, { delete: { id } }),
  })
}

/** An empty `name` filters nothing, so what comes back is still to be compared. */
function allRecords(location: ZoneLocation, rest: Rest) {
  const query = { name: location.relativeName, order_by: 'name_asc', type: 'TXT' }
  const all = everyPage({ path: recordsOf(location), field: 'records', item: recordAnswer, query }, rest)
  return all.catch(asNoZone('Scaleway', location))
}

const recordsOf = ({ zone }: ZoneLocation) => `/domain/v2beta1/dns-zones/${encodeURIComponent(zone)}/records`
