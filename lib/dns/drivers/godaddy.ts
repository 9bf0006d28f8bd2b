import * as v from 'valibot'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { everyPage } from '../../platform/pages.ts'
import { anyAnswer, explainedBy, type Rest } from '../../platform/rest.ts'
import { restWithToken } from '../../platform/rest-with-token.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { type HeldRecord, recordsProvider } from '../records.ts'

const options = v.strictObject(
  tokenOptions('Reference to a personal access token with the scopes domains.domain:read and domains.dns:update.'),
)

const facts = {
  provider: 'GoDaddy',
  documentation: 'https://developer.godaddy.com/en/docs/references/rest/domains/v3/records',
  permission: 'a personal access token with the scopes `domains.domain:read` and `domains.dns:update`',
  twoValues: 'a record each',
  ttl: 600,
  note: 'This is the API v3; a key with a secret is for v1, whose keys end with 2026.',
} satisfies DnsProviderFacts

/** Names are relative, `@` at the top; the data of TXT records come without quotes. */
export const recordsAnswer = v.object({
  items: v.nullish(
    v.array(v.object({ recordId: v.string(), type: v.string(), name: v.string(), data: v.string() })),
    [],
  ),
  links: v.nullish(v.array(v.object({ rel: v.string() })), []),
})

export const driver = {
  options,
  facts,
  async open({ token, endpoint = 'https://api.godaddy.com', caCertificate }, context) {
    const rest = await restWithToken({ vendor: 'GoDaddy', endpoint, caCertificate, token, explain }, context)
    return provider(rest)
  },
} satisfies DnsDriver<typeof options>

const PAGE_SIZE = 100

const pathOf = ({ zone }: ZoneLocation) => `/v3/domains/zones/${encodeURIComponent(zone)}/dns-records`
const nameOf = ({ relativeName }: ZoneLocation) => relativeName || '@'

function provider(rest: Rest): DnsProvider {
  return recordsProvider({
    list: (location) => listRecords(location, rest),
    async add(record) {
      const body = { type: 'TXT', name: nameOf(record), data: record.value, ttl: facts.ttl }
      await rest.call({ method: 'POST', path: pathOf(record), body, answer: anyAnswer })
    },
    async remove(record, id) {
      const path = `${pathOf(record)}/${encodeURIComponent(id)}`
      await rest.call({ method: 'DELETE', path, answer: anyAnswer })
    },
  })
}

async function listRecords(location: ZoneLocation, rest: Rest): Promise<HeldRecord<string>[]> {
  const name = nameOf(location)
  const all = await everyPage('a list of GoDaddy', 1, async (page) => {
    const query = new URLSearchParams({ type: 'TXT', name, page: `${page}`, pageSize: `${PAGE_SIZE}` })
    const path = `${pathOf(location)}?${query}`
    const read = rest.call({ method: 'GET', path, answer: recordsAnswer })
    const { items, links } = await read.catch(asNoZone('GoDaddy', location))
    const isLast = items.length < PAGE_SIZE && !links.some(({ rel }) => rel === 'next')
    return { items, next: isLast ? undefined : page + 1 }
  })
  return all
    .filter((each) => each.type === 'TXT' && each.name.toLowerCase() === name)
    .map(({ recordId: id, data }) => ({ id, value: unquoted(data) }))
}

const explain = explainedBy(v.object({ message: v.string() }), ({ message }) => ({ reason: message }))
