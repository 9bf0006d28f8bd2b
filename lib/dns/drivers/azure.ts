import * as v from 'valibot'
import { isFailure } from '../../errors.ts'
import type { DnsDriver, DnsProviderFacts } from '../../platform/driver.ts'
import { anyAnswer, type Rest } from '../../platform/rest.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { azureOptions, openAzure } from '../../vendors/azure/client.ts'
import { asNoZone, zoneIds } from '../hosted-zones.ts'
import { recordSetsProvider } from '../record-sets.ts'

const options = v.strictObject(azureOptions)

const facts = {
  provider: 'Azure DNS',
  documentation: 'https://learn.microsoft.com/en-us/rest/api/dns/record-sets',
  permission:
    'the actions `Microsoft.Network/dnsZones/read` and `Microsoft.Network/dnsZones/TXT/*` on the zone alone; the role DNS Zone ' +
    'Contributor has them and more',
  twoValues: 'the set at the name is replaced under `If-Match`, which fails when it is not any more what was read',
  ttl: 60,
  note:
    'A client secret is taken, and no certificate, federated credential or managed identity: newleaf cannot see when it expires, the ' +
    'portal shows it.',
} satisfies DnsProviderFacts

const VENDOR = 'Azure DNS'
const VERSION = 'api-version=2018-05-01'

/** It goes into a header. */
const etag = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,200}$/))
/** A value is in parts, of 255 bytes at most. */
export const setAnswer = v.object({
  etag,
  properties: v.object({
    TTL: v.number(),
    TXTRecords: v.optional(v.array(v.object({ value: v.array(v.string()) })), []),
    metadata: v.optional(v.record(v.string(), v.string())),
  }),
})

/** Undefined: there is no set. */
type Held = v.InferOutput<typeof setAnswer> | undefined

export const driver = {
  options,
  facts,
  async open(given, context) {
    const rest = await openAzure(given, VENDOR, context)
    const group = `/subscriptions/${given.subscription}/resourceGroups/${encodeURIComponent(given.resourceGroup)}`
    return provider(rest, `${group}/providers/Microsoft.Network/dnsZones`)
  },
} satisfies DnsDriver<typeof options>

const textOf = ({ value }: { readonly value: readonly string[] }) => value.join('')

function provider(rest: Rest, zones: string): DnsProvider {
  const zoneOf = zoneIds((location) => zonePath(location, zones, rest))
  const pathOf = async (location: ZoneLocation) =>
    `${await zoneOf(location)}/TXT/${location.relativeName === '' ? '@' : encodeURIComponent(location.relativeName)}?${VERSION}`
  return recordSetsProvider<Held>({
    check: zoneOf,
    async read(location) {
      const version = await readSet(await pathOf(location), rest)
      return { values: (version?.properties.TXTRecords ?? []).map(textOf), version }
    },
    async write(location, values, { values: before, version }) {
      const path = await pathOf(location)
      const headers: Record<string, string> =
        version === undefined ? { 'if-none-match': '*' } : { 'if-match': version.etag }
      if (values.length === 0) {
        await rest.call({ method: 'DELETE', path, headers, answer: anyAnswer })
        return
      }
      const { TTL = facts.ttl, TXTRecords = [], metadata } = version?.properties ?? {}
      const stay = TXTRecords.filter((each) => values.includes(textOf(each)))
      const fresh = values.filter((value) => !before.includes(value)).map((value) => ({ value: [value] }))
      const properties = { TTL, TXTRecords: [...stay, ...fresh], ...(metadata !== undefined && { metadata }) }
      await rest.call({ method: 'PUT', path, headers, body: { properties }, answer: anyAnswer })
    },
  })
}

async function zonePath(location: ZoneLocation, zones: string, rest: Rest): Promise<string> {
  const path = `${zones}/${encodeURIComponent(location.zone)}`
  await rest.call({ method: 'GET', path: `${path}?${VERSION}`, answer: anyAnswer }).catch(asNoZone(VENDOR, location))
  return path
}

/** Of a zone that is there, only the set can be missing. */
async function readSet(path: string, rest: Rest): Promise<Held> {
  try {
    return await rest.call({ method: 'GET', path, answer: setAnswer })
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return undefined
    throw error
  }
}
