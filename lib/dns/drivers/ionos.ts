import * as v from 'valibot'
import { apiOptions, type DnsDriver, type DnsProviderFacts, oneLine, secretReference } from '../../platform/driver.ts'
import { anyAnswer, explainedBy, type Rest, textId } from '../../platform/rest.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { noZone, zoneIds } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { recordsProvider } from '../records.ts'

const options = v.strictObject({
  apiKey: v.pipe(
    secretReference,
    oneLine,
    v.description('Reference to an API key: its public prefix, a dot, and its secret.'),
  ),
  ...apiOptions,
})

const facts = {
  provider: 'IONOS',
  documentation: 'https://developer.hosting.ionos.com/docs/dns',
  permission: 'an API key of the account, which may do there whatever the APIs for developers can do',
  twoValues: 'a record each',
  ttl: 60,
  note: 'This is the DNS of domains and hosting at IONOS; Cloud DNS of IONOS Cloud has another API.',
} satisfies DnsProviderFacts

export const zonesAnswer = v.array(v.object({ id: textId, name: v.string() }))

/** Names are absolute, and the contents of TXT records in quotes. */
const record = v.object({ id: textId, name: v.string(), type: v.string(), content: v.string() })
export const zoneAnswer = v.object({ records: v.optional(v.array(record), []) })

export const driver = {
  options,
  facts,
  async open({ apiKey, endpoint = 'https://api.hosting.ionos.com', caCertificate }, context) {
    const headers = { 'x-api-key': await context.resolve(apiKey) }
    return provider(context.rest({ vendor: 'IONOS', endpoint, caCertificate, headers, explain }))
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest): DnsProvider {
  const pathOf = zoneIds((location) => zonePath(location, rest))
  return recordsProvider({
    check: pathOf,
    async list(location) {
      const query = new URLSearchParams({ recordType: 'TXT', recordName: location.name })
      const path = `${await pathOf(location)}?${query}`
      const { records } = await rest.call({ method: 'GET', path, answer: zoneAnswer })
      return records
        .filter(({ type, name }) => type === 'TXT' && name.toLowerCase() === location.name)
        .map(({ id, content }) => ({ id, value: unquoted(content) }))
    },
    async add(record) {
      const body = [{ name: record.name, type: 'TXT', content: record.value, ttl: facts.ttl, disabled: false }]
      await rest.call({ method: 'POST', path: `${await pathOf(record)}/records`, body, answer: anyAnswer })
    },
    async remove(record, id) {
      await rest.call({ method: 'DELETE', path: `${await pathOf(record)}/records/${id}`, answer: anyAnswer })
    },
  })
}

/** The list of zones has no pages. */
async function zonePath(location: ZoneLocation, rest: Rest): Promise<string> {
  const zones = await rest.call({ method: 'GET', path: '/dns/v1/zones', answer: zonesAnswer })
  const zone = zones.find(({ name }) => name.toLowerCase() === location.zone)
  if (zone === undefined) throw noZone('IONOS', location)
  return `/dns/v1/zones/${zone.id}`
}

const problem = v.array(v.object({ code: v.string(), message: v.fallback(v.string(), '') }))

const explain = explainedBy(problem, (said) => {
  const reason = said.map(({ code, message }) => (message === '' ? code : `${message} (${code})`)).join('; ')
  return said.some(({ code }) => code === 'RECORD_NOT_FOUND') ? { code: 'NOT_FOUND', reason } : { reason }
})
