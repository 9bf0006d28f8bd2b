import * as v from 'valibot'
import { isFailure } from '../../errors.ts'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { isoMoment } from '../../platform/iso-moment.ts'
import { everyPage } from '../../platform/pages.ts'
import { explainedBy, type Rest, textId } from '../../platform/rest.ts'
import { restWithToken } from '../../platform/rest-with-token.ts'
import type { ZoneLocation, ZoneRecord } from '../../ports.ts'
import { noZone } from '../hosted-zones.ts'
import { quoted, unquoted } from '../quoted.ts'
import { recordCollection } from '../record-collection.ts'

const options = v.strictObject(
  tokenOptions('Reference to an API token with the permissions Zone:Read and DNS:Edit, for the zones alone.'),
)

const facts = {
  provider: 'Cloudflare',
  documentation: 'https://developers.cloudflare.com/api/resources/dns/subresources/records/',
  permission: 'an API token with `Zone:Read` and `DNS:Edit`, for these zones; the global API key is not taken',
  twoValues: 'a record each',
  ttl: 60,
} satisfies DnsProviderFacts

export const zonesAnswer = v.object({
  result: v.array(v.object({ id: textId, name: v.string(), status: v.optional(v.string()) })),
})

/** Names are absolute; the content of a TXT record comes as it was written, with quotes or without. */
export const recordsAnswer = v.object({
  result: v.array(v.object({ id: textId, type: v.string(), name: v.string(), content: v.string() })),
  result_info: v.object({ total_pages: v.number() }),
})

export const driver = {
  options,
  facts,
  async open({ token, endpoint = 'https://api.cloudflare.com', caCertificate }, context) {
    const rest = await restWithToken({ vendor: 'Cloudflare', endpoint, caCertificate, token, explain }, context)
    return { ...recordCollection({ find: recordsPath, list, bodyOf }, rest), expiresAt: () => expiryOf(rest) }
  },
} satisfies DnsDriver<typeof options>

async function list(path: string, { name }: ZoneLocation, rest: Rest) {
  const query = { type: 'TXT', name, per_page: '100' }
  const all = await everyPage('a list of Cloudflare', 1, async (page) => {
    const asked = `${path}?${new URLSearchParams({ ...query, page: `${page}` })}`
    const { result, result_info } = await rest.call({ method: 'GET', path: asked, answer: recordsAnswer })
    return { items: result, next: page >= result_info.total_pages ? undefined : page + 1 }
  })
  return all
    .filter((each) => each.type === 'TXT' && each.name.toLowerCase() === name)
    .map(({ id, content }) => ({ id, value: unquoted(content) }))
}

const bodyOf = ({ name, value }: ZoneRecord) => ({ type: 'TXT', name, content: quoted(value), ttl: facts.ttl })

/** A zone that moves between accounts stands in both for a time: the active one is the one that is served. */
async function recordsPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const path = `/client/v4/zones?${new URLSearchParams({ name: location.zone, per_page: '50' })}`
  const { result } = await rest.call({ method: 'GET', path, answer: zonesAnswer })
  const found = result.filter(({ name }) => name.toLowerCase() === location.zone)
  const zone = found.find(({ status }) => status === 'active') ?? found[0]
  if (zone === undefined) throw noZone('Cloudflare', location)
  return `/client/v4/zones/${zone.id}/dns_records`
}

const verifiedAnswer = v.object({ result: v.object({ expires_on: v.nullish(isoMoment) }) })
const accountsAnswer = v.object({ result: v.array(v.object({ account: v.object({ id: textId }) })) })

/** Any token may have itself verified: a user's, or an account's, which the first of these refuses. */
async function expiryOf(rest: Rest): Promise<Date | undefined> {
  const verified = async (path: string) => {
    const { result } = await rest.call({ method: 'GET', path: `${path}/tokens/verify`, answer: verifiedAnswer })
    return result.expires_on ?? undefined
  }
  try {
    return await verified('/client/v4/user')
  } catch (error) {
    if (!isFailure(error, 'DENIED')) throw error
    const zones = '/client/v4/zones?per_page=5'
    const { result } = await rest.call({ method: 'GET', path: zones, answer: accountsAnswer })
    if (result[0] === undefined) throw error
    return verified(`/client/v4/accounts/${result[0].account.id}`)
  }
}

const said = v.object({ code: v.number(), message: v.fallback(v.string(), '') })
const problem = v.object({
  errors: v.array(v.object({ ...said.entries, error_chain: v.fallback(v.array(said), []) })),
})

/** A token that cannot be one is refused with 400 and the first of these. */
const BAD_TOKEN = [6003, 10000]
/** What stands there already, and what is gone. */
const ALREADY_THERE = [81057, 81058]
const GONE = [81044]

const explain = explainedBy(problem, (said) => {
  const all = said.errors.flatMap(({ error_chain, ...error }) => [error, ...error_chain])
  const reason = all.map(({ code, message }) => `${message} (${code})`).join('; ')
  const isAny = (codes: readonly number[]) => all.some(({ code }) => codes.includes(code))
  if (isAny(ALREADY_THERE)) return { code: 'CONFLICT', reason }
  if (isAny(GONE)) return { code: 'NOT_FOUND', reason }
  return isAny(BAD_TOKEN) ? { code: 'DENIED', reason } : { reason }
})
