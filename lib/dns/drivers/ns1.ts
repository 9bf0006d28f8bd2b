import * as v from 'valibot'
import { isFailure } from '../../errors.ts'
import { apiOptions, type DnsDriver, type DnsProviderFacts, oneLine, secretReference } from '../../platform/driver.ts'
import { anyAnswer, explainedBy, type Rest } from '../../platform/rest.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone, zoneIds } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { recordSetsProvider } from '../record-sets.ts'

const options = v.strictObject({
  apiKey: v.pipe(secretReference, oneLine, v.description('Reference to an API key that may manage the zones.')),
  ...apiOptions,
})

const facts = {
  provider: 'IBM NS1 Connect',
  documentation: 'https://ns1.com/api',
  permission: 'an API key with the permissions to view and to manage zones, for these zones alone',
  twoValues: 'the set at the name is read and written again, which the API does under no condition',
  ttl: 60,
  note:
    'Where two installations write values at one name in the same instant, one can be lost; the next run writes it again. ' +
    'A record that stands there already keeps its TTL, its filters and its metadata.',
} satisfies DnsProviderFacts

/** What belongs to an answer beside its text, such as metadata and a region, is written again as it was read. */
const answerSchema = v.looseObject({ answer: v.array(v.string()) })
type Answer = v.InferOutput<typeof answerSchema>

/** Texts come without quotes. */
export const recordAnswer = v.object({ answers: v.array(answerSchema) })
export const zoneAnswer = v.object({ zone: v.string() })

/** Undefined: there is no record. */
type Held = readonly Answer[] | undefined

export const driver = {
  options,
  facts,
  async open({ apiKey, endpoint = 'https://api.nsone.net', caCertificate }, context) {
    const headers = { 'x-nsone-key': await context.resolve(apiKey) }
    return provider(context.rest({ vendor: 'NS1', endpoint, caCertificate, headers, explain }))
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest): DnsProvider {
  const check = zoneIds((location) => checkZone(location, rest))
  return recordSetsProvider<Held>({
    check,
    async read(location) {
      const version = await readRecord(location, rest)
      // Of a zone that is not there the API says as well that the record is not.
      if (version === undefined) await check(location)
      return { values: (version ?? []).map(textOf), version }
    },
    async write(location, values, { values: before, version }) {
      const path = recordPath(location)
      if (values.length === 0) return rest.call({ method: 'DELETE', path, answer: anyAnswer })
      const stay = (version ?? []).filter((each) => values.includes(textOf(each)))
      const fresh = values.filter((value) => !before.includes(value)).map((value) => ({ answer: [value] }))
      const answers = [...stay, ...fresh]
      if (version !== undefined) return rest.call({ method: 'POST', path, body: { answers }, answer: anyAnswer })
      const body = { zone: location.zone, domain: location.name, type: 'TXT', ttl: facts.ttl, answers }
      return rest.call({ method: 'PUT', path, body, answer: anyAnswer })
    },
  })
}

const textOf = ({ answer }: Answer) => unquoted(answer.join(''))

const zonePath = ({ zone }: ZoneLocation) => `/v1/zones/${encodeURIComponent(zone)}`
const recordPath = (location: ZoneLocation) => `${zonePath(location)}/${encodeURIComponent(location.name)}/TXT`

/** Without its records, of which there may be thousands. */
async function checkZone(location: ZoneLocation, rest: Rest): Promise<void> {
  const path = `${zonePath(location)}?records=false`
  await rest.call({ method: 'GET', path, answer: zoneAnswer }).catch(asNoZone('NS1', location))
}

async function readRecord(location: ZoneLocation, rest: Rest): Promise<Held> {
  try {
    return (await rest.call({ method: 'GET', path: recordPath(location), answer: recordAnswer })).answers
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

const problem = v.object({ message: v.string() })

const explain = explainedBy(problem, ({ message: reason }) => {
  // Somebody else has created the record since it was looked for.
  if (/already exists/i.test(reason)) return { code: 'CONFLICT', reason }
  return { reason }
})
