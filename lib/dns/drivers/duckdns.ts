import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { codeOf } from '../../platform/rest.ts'
import type { ZoneLocation, ZoneRecord } from '../../ports.ts'
import { noZone } from '../hosted-zones.ts'

const options = v.strictObject(tokenOptions('Reference to the token of the account.'))

const facts = {
  provider: 'Duck DNS',
  documentation: 'https://www.duckdns.org/spec.jsp',
  permission: 'the token of the account, which may change all its domains',
  twoValues: 'not at all: a domain has one value, for all names in it, so that these are validated in turns',
  ttl: undefined,
  note:
    'The names of a certificate in one domain are validated in turns, and of two certificates for names in it that are due in one run the second ' +
    'may have to wait for the next. What stands in a domain cannot be read: a value that somebody else wrote there is ' +
    'replaced, and goes with ours. There is no request that changes nothing, so that only the token is looked up before an order.',
} satisfies DnsProviderFacts

export const driver = {
  options,
  facts,
  async open({ token, endpoint = 'https://www.duckdns.org', caCertificate }, context) {
    const secret = await context.resolve(token)
    const http = context.http(caCertificate)
    /** What may stand in a domain, as far as this run wrote it. */
    const written = new Map<string, string>()

    /** Whether it was done stands in the text; the status is 200 either way. */
    async function update(domain: string, change: Readonly<Record<string, string>>): Promise<void> {
      const query = new URLSearchParams({ domains: domain, token: secret.reveal(), ...change, verbose: 'true' })
      const { status, body } = await http.send({ method: 'GET', url: `${endpoint}/update?${query}` })
      const fields = { vendor: 'Duck DNS', status }
      if (status !== 200)
        throw new Failure(codeOf(status), `Duck DNS answered the update of ${domain} with ${status}`, { fields })
      if (/^OK\b/.test(body)) return
      const isRefused = /^KO\b/.test(body)
      const what = isRefused
        ? 'KO: the token is wrong, or the domain is not one of its account'
        : 'something else than OK or KO'
      throw new Failure(
        isRefused ? 'DENIED' : 'ANSWER_INVALID',
        `Duck DNS answered the update of ${domain} with ${what}`,
        {
          fields,
        },
      )
    }

    return {
      capacity: async (location) => ({ key: domainOf(location), most: 1 }),
      async addTxt(record: ZoneRecord) {
        const domain = domainOf(record)
        const before = written.get(domain)
        if (before !== undefined && before !== record.value) throw taken(domain, record)
        written.set(domain, record.value) // also where the answer gets lost
        try {
          await update(domain, { txt: record.value })
        } catch (error) {
          if (before === undefined && isFailure(error, 'DENIED')) written.delete(domain)
          throw error
        }
      },
      async removeTxt(record: ZoneRecord) {
        const domain = domainOf(record)
        if ((written.get(domain) ?? record.value) !== record.value) return // it was replaced, and is gone
        await update(domain, { txt: '', clear: 'true' })
        written.delete(domain)
      },
    }
  },
} satisfies DnsDriver<typeof options>

/** `shop` for whatever lies in shop.duckdns.org. */
function domainOf(location: ZoneLocation): string {
  const domain = /(?:^|\.)([a-z0-9-]+)\.duckdns\.org$/.exec(location.name)?.[1]
  if (domain === undefined) throw noZone('Duck DNS', location)
  return domain
}

const taken = (domain: string, { name }: ZoneLocation) =>
  new Failure(
    'CONFLICT',
    `${name} needs a value while that of another certificate stands in ${domain}.duckdns.org, and Duck DNS holds one; the next run carries on`,
    { fields: { name } },
  )
