import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { anyAnswer, explainedBy, type Rest } from '../../platform/rest.ts'
import { Secret } from '../../platform/secret.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone, zoneIds } from '../hosted-zones.ts'
import { quoted, unquoted } from '../quoted.ts'
import { recordSetsProvider } from '../record-sets.ts'

const options = v.strictObject(
  tokenOptions('Reference to a token whose policies let it write TXT records in the domains.'),
)

const facts = {
  provider: 'deSEC',
  documentation: 'https://desec.readthedocs.io/en/latest/dns/rrsets.html',
  permission: 'a token with a policy that has `perm_write` for the type `TXT` in these domains, and no other',
  twoValues: 'the set at the name is read and written again; only making a new set is under a condition',
  ttl: 3600,
  note:
    'Where two installations add values to one set in the same instant, one can be lost; the next run writes it again. deSEC takes a ' +
    'limited number of changes of a domain in a minute, in an hour and in a day, and says how long to wait.',
} satisfies DnsProviderFacts

/** The records of a TXT set are in quotes, in an order of its own. */
export const setAnswer = v.object({ type: v.string(), subname: v.string(), records: v.array(v.string()) })

/** As they came; undefined: there is no set. */
type Held = readonly string[] | undefined

export const driver = {
  options,
  facts,
  async open({ token, endpoint = 'https://desec.io', caCertificate }, context) {
    const headers = { authorization: new Secret(`Token ${(await context.resolve(token)).reveal()}`) }
    return provider(context.rest({ vendor: 'deSEC', endpoint, caCertificate, headers, explain }))
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest): DnsProvider {
  const domainOf = zoneIds((location) => domainPath(location, rest))
  const setsOf = async (location: ZoneLocation) => `${await domainOf(location)}rrsets/`
  const pathOf = async (location: ZoneLocation) =>
    `${await setsOf(location)}${location.relativeName === '' ? '@' : encodeURIComponent(location.relativeName)}/TXT/`
  return recordSetsProvider<Held>({
    check: domainOf,
    async read(location) {
      const version = await readSet(await pathOf(location), rest)
      return { values: (version ?? []).map(unquoted), version }
    },
    async write(location, values, { values: before, version }) {
      if (version === undefined) {
        const set = { subname: location.relativeName, type: 'TXT', ttl: facts.ttl, records: values.map(quoted) }
        await rest.call({ method: 'POST', path: await setsOf(location), body: set, answer: anyAnswer })
        return
      }
      const stay = version.filter((each) => values.includes(unquoted(each)))
      const fresh = values.filter((value) => !before.includes(value))
      await replace(await pathOf(location), [...stay, ...fresh.map(quoted)], rest)
    },
  })
}

/** A set without records goes. */
async function replace(path: string, records: readonly string[], rest: Rest): Promise<void> {
  try {
    await rest.call({ method: 'PATCH', path, body: { records }, answer: anyAnswer })
  } catch (error) {
    if (!isFailure(error, 'NOT_FOUND')) throw error
    throw new Failure('CONFLICT', 'the set was removed after it had been read', { cause: error })
  }
}

async function domainPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const path = `/api/v1/domains/${encodeURIComponent(location.zone)}/`
  await rest.call({ method: 'GET', path, answer: anyAnswer }).catch(asNoZone('deSEC', location))
  return path
}

/** Of a domain that is there, only the set can be missing. */
async function readSet(path: string, rest: Rest): Promise<Held> {
  try {
    return (await rest.call({ method: 'GET', path, answer: setAnswer })).records
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

/** One sentence, or sentences by field; those about the whole stand under the first of these names. */
const problem = v.object({
  non_field_errors: v.fallback(v.array(v.string()), []),
  detail: v.fallback(v.optional(v.string()), undefined),
})
const ALREADY_THERE = /Another RRset with the same subdomain and type exists/

const explain = explainedBy(problem, ({ non_field_errors, detail }) => {
  const reason = [...(detail === undefined ? [] : [detail]), ...non_field_errors].join(' ')
  if (reason === '') return undefined
  return ALREADY_THERE.test(reason) ? { code: 'CONFLICT', reason } : { reason }
})
