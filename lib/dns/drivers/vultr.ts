import * as v from 'valibot'
import { apiOptions, type DnsDriver, type DnsProviderFacts, oneLine, secretReference } from '../../platform/driver.ts'
import { everyPage } from '../../platform/pages.ts'
import { explainedBy, type Rest, textId } from '../../platform/rest.ts'
import { restWithToken } from '../../platform/rest-with-token.ts'
import type { ZoneLocation, ZoneRecord } from '../../ports.ts'
import { noZone } from '../hosted-zones.ts'
import { quoted, unquoted } from '../quoted.ts'
import { recordCollection } from '../record-collection.ts'

const options = v.strictObject({
  apiKey: v.pipe(secretReference, oneLine, v.description('Reference to an API key of a user with the permission dns.')),
  ...apiOptions,
})

const facts = {
  provider: 'Vultr',
  documentation: 'https://www.vultr.com/api/#tag/dns',
  permission: 'an API key of a service user with the permission `dns` alone',
  twoValues: 'a record each',
  // No lowest is documented: this one new domains have of themselves.
  ttl: 300,
  note:
    'Where the access control of the user lists addresses, those that newleaf calls from must be among them: a key is refused with ' +
    '`Unauthorized IP address` from elsewhere.',
} satisfies DnsProviderFacts

/** `next` is a cursor, and empty on the last page. */
const meta = v.object({ links: v.object({ next: v.nullish(v.string(), '') }) })

export const domainsAnswer = v.object({ domains: v.array(v.object({ domain: v.string() })), meta })

/** Names are relative to the domain, and empty at its top; the data of TXT records come in quotes. */
export const recordsAnswer = v.object({
  records: v.array(v.object({ id: textId, type: v.string(), name: v.string(), data: v.nullish(v.string(), '') })),
  meta,
})

export const driver = {
  options,
  facts,
  async open({ apiKey, endpoint = 'https://api.vultr.com', caCertificate }, context) {
    const rest = await restWithToken({ vendor: 'Vultr', endpoint, caCertificate, token: apiKey, explain }, context)
    return recordCollection({ find: recordsPath, list, bodyOf }, rest)
  },
} satisfies DnsDriver<typeof options>

async function list(path: string, location: ZoneLocation, rest: Rest) {
  const all = await everyPage('a list of Vultr', '', async (cursor) => {
    const { records, meta } = await rest.call({ method: 'GET', path: pageOf(path, cursor), answer: recordsAnswer })
    return { items: records, next: meta.links.next || undefined }
  })
  return all
    .filter(({ type, name }) => type === 'TXT' && name.toLowerCase() === location.relativeName)
    .map(({ id, data }) => ({ id, value: unquoted(data) }))
}

const bodyOf = ({ relativeName: name, value }: ZoneRecord) => ({
  type: 'TXT',
  name,
  data: quoted(value),
  ttl: facts.ttl,
})

const pageOf = (path: string, cursor: string) =>
  `${path}?${new URLSearchParams({ per_page: '500', ...(cursor === '' ? {} : { cursor }) })}`

async function recordsPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const all = await everyPage('a list of Vultr', '', async (cursor) => {
    const path = pageOf('/v2/domains', cursor)
    const { domains, meta } = await rest.call({ method: 'GET', path, answer: domainsAnswer })
    return { items: domains, next: meta.links.next || undefined }
  })
  if (!all.some(({ domain }) => domain.toLowerCase() === location.zone)) throw noZone('Vultr', location)
  return `/v2/domains/${encodeURIComponent(location.zone)}/records`
}

const problem = v.object({ error: v.string() })

const explain = explainedBy(problem, ({ error: reason }) => ({ reason }))
