import * as v from 'valibot'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { everyPage } from '../../platform/pages.ts'
import { explainedBy, numberId, type Rest } from '../../platform/rest.ts'
import { restWithToken } from '../../platform/rest-with-token.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { recordsProvider } from '../records.ts'

const options = v.strictObject(tokenOptions('Reference to an API token with the scopes dns:read and dns:write.'))

const facts = {
  provider: 'Infomaniak',
  documentation: 'https://developer.infomaniak.com/docs/api/get/2/zones/%7Bzone%7D/records',
  permission: 'an API token with the scopes `dns:read` and `dns:write`',
  twoValues: 'a record each',
  ttl: 60,
  note: 'The API takes 60 requests in a minute. A token that is not used for a year is deactivated.',
} satisfies DnsProviderFacts

const record = v.object({ id: numberId, source: v.string(), type: v.string(), target: v.string() })
/** Names are relative to the zone; the target of a TXT record comes in quotes, however it was written. */
const recordsAnswer = v.object({ data: v.array(record), pages: v.optional(v.number()) })
/** It says whether it was done, whatever the status. */
const doneAnswer = v.object({ result: v.literal('success') })

export const driver = {
  options,
  facts,
  // recorded at version 1, whose paths Infomaniak has since replaced
  async open({ token, endpoint = 'https://api.infomaniak.com', caCertificate }, context) {
    const rest = await restWithToken({ vendor: 'Infomaniak', endpoint, caCertificate, token, explain }, context)
    return provider(rest)
  },
} satisfies DnsDriver<typeof options>

const pathOf = ({ zone }: ZoneLocation) => `/2/zones/${encodeURIComponent(zone)}/records`
/** The zone itself is a dot. */
const sourceOf = ({ relativeName }: ZoneLocation) => (relativeName === '' ? '.' : relativeName)

function provider(rest: Rest): DnsProvider {
  return recordsProvider({
    async list(location) {
      const source = sourceOf(location)
      return (await allRecords(location, rest))
        .filter((each) => each.type === 'TXT' && (each.source.toLowerCase() || '.') === source)
        .map(({ id, target }) => ({ id, value: unquoted(target) }))
    },
    async add(record) {
      const body = { type: 'TXT', source: sourceOf(record), target: record.value, ttl: facts.ttl }
      await rest.call({ method: 'POST', path: pathOf(record), body, answer: doneAnswer })
    },
    async remove(record, id) {
      await rest.call({ method: 'DELETE', path: `${pathOf(record)}/${id}`, answer: doneAnswer })
    },
  })
}

function allRecords(location: ZoneLocation, rest: Rest) {
  const asked = { 'filter[source]': sourceOf(location), 'filter[types][]': 'TXT', per_page: '100' }
  const all = everyPage('a list of Infomaniak', 1, async (page) => {
    const path = `${pathOf(location)}?${new URLSearchParams({ ...asked, page: `${page}` })}`
    const { data, pages = 1 } = await rest.call({ method: 'GET', path, answer: recordsAnswer })
    return { items: data, next: page < pages ? page + 1 : undefined }
  })
  return all.catch(asNoZone('Infomaniak', location))
}

const said = v.object({ code: v.string(), description: v.fallback(v.string(), '') })
const problem = v.object({ error: v.object({ ...said.entries, errors: v.fallback(v.array(said), []) }) })

const explain = explainedBy(problem, ({ error }) => ({
  reason: [error, ...error.errors].map(({ code, description }) => `${description} (${code})`).join('; '),
}))
