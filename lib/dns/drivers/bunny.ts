import * as v from 'valibot'
import { apiOptions, type DnsDriver, type DnsProviderFacts, oneLine, secretReference } from '../../platform/driver.ts'
import { everyPage } from '../../platform/pages.ts'
import { anyAnswer, explainedBy, numberId, type Rest } from '../../platform/rest.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { noZone, zoneIds } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { recordsProvider } from '../records.ts'

const options = v.strictObject({
  apiKey: v.pipe(secretReference, oneLine, v.description('Reference to an API key of the account, its AccessKey.')),
  ...apiOptions,
})

const facts = {
  provider: 'bunny.net',
  documentation: 'https://docs.bunny.net/api-reference/core/dns-zone/add-dns-record',
  permission: 'an API key of the account',
  twoValues: 'a record each',
  ttl: 60,
  note: 'What such a key may do is not limited to DNS: `_acme-challenge` delegated elsewhere needs no such key.',
} satisfies DnsProviderFacts

/** The number of the type TXT. */
const TXT = 3

/** Names are relative to the zone, and empty at its top. A zone comes with all its records. */
const zone = v.object({
  Id: numberId,
  Domain: v.string(),
  Records: v.nullish(
    v.array(
      v.object({
        Id: numberId,
        Type: v.number(),
        Name: v.nullish(v.string(), ''),
        Value: v.nullish(v.string(), ''),
      }),
    ),
    [],
  ),
})
const zonesAnswer = v.object({
  Items: v.array(v.object({ Id: zone.entries.Id, Domain: zone.entries.Domain })),
  HasMoreItems: v.boolean(),
})

export const driver = {
  options,
  facts,
  async open({ apiKey, endpoint = 'https://api.bunny.net', caCertificate }, context) {
    const headers = { accesskey: await context.resolve(apiKey) }
    return provider(context.rest({ vendor: 'bunny.net', endpoint, caCertificate, headers, explain }))
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest): DnsProvider {
  const pathOf = zoneIds((location) => zonePath(location, rest))
  return recordsProvider({
    check: pathOf,
    async list(location) {
      const { Records } = await rest.call({ method: 'GET', path: await pathOf(location), answer: zone })
      return Records.filter(({ Type, Name }) => Type === TXT && Name.toLowerCase() === location.relativeName).map(
        ({ Id, Value }) => ({ id: Id, value: unquoted(Value) }),
      )
    },
    async add(record) {
      const body = { Type: TXT, Name: record.relativeName, Value: record.value, Ttl: facts.ttl }
      await rest.call({ method: 'PUT', path: `${await pathOf(record)}/records`, body, answer: anyAnswer })
    },
    async remove(record, id) {
      await rest.call({ method: 'DELETE', path: `${await pathOf(record)}/records/${id}`, answer: anyAnswer })
    },
  })
}

/** A search finds whatever has the name in it. */
async function zonePath(location: ZoneLocation, rest: Rest): Promise<string> {
  const zones = await everyPage('a list of bunny.net', 1, async (page) => {
    const query = new URLSearchParams({ page: `${page}`, perPage: '100', search: location.zone })
    const { Items, HasMoreItems } = await rest.call({ method: 'GET', path: `/dnszone?${query}`, answer: zonesAnswer })
    return { items: Items, next: HasMoreItems ? page + 1 : undefined }
  })
  const found = zones.find(({ Domain }) => Domain.toLowerCase() === location.zone)
  if (found === undefined) throw noZone('bunny.net', location)
  return `/dnszone/${found.Id}`
}

const problem = v.object({ Message: v.string() })

const explain = explainedBy(problem, (said) => ({ reason: said.Message }))
