/** Hosted zones at moto, changed and read by the SDK, and a name server that shows what they hold. */
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53'
import { trusting } from '../../lib/platform/ca-certificate.ts'
import { startDns } from '../../sandbox/dns/server.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import type { Row } from './dns-vendors.ts'
import type { Moto } from './moto.ts'

export interface MotoZones {
  make(zone: string): Promise<string>
  rows(zone: string): Promise<Row[]>
  put(zone: string, rows: readonly Row[]): Promise<void>
  close(): void
}

const ACCESS = { accessKeyId: 'tester', secretAccessKey: 'canary-token-tester' }

export function motoZones(moto: Moto, caCertificate: string): MotoZones {
  const requestHandler = { httpsAgent: { secureContext: trusting(caCertificate) } }
  const client = new Route53Client({
    region: 'us-east-1',
    endpoint: moto.endpoint,
    credentials: ACCESS,
    requestHandler,
  })
  const ids = new Map<string, string>()
  const idOf = (zone: string) => ids.get(zone) ?? ''
  async function sets(zone: string): Promise<ResourceRecordSet[]> {
    const { ResourceRecordSets = [] } = await client.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: idOf(zone), MaxItems: 300 }),
    )
    return ResourceRecordSets
  }
  const relative = (name: string, zone: string) => (name === `${zone}.` ? '' : name.slice(0, -zone.length - 2))
  return {
    async make(zone) {
      const made = await client.send(
        new CreateHostedZoneCommand({ Name: `${zone}.`, CallerReference: `${Math.random()}` }),
      )
      ids.set(zone, made.HostedZone?.Id ?? '')
      return idOf(zone).replace('/hostedzone/', '')
    },
    async rows(zone) {
      return (await sets(zone)).flatMap(({ Name = '', Type, TTL, ResourceRecords = [] }) =>
        Type !== 'TXT'
          ? []
          : ResourceRecords.map(({ Value = '' }) => ({
              ...{ name: relative(Name, zone), type: Type, ttl: TTL, value: Value.replace(/^"|"$/g, '') },
            })),
      )
    },
    async put(zone, rows) {
      const groups = Object.values(Object.groupBy(rows, ({ name, type }) => `${name} ${type}`))
      const changes = groups.flatMap((group = []) =>
        group.slice(0, 1).map(({ name, type }) => ({
          Action: 'UPSERT' as const,
          ResourceRecordSet: {
            ...{ Name: name === '' ? `${zone}.` : `${name}.${zone}.`, Type: type as 'TXT', TTL: 300 },
            ResourceRecords: group.map(({ value }) => ({ Value: type === 'NS' ? value : `"${value}"` })),
          },
        })),
      )
      await client.send(
        new ChangeResourceRecordSetsCommand({ HostedZoneId: idOf(zone), ChangeBatch: { Changes: changes } }),
      )
    },
    close: () => client.destroy(),
  }
}

/** A name server of these zones; what stands there at moto, it shows a moment later. */
export async function startServed(at: MotoZones, zones: readonly string[]) {
  const table = createZones()
  for (const zone of zones) table.addZone(zone)
  const server = await startDns({ zones: table })
  let isOver = false
  const following = (async () => {
    while (!isOver) {
      for (const zone of zones) {
        const wanted = (await at.rows(zone)).map(({ name, value }) => ({ name: `${name}.${zone}`, data: value }))
        const held = table.list(zone).filter(({ type }) => type === 'TXT')
        const isSame = (one: { name: string; data: string }) => (other: { name: string; data: string }) =>
          one.name === other.name && one.data === other.data
        for (const each of wanted.filter((one) => !held.some(isSame(one)))) table.addRecord({ ...each, type: 'TXT' })
        for (const each of held.filter((one) => !wanted.some(isSame(one)))) table.removeRecord(each.id)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  return {
    address: `127.0.0.1:${server.port}`,
    async close() {
      isOver = true
      await following
      await server.close()
    },
  }
}
