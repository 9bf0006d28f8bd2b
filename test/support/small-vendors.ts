import { X509Certificate } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { HttpRequest } from '../../lib/platform/http.ts'
import type { Reply } from './driver-context.ts'

/** Vendors' APIs over next to nothing, in memory: fast, honest, and only as large as the answers that drivers read. */
export type SmallVendor = (request: HttpRequest) => Reply

interface Asked {
  readonly route: string
  readonly id: string
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=\/)\d+(?=\/|$)/g

function asked({ method, url, body }: HttpRequest): Asked {
  const { pathname, searchParams } = new URL(url)
  return {
    route: `${method} ${pathname.replaceAll(UUID, '…')}`,
    id: pathname.match(UUID)?.at(-1) ?? '',
    query: searchParams,
    body: body === undefined ? {} : (JSON.parse(body) as Record<string, unknown>),
  }
}

export const uuid = (number: number) => `9a8dfdb0-a71a-4ff4-8579-${String(number).padStart(12, '0')}`
const ok = (body: unknown): Reply => ({ status: 200, body })
const NOT_FOUND: Reply = { status: 404, body: { type: 'not_found', message: 'resource is not found', resource: 'x' } }
/** The whole list stands on the first page. */
const page = (field: string, items: readonly unknown[], query: URLSearchParams): Reply =>
  ok({ [field]: (query.get('page') ?? '1') === '1' ? items : [], total_count: items.length })

/** One load balancer with one frontend, which serves `ours` beside a certificate of somebody else. */
export function smallScaleway(ours: { readonly name: string; readonly names: readonly string[] }): SmallVendor {
  const LBS = '/lb/v1/zones/fr-par-1'
  const lb = {
    id: uuid(1),
    name: 'edge',
    description: '',
    tags: ['a'],
    status: 'ready',
    instances: [{ id: uuid(2), status: 'ready', ip_address: '', zone: 'fr-par-1' }],
    ip: [{ id: uuid(3), ip_address: '192.0.2.1', lb_id: uuid(1), reverse: 'lb.example' }],
    zone: 'fr-par-1',
  }
  const object = (id: string, name: string, [first = '', ...others]: readonly string[]) => ({
    id,
    name,
    type: 'custom',
    status: 'ready',
    status_details: null as string | null,
    common_name: first,
    subject_alternative_name: others,
    fingerprint: '',
    not_valid_after: '2027-01-01T00:00:00Z',
    not_valid_before: '2026-10-01T00:00:00Z',
    lb,
  })
  let certificates = [object(uuid(10), ours.name, ours.names), object(uuid(11), 'by-hand', ['other.test'])]
  let frontend = {
    id: uuid(4),
    name: 'https',
    inbound_port: 443,
    backend: { id: uuid(5), name: 'web', forward_port: 80 },
    lb,
    certificate_ids: [uuid(11), uuid(10)] as unknown,
    certificate: null,
    timeout_client: 300_000,
    connection_rate_limit: null as unknown,
    enable_http3: false as unknown,
    enable_access_logs: false as unknown,
    updated_at: '2026-11-22T06:00:00Z',
  }
  return (request) => {
    const { route, id, query, body } = asked(request)
    switch (route) {
      case `GET ${LBS}/lbs`:
        return page('lbs', [lb], query)
      case `GET ${LBS}/lbs/…`:
        return ok(lb)
      case `GET ${LBS}/lbs/…/frontends`:
        return page('frontends', [frontend], query)
      case `GET ${LBS}/frontends/…`:
        return ok(frontend)
      case `PUT ${LBS}/frontends/…`:
        frontend = { ...frontend, certificate_ids: body.certificate_ids }
        return ok(frontend)
      case `GET ${LBS}/lbs/…/certificates`:
        return page('certificates', certificates, query)
      case `POST ${LBS}/lbs/…/certificates`: {
        const made = object(uuid(20 + certificates.length), String(body.name), ours.names)
        certificates.push(made)
        return ok(made)
      }
      case `GET ${LBS}/certificates/…`:
        return ok(certificates.find((each) => each.id === id) ?? certificates[0])
      case `DELETE ${LBS}/certificates/…`:
        certificates = certificates.filter((each) => each.id !== id)
        return { status: 204 }
      default:
        return NOT_FOUND
    }
  }
}

