import * as v from 'valibot'
import { apiOptions, type DnsDriver, type DnsProviderFacts, oneLine, secretReference } from '../../platform/driver.ts'
import { explainedBy, numberId, type Rest } from '../../platform/rest.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { recordsProvider } from '../records.ts'

const options = v.strictObject({
  apiKey: v.pipe(secretReference, oneLine, v.description('Reference to the API key, which begins with pk1_.')),
  secretApiKey: v.pipe(
    secretReference,
    oneLine,
    v.description('Reference to the secret API key that goes with it, which begins with sk1_.'),
  ),
  ...apiOptions,
})

const facts = {
  provider: 'Porkbun',
  documentation: 'https://porkbun.com/llms/dns',
  permission: 'an API key with its secret key, and API access switched on for the domain',
  twoValues: 'a record each',
  ttl: 600,
  note: 'A key may change every domain that has API access switched on: leave it off for the others.',
} satisfies DnsProviderFacts

const success = v.object({ status: v.literal('SUCCESS') })

/** Names are absolute; the contents of TXT records come without quotes. There are no pages. */
export const recordsAnswer = v.object({
  ...success.entries,
  records: v.array(
    v.object({
      id: v.union([v.pipe(v.string(), v.regex(/^\d{1,20}$/)), v.pipe(numberId, v.transform(String))]),
      name: v.string(),
      type: v.string(),
      content: v.nullish(v.string(), ''),
    }),
  ),
})

export const driver = {
  options,
  facts,
  async open({ apiKey, secretApiKey, endpoint = 'https://api.porkbun.com', caCertificate }, context) {
    // In older descriptions the keys stand in the body, and all is POST; headers are what is preferred now, and let a list be a GET.
    const headers = {
      'x-api-key': await context.resolve(apiKey),
      'x-secret-api-key': await context.resolve(secretApiKey),
    }
    return provider(context.rest({ vendor: 'Porkbun', endpoint, caCertificate, headers, explain }))
  },
} satisfies DnsDriver<typeof options>

const DNS = '/api/json/v3/dns'

function provider(rest: Rest): DnsProvider {
  return recordsProvider({
    async list(location) {
      const { records } = await readZone(location, rest)
      return records
        .filter(({ type, name }) => type === 'TXT' && name.toLowerCase() === location.name)
        .map(({ id, content }) => ({ id, value: unquoted(content) }))
    },
    async add({ zone, relativeName: name, value: content }) {
      const body = { name, type: 'TXT', content, ttl: facts.ttl }
      await rest.call({ method: 'POST', path: `${DNS}/create/${encodeURIComponent(zone)}`, body, answer: success })
    },
    async remove({ zone }, id) {
      const path = `${DNS}/delete/${encodeURIComponent(zone)}/${id}`
      await rest.call({ method: 'POST', path, body: {}, answer: success })
    },
  })
}

function readZone(location: ZoneLocation, rest: Rest) {
  const path = `${DNS}/retrieve/${encodeURIComponent(location.zone)}`
  return rest.call({ method: 'GET', path, answer: recordsAnswer }).catch(asNoZone('Porkbun', location))
}

const problem = v.object({ message: v.string() })

/** Whatever is wrong may come with 400: the message tells. */
const explain = explainedBy(problem, ({ message: reason }, status) => {
  if (status === 400 && /^invalid domain\b/i.test(reason)) return { code: 'NOT_FOUND', reason }
  if (status === 400 && /\bapi (key|access)\b/i.test(reason)) return { code: 'DENIED', reason }
  return { reason }
})
