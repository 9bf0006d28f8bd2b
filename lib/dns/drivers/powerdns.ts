import * as v from 'valibot'
import {
  apiOptions,
  type DnsDriver,
  type DnsProviderFacts,
  endpointUrl,
  oneLine,
  secretReference,
} from '../../platform/driver.ts'
import { anyAnswer, explainedBy, type Rest } from '../../platform/rest.ts'
import { inTurns } from '../../platform/turns.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone } from '../hosted-zones.ts'
import { quoted, unquoted } from '../quoted.ts'
import { recordSetsProvider } from '../record-sets.ts'

const options = v.strictObject({
  endpoint: v.pipe(endpointUrl, v.description('Address of the HTTP API; /api/v1 is called below it.')),
  caCertificate: apiOptions.caCertificate,
  apiKey: v.pipe(secretReference, oneLine, v.description('Reference to the API key of the server, its api-key.')),
  server: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.-]{1,100}$/, 'expected the id of a server such as localhost'),
      v.description('The id of the server behind the API; localhost if absent.'),
    ),
    'localhost',
  ),
})

const facts = {
  provider: 'PowerDNS Authoritative Server',
  documentation: 'https://doc.powerdns.com/authoritative/http-api/zone.html',
  permission:
    "the server's `api-key`, which may do anything there; for less, use `rfc2136` with a TSIG key for the zone",
  twoValues: 'the set at the name is read and written again, which the API does under no condition',
  ttl: 60,
  note:
    'The API speaks plain HTTP, and newleaf https alone: put a proxy with TLS before it. Secondaries of a primary zone are notified at ' +
    'once. Where two installations write values at one name in the same instant, one can be lost; the next run writes it again.',
} satisfies DnsProviderFacts

const record = v.object({ content: v.string(), disabled: v.fallback(v.boolean(), false) })
const recordSet = v.object({ name: v.string(), type: v.string(), ttl: v.number(), records: v.array(record) })

/** Names are absolute, with the final dot, and the contents of TXT records in quotes. */
export const zoneAnswer = v.object({ kind: v.fallback(v.string(), 'Native'), rrsets: v.array(recordSet) })

type Held = Pick<v.InferOutput<typeof recordSet>, 'ttl' | 'records'> & { readonly isPrimary: boolean }

export const driver = {
  options,
  facts,
  async open({ endpoint, caCertificate, apiKey, server }, context) {
    const headers = { 'x-api-key': await context.resolve(apiKey) }
    const rest = context.rest({ vendor: 'PowerDNS', endpoint, caCertificate, headers, explain })
    return provider(oneAtATime(rest), `/api/v1/servers/${server}/zones`)
  },
} satisfies DnsDriver<typeof options>

/** With SQLite behind it, it answers a change with 500 while anything else is asked of it, whatever the zones. */
function oneAtATime(rest: Rest): Rest {
  const turn = inTurns(1)
  return { call: (request) => turn(() => rest.call(request)) }
}

function provider(rest: Rest, zones: string): DnsProvider {
  const pathOf = ({ zone }: ZoneLocation) => `${zones}/${encodeURIComponent(zone)}.`
  return recordSetsProvider<Held>({
    async read(location) {
      const zone = await readZone(location, `${pathOf(location)}?${filter(location)}`, rest)
      const name = `${location.name}.`
      const set = zone.rrsets.find((each) => each.type === 'TXT' && each.name.toLowerCase() === name)
      const { ttl = facts.ttl, records = [] } = set ?? {}
      const values = records.filter(({ disabled }) => !disabled).map(({ content }) => unquoted(content))
      return { values, version: { ttl, records, isPrimary: /^(master|primary)$/i.test(zone.kind) } }
    },
    async write(location, values, { values: before, version }) {
      const { ttl, isPrimary } = version
      // What somebody disabled stays as it is, unless it is what is added: PowerDNS takes no value twice.
      const stay = version.records.filter(({ content, disabled }) => values.includes(unquoted(content)) !== disabled)
      const fresh = values.filter((value) => !before.includes(value))
      const records = [...stay, ...fresh.map((value) => ({ content: quoted(value), disabled: false }))]
      const rrsets = [{ name: `${location.name}.`, type: 'TXT', ttl, changetype: 'REPLACE', records }]
      await rest.call({ method: 'PATCH', path: pathOf(location), body: { rrsets }, answer: anyAnswer })
      if (isPrimary) await rest.call({ method: 'PUT', path: `${pathOf(location)}/notify`, answer: anyAnswer })
    },
  })
}

/** Servers that do not know the filter show the whole zone. */
const filter = ({ name }: ZoneLocation) => new URLSearchParams({ rrset_name: `${name}.`, rrset_type: 'TXT' })

const readZone = (location: ZoneLocation, path: string, rest: Rest) =>
  rest.call({ method: 'GET', path, answer: zoneAnswer }).catch(asNoZone('PowerDNS', location))

const problem = v.object({ error: v.string() })

const explain = explainedBy(problem, (said) => ({ reason: said.error }))
