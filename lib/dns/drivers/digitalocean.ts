import * as v from 'valibot'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { everyPage } from '../../platform/pages.ts'
import { explainedBy, numberId, type Rest, withLimitEnd } from '../../platform/rest.ts'
import { restWithToken } from '../../platform/rest-with-token.ts'
import type { ZoneLocation, ZoneRecord } from '../../ports.ts'
import { asNoZone } from '../hosted-zones.ts'
import { recordCollection } from '../record-collection.ts'

const options = v.strictObject(tokenOptions('Reference to a personal access token that may read and update domains.'))

const facts = {
  provider: 'DigitalOcean',
  documentation: 'https://docs.digitalocean.com/reference/api/',
  permission: 'a token of its own with the scopes `domain:read`, `domain:create` and `domain:delete`',
  twoValues: 'a record each',
  // The lowest that the API takes is 30.
  ttl: 60,
} satisfies DnsProviderFacts

export const domainAnswer = v.object({ domain: v.object({ name: v.string() }) })

/** Names are relative to the domain, which itself is @; the data of TXT records comes without quotes. */
export const recordsAnswer = v.object({
  domain_records: v.array(
    v.object({ id: numberId, type: v.string(), name: v.string(), data: v.nullish(v.string(), '') }),
  ),
  links: v.object({ pages: v.optional(v.object({ next: v.optional(v.string()) })) }),
})

export const driver = {
  options,
  facts,
  async open({ token, endpoint = 'https://api.digitalocean.com', caCertificate }, context) {
    const rest = await restWithToken({ vendor: 'DigitalOcean', endpoint, caCertificate, token, explain }, context)
    return recordCollection({ find: recordsPath, list, bodyOf }, rest)
  },
} satisfies DnsDriver<typeof options>

async function list(path: string, location: ZoneLocation, rest: Rest) {
  const all = await everyPage('a list of DigitalOcean', 1, async (page) => {
    const asked = `${path}?${new URLSearchParams({ type: 'TXT', per_page: '200', page: `${page}` })}`
    const { domain_records, links } = await rest.call({ method: 'GET', path: asked, answer: recordsAnswer })
    return { items: domain_records, next: links.pages?.next === undefined ? undefined : page + 1 }
  })
  return all
    .filter(({ type, name }) => type === 'TXT' && name.toLowerCase() === nameOf(location))
    .map(({ id, data: value }) => ({ id, value }))
}

const bodyOf = (record: ZoneRecord) => ({ type: 'TXT', name: nameOf(record), data: record.value, ttl: facts.ttl })

const nameOf = ({ relativeName }: ZoneLocation) => relativeName || '@'

async function recordsPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const path = `/v2/domains/${encodeURIComponent(location.zone)}`
  await rest.call({ method: 'GET', path, answer: domainAnswer }).catch(asNoZone('DigitalOcean', location))
  return `${path}/records`
}

const problem = v.object({ id: v.string(), message: v.string() })

const said = explainedBy(problem, ({ id, message }) => ({ reason: `${message} (${id})` }))

/** By the minute a limit comes with Retry-After; the one of an hour ends, request by request, when the oldest is an hour old. */
const explain = withLimitEnd(said, 'ratelimit-reset')
