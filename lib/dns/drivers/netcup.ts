import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import { apiOptions, type DnsDriver, type DnsProviderFacts, oneLine, secretReference } from '../../platform/driver.ts'
import { anyAnswer, explainedBy, numberId, type Rest } from '../../platform/rest.ts'
import { restWithToken } from '../../platform/rest-with-token.ts'
import { safeParse } from '../../platform/safe-parse.ts'
import type { DnsProvider, ZoneLocation, ZoneRecord } from '../../ports.ts'
import { asNoZone, noZone, zoneIds } from '../hosted-zones.ts'

const options = v.strictObject({
  apiKey: v.pipe(
    secretReference,
    oneLine,
    v.description('Reference to an API key of the customer control panel; a legacy API key is for the older API.'),
  ),
  ...apiOptions,
})

const facts = {
  provider: 'netcup',
  documentation: 'https://www.netcup.com/en/helpcenter/documentation/netcup-api',
  permission: 'an API key of the customer control panel, which is not among the legacy API keys',
  twoValues: 'a challenge each',
  ttl: undefined,
  note:
    'This is the API of 2026, which takes only names that begin with `_acme-challenge`: a CNAME must lead to such a name. Domains that netcup ' +
    'still serves by its older DNS cannot be written there, and those of the newer cannot be written by the older API.',
} satisfies DnsProviderFacts

/** A name that is not there is answered by an empty list or by an error. */
const domainsAnswer = v.object({
  result: v.array(v.object({ id: numberId, fqdn: v.string(), isDnsManaged: v.boolean() })),
})

const challenge = v.object({ scope: v.string(), value: v.string() })
const challengesAnswer = v.object({
  result: v.union([
    v.array(challenge),
    v.pipe(
      challenge,
      v.transform((one) => [one]),
    ),
  ]),
})

export const driver = {
  options,
  facts,
  async open({ apiKey, endpoint = 'https://api.netcup.com', caCertificate }, context) {
    const rest = await restWithToken(
      { vendor: 'netcup', endpoint, caCertificate, token: apiKey, isRefusal, explain },
      context,
    )
    return provider(rest)
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest): DnsProvider {
  const challengesOf = zoneIds((location) => challengesPath(location, rest))
  const pathOf = async (record: ZoneRecord) => {
    const scope = scopeOf(record)
    const part = scope === '@' ? scope : encodeURIComponent(scope)
    return `${await challengesOf(record)}/${part}/${encodeURIComponent(record.value)}`
  }
  return {
    async check(location) {
      scopeOf(location)
      await challengesOf(location)
    },
    async addTxt(record) {
      if (await isThere(await pathOf(record), record.value, rest)) return
      const body = { scope: scopeOf(record), value: record.value }
      await rest.call({ method: 'POST', path: await challengesOf(record), body, answer: anyAnswer })
    },
    async removeTxt(record) {
      const path = await pathOf(record)
      if (!(await isThere(path, record.value, rest))) return
      try {
        await rest.call({ method: 'DELETE', path, answer: anyAnswer })
      } catch (error) {
        if (!isFailure(error, 'NOT_FOUND')) throw error // it was there a moment ago: gone is what we want
      }
    },
  }
}

/** What a challenge is for, below the zone; the API writes `_acme-challenge` before it. */
function scopeOf({ name, relativeName }: ZoneLocation): string {
  const scope = /^_acme-challenge(?:\.(.+))?$/.exec(relativeName)
  if (scope !== null) return scope[1] ?? '@'
  throw new Failure('REJECTED', `netcup takes only names that begin with _acme-challenge, and ${name} does not`, {
    fields: { vendor: 'netcup', name },
  })
}

async function isThere(path: string, value: string, rest: Rest): Promise<boolean> {
  try {
    const { result } = await rest.call({ method: 'GET', path, answer: challengesAnswer })
    return result.some((each) => each.value === value)
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return false
    throw error
  }
}

async function challengesPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const { zone, provider } = location
  const domain = (await domainsAt(location, rest)).find(({ fqdn }) => fqdn.toLowerCase() === zone)
  if (domain === undefined) throw noZone('netcup', location)
  if (!domain.isDnsManaged) {
    const message = `netcup serves ${zone} by its older DNS or not at all: its records cannot be written by this API`
    throw new Failure('DNS_NO_ZONE', message, { fields: { zone, provider } })
  }
  return `/v1/domain/${domain.id}/acme/challenge`
}

async function domainsAt(location: ZoneLocation, rest: Rest) {
  const path = `/v1/domain?${new URLSearchParams({ fqdn: location.zone })}`
  const { result } = await rest.call({ method: 'GET', path, answer: domainsAnswer }).catch(asNoZone('netcup', location))
  return result
}

const envelope = v.object({ success: v.literal(false) })
const isRefusal = (body: unknown) => safeParse(envelope, body).success

const problem = v.object({ errors: v.array(v.object({ code: v.string(), message: v.fallback(v.string(), '') })) })

/** The status alone misleads: a key that is not known comes with 400. */
const explain = explainedBy(problem, ({ errors }) => {
  const reason = errors.map(({ code, message }) => `${message} (${code})`).join('; ')
  const isAny = (known: string) => errors.some(({ code }) => code === known)
  if (isAny('authenticationError')) return { code: 'DENIED', reason }
  return isAny('resourceDoesNotExist') ? { code: 'NOT_FOUND', reason } : { reason }
})
