import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, issue, practiceWorld } from '../support/practice-world.ts'
import { type Conversation, describeRecordings, route } from '../support/recordings.ts'

/** Whether both have the same fields, all the way down, in types that fit. What is null or empty on one side fits anything. */
function alike(one: unknown, other: unknown): boolean {
  if (one === null || other === null) return true
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === 0 || other.length === 0 || alike(one[0], other[0])
  }
  if (typeof one !== 'object' || typeof other !== 'object') return typeof one === typeof other
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>]
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && alike(left[name], right[name]))
  )
}

/** Whether the vendor once answered this call with the same status, fields and types. */
const isAsRecorded = (call: string, { status, body }: Answer, conversations: readonly Conversation[]) =>
  conversations
    .flatMap(({ exchanges }) => exchanges)
    .some(
      ({ request, response }) =>
        route(request) === call && response.status === status && (status === 204 || alike(response.body, body)),
    )

let practice: Awaited<ReturnType<typeof practiceWorld>>
beforeAll(async () => {
  practice = await practiceWorld()
})
afterAll(() => practice.close())

const origin = 'https://sandbox.test'

/** Makes the calls, in this order, and resolves to those that the vendor answered otherwise. */
async function unlike(
  calls: readonly (readonly [method: string, path: string, body?: unknown])[],
  client: { call(method: string, path: string, body?: unknown): Promise<Answer> },
  conversations: readonly Conversation[],
): Promise<string[]> {
  const found = []
  for (const [method, path, body] of calls) {
    const answer = await client.call(method, path, body)
    const call = route({ method, url: origin + path })
    if (!isAsRecorded(call, answer, conversations)) found.push(`${call} ${answer.status}`)
  }
  return found
}

describeRecordings('balancers/scaleway', (conversations) => {
  test('the sandbox answers as the vendor did: load balancers, certificates, frontends', async () => {
    const { lbs, frontends, backends } = practice.world.memory.scaleway
    const [lb, frontend, backend] = [lbs[0], frontends[0], backends[0]]
    const zone = '/lb/v1/zones/fr-par-1'
    const { privateKeyPem, chainPem } = await issue(practice.issuer, 'rsa-2048', ['shop.example', '*.shop.example'])
    const created = await practice.scaleway.call('POST', `${zone}/lbs/${lb?.id}/certificates`, {
      name: 'imported',
      custom_certificate: { certificate_chain: privateKeyPem + chainPem },
    })
    expect(isAsRecorded('POST /lb/v1/zones/fr-par-1/lbs/…/certificates', created, conversations)).toBe(true)
    const certificate = `${zone}/certificates/${created.body.id}`
    const { name, inbound_port, certificate_ids } = frontend ?? {}
    const settings = { name, inbound_port, backend_id: backend?.id, certificate_ids, timeout_client: 30_000 }
    const calls = [
      ['GET', `${zone}/lbs?name=edge`],
      ['GET', `${zone}/lbs/${lb?.id}`],
      ['GET', `${zone}/backends/${backend?.id}`],
      ['GET', certificate],
      ['PUT', certificate, { name: 'renamed' }],
      ['PUT', `${zone}/frontends/${frontend?.id}`, settings],
      ['GET', `${zone}/frontends/${frontend?.id}`],
      ['GET', `${zone}/frontends/${frontend?.id}/acls`],
      ['DELETE', certificate],
      ['GET', certificate],
      ['GET', `${zone}/frontends/00000000-0000-0000-0000-000000000000`],
      ['GET', `${zone}/lbs/00000000-0000-0000-0000-000000000000`],
    ] as const
    expect(await unlike(calls, practice.scaleway, conversations)).toEqual([])
  })
})

describeRecordings('dns/scaleway', (conversations) => {
  test('the sandbox answers as the vendor did: zones and records', async () => {
    const records = '/domain/v2beta1/dns-zones/shop.example/records'
    const add = { name: '_acme-challenge', type: 'TXT', data: 'value', ttl: 60 }
    const calls = [
      ['GET', '/domain/v2beta1/dns-zones?domain=shop.example'],
      ['PATCH', records, { changes: [{ add: { records: [add] } }], disallow_new_zone_creation: true }],
      ['GET', `${records}?type=TXT`],
      ['PATCH', records, { changes: [{ delete: { id_fields: add } }], disallow_new_zone_creation: true }],
    ] as const
    expect(await unlike(calls, practice.scaleway, conversations)).toEqual([])
  })
})

describeRecordings('balancers/linode', (conversations) => {
  test('the sandbox answers as the vendor did: NodeBalancers and their configs', async () => {
    const { nodeBalancers, configs } = practice.world.memory.linode
    const nodeBalancer = `/v4/nodebalancers/${nodeBalancers[0]?.id}`
    const calls = [
      ['GET', '/v4/nodebalancers?page=1'],
      ['GET', nodeBalancer],
      [
        'POST',
        `${nodeBalancer}/configs`,
        { port: 8082, protocol: 'http', algorithm: 'roundrobin', check_interval: 60 },
      ],
      ['GET', `${nodeBalancer}/configs?page=1`],
      ['PUT', `${nodeBalancer}/configs/${configs[0]?.id}`, { check_interval: 60 }],
    ] as const
    expect(await unlike(calls, practice.linode, conversations)).toEqual([])
  })
})

describeRecordings('dns/linode', (conversations) => {
  test('the sandbox answers as the vendor did: domains and records', async () => {
    const [zone] = practice.world.linode.zones.zones
    const records = `/v4/domains/${zone?.id}/records`
    const record = { type: 'TXT', name: '_acme-challenge', target: 'value', ttl_sec: 300 }
    const made = await practice.linode.call('POST', records, record)
    const calls = [
      ['GET', '/v4/domains'],
      ['POST', records, { ...record, target: 'another' }],
      ['GET', `${records}?page=1`],
      ['PUT', `${records}/${made.body.id}`, { name: 'renamed' }],
      ['DELETE', `${records}/${made.body.id}`],
    ] as const
    expect(await unlike(calls, practice.linode, conversations)).toEqual([])
  })
})
