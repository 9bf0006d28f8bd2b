import * as v from 'valibot'
import { Failure, type FailureCode } from '../../../errors.ts'
import { anyAnswer, type Explanation, type Rest, textId } from '../../../platform/rest.ts'
import { readProblem } from '../../../vendors/scaleway/problem.ts'

/** Load balancers of one zone, https://www.scaleway.com/en/developers/api/load-balancer/zoned-api/. Objects keep the API's own words. */

export const loadBalancerAnswer = v.object({
  id: textId,
  name: v.string(),
  description: v.nullish(v.string(), ''),
  tags: v.nullish(v.array(v.string()), []),
  status: v.string(),
  instances: v.nullish(v.array(v.object({ status: v.string() })), []),
  ip: v.nullish(v.array(v.object({ ip_address: v.string() })), []),
})
export type LoadBalancerObject = v.InferOutput<typeof loadBalancerAnswer>

/** Loose: whatever else the API shows is compared before and after a swap. */
export const frontendAnswer = v.looseObject({
  id: textId,
  name: v.string(),
  inbound_port: v.number(),
  backend: v.object({ id: textId }),
  lb: v.object({ id: textId }),
  certificate_ids: v.nullish(v.array(textId), []),
  timeout_client: v.nullish(v.union([v.number(), v.string()])),
  connection_rate_limit: v.nullish(v.number()),
  enable_access_logs: v.nullish(v.boolean(), false),
  enable_http3: v.nullish(v.boolean(), false),
  updated_at: v.nullish(v.string(), ''),
})
export type FrontendObject = v.InferOutput<typeof frontendAnswer>

/** Without a fingerprint: it is empty for every imported certificate. */
export const certificateAnswer = v.object({
  id: textId,
  name: v.string(),
  /** `custom`, or one that Scaleway itself obtains: `letsencrypt`, which older answers spell `letsencryt`. */
  type: v.string(),
  status: v.string(),
  status_details: v.nullish(v.string()),
  common_name: v.nullish(v.string(), ''),
  subject_alternative_name: v.nullish(v.array(v.string()), []),
  /** In the year 1 while Scaleway has not obtained it yet. */
  not_valid_after: v.nullish(v.string(), ''),
})
export type CertificateObject = v.InferOutput<typeof certificateAnswer>

export const pageOf = <Item extends v.GenericSchema>(field: string, item: Item) =>
  v.pipe(
    v.object({ [field]: v.array(item), total_count: v.number() }),
    v.transform((page) => ({ items: page[field] as v.InferOutput<Item>[], total: page.total_count as number })),
  )

/** All that a PUT of a frontend sets; it replaces every one of them. */
export interface FrontendSettings {
  readonly name: string
  readonly inbound_port: number
  readonly backend_id: string
  readonly certificate_ids: readonly string[]
  readonly enable_http3: boolean
  readonly enable_access_logs: boolean
  /** 0: none. */
  readonly connection_rate_limit: number
  readonly timeout_client?: number | string
}

const MOST_PAGES = 1_000

export type ScalewayApi = ReturnType<typeof createScalewayApi>

export function createScalewayApi(rest: Rest, zone: string, projectId: string | undefined) {
  const root = `/lb/v1/zones/${zone}`
  const get = <Schema extends v.GenericSchema>(path: string, answer: Schema) =>
    rest.call({ method: 'GET', path: root + path, answer })

  /** Oldest first: what is deleted or added meanwhile makes nothing come twice. The size of a page is the server's choice. */
  async function list<Item extends v.GenericSchema>(
    path: string,
    field: string,
    item: Item,
    filter: Readonly<Record<string, string>> = {},
  ): Promise<v.InferOutput<Item>[]> {
    const all: v.InferOutput<Item>[] = []
    const answer = pageOf(field, item)
    for (let page = 1; page <= MOST_PAGES; page++) {
      const query = new URLSearchParams({ ...filter, order_by: 'created_at_asc', page: `${page}` })
      const { items, total } = await get(`${path}?${query}`, answer)
      all.push(...items)
      if (items.length === 0 || all.length >= total) return all
    }
    throw new Failure('ANSWER_INVALID', `Scaleway's list of ${field} has no end`)
  }

  return {
    zone,
    loadBalancer: (id: string) => get(`/lbs/${id}`, loadBalancerAnswer),
    /** The filter finds parts of names, too. */
    loadBalancersLike: (name: string) =>
      list('/lbs', 'lbs', loadBalancerAnswer, {
        name,
        ...(projectId === undefined ? {} : { project_id: projectId }),
      }),
    frontend: (id: string) => get(`/frontends/${id}`, frontendAnswer),
    frontendsOf: (lb: string) => list(`/lbs/${lb}/frontends`, 'frontends', frontendAnswer),
    updateFrontend: (id: string, body: FrontendSettings) =>
      rest.call({ method: 'PUT', path: `${root}/frontends/${id}`, body, answer: frontendAnswer }),
    certificate: (id: string) => get(`/certificates/${id}`, certificateAnswer),
    certificatesOf: (lb: string) => list(`/lbs/${lb}/certificates`, 'certificates', certificateAnswer),
    /** `pem` is one text: the key as PKCS#8, the leaf, then its issuers. */
    importCertificate: (lb: string, name: string, pem: string) =>
      rest.call({
        method: 'POST',
        path: `${root}/lbs/${lb}/certificates`,
        body: { name, custom_certificate: { certificate_chain: pem } },
        answer: certificateAnswer,
      }),
    deleteCertificate: (id: string) =>
      rest.call({ method: 'DELETE', path: `${root}/certificates/${id}`, answer: anyAnswer }),
  }
}

/** By `type`, not by status: the vendor's own clients do so. Some recorded errors have no type at all. */
const CODES: Readonly<Record<string, FailureCode>> = {
  denied_authentication: 'DENIED',
  permissions_denied: 'DENIED',
  not_found: 'NOT_FOUND',
  unknown_resource: 'NOT_FOUND',
  already_exists: 'CONFLICT',
  transient_state: 'TARGET_BUSY',
  locked: 'TARGET_BUSY',
  quotas_exceeded: 'TARGET_FULL',
  too_many_requests: 'RATE_LIMITED',
  invalid_arguments: 'REJECTED',
  invalid_field: 'REJECTED',
}

export function explain(_status: number, body: unknown): Explanation | undefined {
  const problem = readProblem(body, 'field')
  if (problem === undefined) return undefined
  const { type, precondition, reason } = problem
  const inUse = precondition === 'resource_still_in_use'
  const code = inUse ? 'TARGET_BUSY' : Object.hasOwn(CODES, type) ? CODES[type] : undefined
  return { ...(code && { code }), ...(reason && { reason }) }
}
