import * as v from 'valibot'
import { isFailure } from '../../errors.ts'
import { after, SECOND } from '../../platform/clock.ts'
import { type DnsDriver, type DnsProviderFacts, tokenOptions } from '../../platform/driver.ts'
import { anyAnswer, explainedBy, type Rest } from '../../platform/rest.ts'
import { restWithToken } from '../../platform/rest-with-token.ts'
import type { Clock, DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone, zoneIds } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { recordSetsProvider } from '../record-sets.ts'

const options = v.strictObject(
  tokenOptions('Reference to a personal access token that may manage the technical configuration of the domains.'),
)

const facts = {
  provider: 'Gandi LiveDNS',
  documentation: 'https://api.gandi.net/docs/livedns/',
  permission:
    'a personal access token with “Manage domain name technical configurations”, for these domains; API keys are not taken',
  twoValues: 'the set at the name is read and written again, which the API does under no condition',
  ttl: 300,
  note: 'Where two installations write values at one name in the same instant, one can be lost; the next run writes it again.',
} satisfies DnsProviderFacts

/** A value comes back in quotes, however it was written. */
export const setAnswer = v.object({ rrset_ttl: v.number(), rrset_values: v.array(v.string()) })

type Held = v.InferOutput<typeof setAnswer>

const API = 'https://api.gandi.net'

export const driver = {
  options,
  facts,
  // recorded with an API key, which the documentation has since declared deprecated
  async open({ token, endpoint = API, caCertificate }, context) {
    const opened = provider(await restWithToken({ vendor: 'Gandi', endpoint, caCertificate, token, explain }, context))
    // Nobody but the vendor is sent a token that was made for another place.
    if (endpoint !== API) return opened
    const rest = await restWithToken({ vendor: 'Gandi', endpoint: 'https://id.gandi.net', token, explain }, context)
    return { ...opened, expiresAt: () => expiryOf(rest, context.clock) }
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest): DnsProvider {
  const domainOf = zoneIds((location) => domainPath(location, rest))
  const pathOf = async (location: ZoneLocation) =>
    `${await domainOf(location)}/records/${location.relativeName === '' ? '@' : encodeURIComponent(location.relativeName)}/TXT`
  return recordSetsProvider<Held>({
    check: domainOf,
    async read(location) {
      const version = await readSet(await pathOf(location), rest)
      return { values: version.rrset_values.map(unquoted), version }
    },
    async write(location, values, { values: before, version }) {
      const path = await pathOf(location)
      if (values.length === 0) {
        await rest.call({ method: 'DELETE', path, answer: anyAnswer })
        return
      }
      const stay = version.rrset_values.filter((each) => values.includes(unquoted(each))).map(plain)
      const fresh = values.filter((value) => !before.includes(value))
      const body = { rrset_values: [...stay, ...fresh], rrset_ttl: version.rrset_ttl }
      await rest.call({ method: 'PUT', path, body, answer: anyAnswer })
    },
  })
}

const infoAnswer = v.object({ expires_in: v.nullish(v.pipe(v.number(), v.safeInteger())) })

/** The server that gives out personal access tokens tells any of them how many seconds it has left. */
async function expiryOf(rest: Rest, clock: Clock): Promise<Date | undefined> {
  const { expires_in } = await rest.call({ method: 'GET', path: '/tokeninfo', answer: infoAnswer })
  return expires_in == null ? undefined : after(clock.now(), expires_in * SECOND)
}

/** As it was recorded where quotes change nothing; anything else goes back as it came. */
const plain = (value: string): string => (/^"[\w-]+"$/.test(value) ? unquoted(value) : value)

async function domainPath(location: ZoneLocation, rest: Rest): Promise<string> {
  const path = `/v5/livedns/domains/${encodeURIComponent(location.zone)}`
  await rest.call({ method: 'GET', path, answer: anyAnswer }).catch(asNoZone('Gandi', location))
  return path
}

/** Of a domain that is there, only the set can be missing. */
async function readSet(path: string, rest: Rest): Promise<Held> {
  try {
    return await rest.call({ method: 'GET', path, answer: setAnswer })
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return { rrset_ttl: facts.ttl, rrset_values: [] }
    throw error
  }
}

const problem = v.object({ message: v.string() })

const explain = explainedBy(problem, (said) => ({ reason: said.message }))
