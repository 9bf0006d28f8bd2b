/** Record sets in the hosted zones of an account: read one, and change it as long as it is what was read. */
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53'
import { Failure, isFailure } from '../../../errors.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import type { DnsProvider, ZoneLocation } from '../../../ports.ts'
import { type Aws, openAws, type SdkError } from '../../../vendors/aws/client.ts'
import { noZone, zoneIds } from '../../hosted-zones.ts'
import { quoted, unquoted } from '../../quoted.ts'
import { recordSetsProvider } from '../../record-sets.ts'
import { facts, type Route53Options } from './driver.ts'

interface Api {
  readonly aws: Aws
  readonly client: Route53Client
}

export async function openHostedZones(given: Route53Options, context: DriverContext): Promise<DnsProvider> {
  const { role, externalId, hostedZone, ...options } = given
  const credentials =
    role === undefined ? undefined : await (await import('./role.ts')).assume({ role, externalId }, options, context)
  const aws = await openAws({ ...options, credentials }, context)
  const api = { aws, client: new Route53Client(aws.config) }
  const idOf = zoneIds((location) =>
    hostedZone === undefined ? findZone(location, api) : checkZone(hostedZone, location, api),
  )
  return recordSetsProvider<ResourceRecordSet | undefined>({
    async read(location) {
      const held = await readSet(await idOf(location), location, api)
      return { values: (held?.ResourceRecords ?? []).map(({ Value = '' }) => unquoted(Value)), version: held }
    },
    async write(location, values, { version: held }) {
      const fresh = { Name: `${location.name}.`, Type: 'TXT', TTL: held?.TTL ?? facts.ttl } as const
      const records = values.map((value) => ({ Value: quoted(value) }))
      // All or nothing: to delete what is not just so, or to create what is there, fails.
      const changes: Change[] = [
        ...(held === undefined ? [] : [{ Action: 'DELETE', ResourceRecordSet: held } as const]),
        ...(records.length === 0
          ? []
          : [{ Action: 'CREATE', ResourceRecordSet: { ...fresh, ResourceRecords: records } } as const]),
      ]
      await change(await idOf(location), changes, api)
    },
  })
}

/** The public one: a private zone of the same name is seen by nobody outside. */
async function findZone(location: ZoneLocation, { aws, client }: Api): Promise<string> {
  const { zone, provider } = location
  const command = new ListHostedZonesByNameCommand({ DNSName: `${zone}.`, MaxItems: 100 })
  const listed = await aws.call({ action: 'ListHostedZonesByName', on: zone }, (sending) =>
    client.send(command, sending),
  )
  const [found, another] = (listed.HostedZones ?? []).filter(
    ({ Name, Config }) => Name?.toLowerCase() === `${zone}.` && !Config?.PrivateZone,
  )
  if (found?.Id === undefined) throw noZone('Route 53', location)
  if (another === undefined) return found.Id
  const ids = [found, another].map(({ Id = '' }) => bare(Id)).join(' and ')
  throw new Failure(
    'DNS_NO_ZONE',
    `Route 53 has several public zones ${zone} (${ids}): set hostedZone to the one that is served`,
    {
      fields: { zone, provider },
    },
  )
}

/** `/hostedzone/Z1` is Z1. */
const bare = (id: string) => id.replace(/^\/hostedzone\//, '')

async function checkZone(id: string, location: ZoneLocation, { aws, client }: Api): Promise<string> {
  try {
    const { HostedZone } = await aws.call({ action: 'GetHostedZone', on: id }, (sending) =>
      client.send(new GetHostedZoneCommand({ Id: id }), sending),
    )
    if (HostedZone?.Name?.toLowerCase() === `${location.zone}.`) return id
  } catch (error) {
    throw isFailure(error, 'NOT_FOUND') ? noZone('Route 53', location, error) : error
  }
  throw noZone(`Route 53 at ${id}`, location)
}

/** The list begins at the name, in an order of its own, so that what is asked for comes first. */
async function readSet(
  id: string,
  location: ZoneLocation,
  { aws, client }: Api,
): Promise<ResourceRecordSet | undefined> {
  const { name } = location
  const command = new ListResourceRecordSetsCommand({
    ...{ HostedZoneId: id, StartRecordName: `${name}.`, StartRecordType: 'TXT', MaxItems: 1 },
  })
  const { ResourceRecordSets = [] } = await aws.call({ action: 'ListResourceRecordSets', on: bare(id) }, (sending) =>
    client.send(command, sending),
  )
  const held = ResourceRecordSets.find((each) => each.Type === 'TXT' && each.Name?.toLowerCase() === `${name}.`)
  if (held?.SetIdentifier === undefined) return held
  throw new Failure(
    'REJECTED',
    `the TXT records at ${name} have a routing policy: newleaf writes to a simple set alone`,
    {
      fields: { name },
    },
  )
}

async function change(id: string, changes: Change[], { aws, client }: Api): Promise<void> {
  const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: id, ChangeBatch: { Changes: changes } })
  await aws.call({ action: 'ChangeResourceRecordSets', on: bare(id) }, async (sending) => {
    try {
      return await client.send(command, sending)
    } catch (error) {
      throw isOvertaken(error as SdkError) ? new Failure('CONFLICT', 'the record set is not what it was') : error
    }
  })
}

/** What Route 53 says of a batch that fits the zone no more; of another mistake in it, it says something else. */
const OVERTAKEN = /but (?:it was not found|it already exists|the values provided do not match)/

/** It says so in one of two forms (ChangeResourceRecordSets, InvalidChangeBatch); the SDK knows one, and leaves the other as it is. */
const isOvertaken = ({ message, Messages, $metadata }: SdkError & { readonly Messages?: unknown }) =>
  $metadata?.httpStatusCode === 400 && OVERTAKEN.test(JSON.stringify([message, Messages]))
