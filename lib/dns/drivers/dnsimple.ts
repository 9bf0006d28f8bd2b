import * as v from 'valibot'
import { isFailure } from '../../errors.ts'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { everyPage } from '../../platform/pages.ts'
import { explainedBy, numberId, type Rest, withLimitEnd } from '../../platform/rest.ts'
import { restWithToken } from '../../platform/rest-with-token.ts'
import type { ZoneLocation, ZoneRecord } from '../../ports.ts'
import { noZone } from '../hosted-zones.ts'
import { quoted, unquoted } from '../quoted.ts'
import { recordCollection } from '../record-collection.ts'

const options = v.strictObject(tokenOptions('Reference to an API access token with full access to the zones.'))

const facts = {
  provider: 'DNSimple',
  documentation: 'https://developer.dnsimple.com/v2/zones/records/',
  permission: 'an account access token with the scope Zones, full access, for these zones alone',
  twoValues: 'a record each',
  ttl: 60,
  note: 'Scopes of tokens need the plan Teams or a higher one; a token without them may do whatever its account may.',
} satisfies DnsProviderFacts

export const accountsAnswer = v.object({ data: v.array(v.object({ id: numberId })) })

/** Names are relative to the zone, and empty at its top. Contents of TXT records are in quotes since 2023, and were not before. */
export const recordsAnswer = v.object({
  data: v.array(v.object({ id: numberId, type: v.string(), name: v.string(), content: v.string() })),
  pagination: v.object({ total_pages: v.number() }),
})

export const driver = {
  options,
  facts,
  async open({ token, endpoint = 'https://api.dnsimple.com', caCertificate }, context) {
    const rest = await restWithToken({ vendor: 'DNSimple', endpoint, caCertificate, token, explain }, context)
    return recordCollection({ find: recordsPath, list, bodyOf }, rest)
  },
} satisfies DnsDriver<typeof options>

async function list(path: string, location: ZoneLocation, rest: Rest) {
  const all = await everyPage('a list of DNSimple', 1, async (page) => {
    const asked = `${path}?${filter(location)}&per_page=100&page=${page}`
    const { data, pagination } = await rest.call({ method: 'GET', path: asked, answer: recordsAnswer })
    return { items: data, next: page >= pagination.total_pages ? undefined : page + 1 }
  })
  return all
    .filter(({ type, name }) => type === 'TXT' && name.toLowerCase() === location.relativeName)
    .map(({ id, content }) => ({ id, value: unquoted(content) }))
}

const bodyOf = ({ relativeName: name, value }: ZoneRecord) => ({
  type: 'TXT',
  name,
  content: quoted(value),
  ttl: facts.ttl,
})

/** What an empty name does is not documented: what comes back is still to be compared. */
const filter = ({ relativeName: name }: ZoneLocation) => new URLSearchParams({ type: 'TXT', name })

/** A token of a user reaches several accounts. */
async function recordsPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const { data } = await rest.call({ method: 'GET', path: '/v2/accounts', answer: accountsAnswer })
  for (const { id } of data) {
    const path = `/v2/${id}/zones/${encodeURIComponent(location.zone)}/records`
    if (await isThere(`${path}?${filter(location)}`, rest)) return path
  }
  throw noZone('DNSimple', location)
}

async function isThere(path: string, rest: Rest): Promise<boolean> {
  try {
    await rest.call({ method: 'GET', path, answer: recordsAnswer })
    return true
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return false
    throw error
  }
}

/** What is wrong with a field stands under its name. */
const problem = v.object({
  message: v.string(),
  errors: v.fallback(v.record(v.string(), v.array(v.string())), {}),
})

const said = explainedBy(problem, ({ message, errors }) => {
  const mistakes = Object.entries(errors).map(([field, said]) => `${field} ${said.join(', ')}`)
  const reason = [message, ...mistakes].join('; ')
  return /already exists/i.test(reason) ? { code: 'CONFLICT', reason } : { reason }
})

/** The limit of an hour starts anew at a time that every answer names. */
const explain = withLimitEnd(said, 'x-ratelimit-reset')
