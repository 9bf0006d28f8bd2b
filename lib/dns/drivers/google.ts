import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import type { DnsDriver, DnsProviderFacts } from '../../platform/driver.ts'
import { everyPage } from '../../platform/pages.ts'
import { anyAnswer, type Rest } from '../../platform/rest.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { googleOptions, openGoogle } from '../../vendors/google/client.ts'
import { asNoZone, noZone, zoneIds } from '../hosted-zones.ts'
import { quoted, unquoted } from '../quoted.ts'
import { recordSetsProvider } from '../record-sets.ts'

const options = v.strictObject({
  ...googleOptions,
  managedZone: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected the name of a managed zone such as example-com'),
      v.description('The name of the managed zone, where several have its DNS name or none may be listed.'),
    ),
  ),
})

const facts = {
  provider: 'Google Cloud DNS',
  documentation: 'https://docs.cloud.google.com/dns/docs/reference/rest/v1/changes',
  permission:
    '`dns.managedZones.list`, `dns.resourceRecordSets.list`, `.create`, `.update` and `.delete`, and `dns.changes.create`, in the project; ' +
    'with `managedZone`, `dns.managedZones.get` and the others on that zone alone. The role `roles/dns.admin` has them all',
  twoValues: 'the set at the name is replaced in one change, which fails when it is not any more what was read',
  ttl: 60,
  note: 'A name whose TXT records have a routing policy is refused.',
} satisfies DnsProviderFacts

const api = {
  vendor: 'Google Cloud DNS',
  endpoint: 'https://dns.googleapis.com',
  scope: 'https://www.googleapis.com/auth/ndev.clouddns.readwrite',
}

const zoneAnswer = v.object({
  id: v.pipe(v.string(), v.regex(/^\d{1,20}$/)),
  name: v.string(),
  dnsName: v.string(),
  visibility: v.optional(v.string(), 'public'),
})
export const zonesAnswer = v.object({
  managedZones: v.optional(v.array(zoneAnswer), []),
  nextPageToken: v.optional(v.string()),
})

/** Names are absolute, with the final dot, and TXT data is in quotes. */
const recordSet = v.object({
  name: v.string(),
  type: v.string(),
  ttl: v.number(),
  rrdatas: v.optional(v.array(v.string()), []),
  routingPolicy: v.optional(v.unknown()),
})
export const setsAnswer = v.object({ rrsets: v.optional(v.array(recordSet), []) })

type Held = v.InferOutput<typeof recordSet> | undefined

export const driver = {
  options,
  facts,
  async open({ managedZone, ...given }, context) {
    const { rest, project } = await openGoogle(given, api, context)
    return provider(rest, `/dns/v1/projects/${project}/managedZones`, managedZone)
  },
} satisfies DnsDriver<typeof options>

function provider(rest: Rest, zones: string, managedZone: string | undefined): DnsProvider {
  const pathOf = zoneIds((location) => zonePath(location, { zones, managedZone }, rest))
  return recordSetsProvider<Held>({
    check: pathOf,
    async read(location) {
      const version = await readSet(location, await pathOf(location), rest)
      return { values: (version?.rrdatas ?? []).map(unquoted), version }
    },
    async write(location, values, { values: before, version }) {
      const stay = (version?.rrdatas ?? []).filter((each) => values.includes(unquoted(each)))
      const rrdatas = [...stay, ...values.filter((value) => !before.includes(value)).map(quoted)]
      const fresh = { name: `${location.name}.`, type: 'TXT', ttl: version?.ttl ?? facts.ttl, rrdatas }
      // All or nothing: to delete what is not just so, or to add what is there, fails.
      const body = {
        ...(version !== undefined && { deletions: [version] }),
        ...(rrdatas.length > 0 && { additions: [fresh] }),
      }
      await change(await pathOf(location), body, rest)
    },
  })
}

interface Zones {
  readonly zones: string
  readonly managedZone: string | undefined
}

/** Of a public zone: a private one of the same name is seen by nobody outside. */
async function zonePath(location: ZoneLocation, { zones, managedZone }: Zones, rest: Rest): Promise<string> {
  const { zone, provider } = location
  const all = await zonesAt(location, { zones, managedZone }, rest).catch(asNoZone(api.vendor, location))
  const [found, another] = all.filter(
    ({ dnsName, visibility }) => dnsName.toLowerCase() === `${zone}.` && visibility === 'public',
  )
  if (found === undefined) throw noZone(api.vendor, location)
  if (another === undefined) return `${zones}/${found.id}`
  throw new Failure(
    'DNS_NO_ZONE',
    `Google Cloud DNS has several public zones ${zone} (${found.name} and ${another.name}): set managedZone to the one that is served`,
    { fields: { zone, provider } },
  )
}

async function zonesAt({ zone }: ZoneLocation, { zones, managedZone }: Zones, rest: Rest) {
  if (managedZone !== undefined)
    return [await rest.call({ method: 'GET', path: `${zones}/${managedZone}`, answer: zoneAnswer })]
  return everyPage('a list of Google Cloud DNS', '', async (pageToken) => {
    const query = new URLSearchParams({ dnsName: `${zone}.`, ...(pageToken !== '' && { pageToken }) })
    const page = await rest.call({ method: 'GET', path: `${zones}?${query}`, answer: zonesAnswer })
    return { items: page.managedZones, next: page.nextPageToken }
  })
}

async function readSet({ name }: ZoneLocation, path: string, rest: Rest): Promise<Held> {
  const query = new URLSearchParams({ name: `${name}.`, type: 'TXT' })
  const { rrsets } = await rest.call({ method: 'GET', path: `${path}/rrsets?${query}`, answer: setsAnswer })
  const held = rrsets.find((each) => each.type === 'TXT' && each.name.toLowerCase() === `${name}.`)
  if (held?.routingPolicy === undefined) return held
  throw new Failure(
    'REJECTED',
    `the TXT records at ${name} have a routing policy: newleaf writes to a simple set alone`,
    { fields: { name } },
  )
}

/** Refused with 409 or 412 where the set is not what it was, and with 404 where it is not there any more. */
async function change(path: string, body: object, rest: Rest): Promise<void> {
  try {
    await rest.call({ method: 'POST', path: `${path}/changes`, body, answer: anyAnswer })
  } catch (error) {
    if (!isFailure(error, 'NOT_FOUND')) throw error
    throw new Failure('CONFLICT', 'the set was removed after it had been read', { cause: error })
  }
}