/** One NodeBalancer with one port. */
export function smallLinode(): SmallVendor {
  const nodeBalancer = {
    id: 1774428,
    label: 'apps',
    hostname: 'nb-192-0-2-0.test',
    ipv4: '192.0.2.0',
    ipv6: '2001:db8::1',
    lke_cluster: null,
    tags: [],
  }
  let config = {
    id: 2706125,
    port: 443,
    protocol: 'https',
    algorithm: 'roundrobin',
    proxy_protocol: 'none',
    ssl_commonname: 'shop.test',
    ssl_fingerprint: 'AA:BB:CC',
    ssl_cert: '<REDACTED>',
    ssl_key: '<REDACTED>',
  }
  const list = (data: unknown[]) => ok({ data, page: 1, pages: 1, results: data.length })
  return (request) => {
    const { route, body } = asked(request)
    switch (route) {
      case 'GET /v4/nodebalancers':
        return list([nodeBalancer])
      case 'GET /v4/nodebalancers/…':
        return ok(nodeBalancer)
      case 'GET /v4/nodebalancers/…/configs':
        return list([config])
      case 'GET /v4/nodebalancers/…/configs/…':
        return ok(config)
      case 'PUT /v4/nodebalancers/…/configs/…':
        config = { ...config, ssl_fingerprint: new X509Certificate(String(body.ssl_cert)).fingerprint }
        return ok(config)
      default:
        return { status: 404, body: { errors: [{ reason: 'Not found' }] } }
    }
  }
}

/** The zone `shop.test` with two TXT values at the challenge's name, at Scaleway or Linode. */
export function smallDns(vendor: 'scaleway' | 'linode'): SmallVendor {
  let rows = ['foreign', 'ours'].map((value, at) => ({ id: at + 1, value }))
  const add = (value: unknown) => void rows.push({ id: rows.length + 10, value: String(value) })
  const remove = (id: string) => {
    rows = rows.filter((each) => String(each.id) !== id && uuid(each.id) !== id)
  }
  return (request) => {
    const { route, id, query, body } = asked(request)
    if (vendor === 'scaleway' && route.endsWith('/dns-zones/shop.test/records')) {
      const records = rows.map(({ id: number, value }) => ({
        ...{ id: uuid(number), name: '_acme-challenge', type: 'TXT', data: `"${value}"`, ttl: 60, comment: null },
      }))
      if (request.method === 'GET') return page('records', records, query)
      const [change] = body.changes as { add?: { records: { data: string }[] }; delete?: { id: string } }[]
      if (change?.add) add(change.add.records[0]?.data)
      if (change?.delete) remove(change.delete.id)
      return ok({ records: [] })
    }
    const list = (data: unknown[]) => ok({ data, page: 1, pages: 1, results: data.length })
    const records = rows.map(({ id: number, value }) => ({
      ...{ id: number, type: 'TXT', name: '_acme-challenge', target: value, ttl_sec: 300, priority: 0, tag: null },
    }))
    switch (route) {
      case 'GET /v4/domains':
        return list([{ id: 1065421, domain: 'shop.test', type: 'master', status: 'active', tags: [] }])
      case 'GET /v4/domains/…/records':
        return list(records)
      case 'POST /v4/domains/…/records':
        add(body.target)
        return ok({ ...records[0], target: body.target })
      case 'DELETE /v4/domains/…/records/…':
        remove(id)
        return ok({})
      default:
        return NOT_FOUND
    }
  }
}

/** One secret with a version of somebody's own, or none. */
export function smallSecrets(values: readonly string[]): SmallVendor {
  const SECRETS = '/secret-manager/v1beta1/regions/fr-par/secrets'
  const secret = (name: unknown, path: unknown) => ({
    ...{ id: uuid(1), name, path, status: 'ready', tags: [], version_count: 1, type: 'opaque' },
    ...{ protected: false, ephemeral_policy: null, deletion_requested_at: null, region: 'fr-par' },
  })
  const version = (revision: number, data: string, description: unknown) => ({
    data,
    shown: { revision, secret_id: uuid(1), status: 'enabled', description, latest: true, ephemeral_properties: null },
  })
  let held = values.map((value, at) => version(at + 1, Buffer.from(value).toString('base64'), ''))
  let exists = held.length > 0
  return (request) => {
    const { route, id, query, body } = asked(request)
    const found = held.find(({ shown }) => request.url.includes(`/versions/${shown.revision}`))
    switch (route) {
      case `GET ${SECRETS}`: {
        const isThere = exists && query.get('scheduled_for_deletion') !== 'true'
        return page('secrets', isThere ? [secret(query.get('name'), query.get('path'))] : [], query)
      }
      case `POST ${SECRETS}`:
        exists = true
        return ok(secret(body.name, body.path))
      case `GET ${SECRETS}/…/versions`:
        return page('versions', held.map(({ shown }) => shown).toReversed(), query)
      case `POST ${SECRETS}/…/versions`: {
        const made = version(held.length + 1, String(body.data), body.description)
        held.push(made)
        return ok(made.shown)
      }
      case `GET ${SECRETS}/…/versions/…/access`:
        return found
          ? ok({ revision: id, data: found.data, data_crc32: crc32(Buffer.from(found.data, 'base64')) })
          : NOT_FOUND
      case `DELETE ${SECRETS}/…/versions/…`:
        held = held.filter((each) => each !== found)
        return { status: 204 }
      default:
        return NOT_FOUND
    }
  }
}
