import * as v from 'valibot'
import { isFailure } from '../../errors.ts'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { everyPage } from '../../platform/pages.ts'
import { anyAnswer, type Explanation, explainedBy, numberId, type Rest } from '../../platform/rest.ts'
import { limitEnd } from '../../platform/retry-after.ts'
import { bearer } from '../../platform/secret.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { noZone, zoneIds } from '../hosted-zones.ts'
import { recordsProvider } from '../records.ts'

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
    const headers = { authorization: bearer(await context.resolve(token)) }
    return provider(context.rest({ vendor: 'DigitalOcean', endpoint, caCertificate, headers, explain }))
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest): DnsProvider {
  const recordsOf = zoneIds((location) => recordsPath(location, rest))
  return recordsProvider({
    check: recordsOf,
    async list(location) {
      const path = await recordsOf(location)
      const all = await everyPage('a list of DigitalOcean', 1, async (page) => {
        const asked = `${path}?${new URLSearchParams({ type: 'TXT', per_page: '200', page: `${page}` })}`
        const { domain_records, links } = await rest.call({ method: 'GET', path: asked, answer: recordsAnswer })
        return { items: domain_records, next: links.pages?.next === undefined ? undefined : page + 1 }
      })
      return all
        .filter(({ type, name }) => type === 'TXT' && name.toLowerCase() === nameOf(location.relativeName))
        .map(({ id, data: value }) => ({ id, value }))
    },
    async add(record) {
      const body = { type: 'TXT', name: nameOf(record.relativeName), data: record.value, ttl: facts.ttl }
      await rest.call({ method: 'POST', path: await recordsOf(record), body, answer: anyAnswer })
    },
    async remove(record, id) {
      await rest.call({ method: 'DELETE', path: `${await recordsOf(record)}/${id}`, answer: anyAnswer })
    },
  })
}

const nameOf = (relativeName: string) => (relativeName === '' ? '@' : relativeName)

async function recordsPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const path = `/v2/domains/${encodeURIComponent(location.zone)}`
  try {
    await rest.call({ method: 'GET', path, answer: domainAnswer })
  } catch (error) {
    throw isFailure(error, 'NOT_FOUND') ? noZone('DigitalOcean', location) : error
  }
  return `${path}/records`
}

const problem = v.object({ id: v.string(), message: v.string() })

const said = explainedBy(problem, ({ id, message }) => ({ reason: `${message} (${id})` }))

/** By the minute a limit comes with Retry-After; the one of an hour ends, request by request, when the oldest is an hour old. */
const explain = (status: number, body: unknown, headers: Readonly<Record<string, string>>): Explanation => ({
  ...said(status, body),
  retryAfter: limitEnd(status, headers, 'ratelimit-reset'),
})
