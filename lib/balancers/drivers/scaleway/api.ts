import * as v from 'valibot'
import { anyAnswer, type Rest, textId } from '../../../platform/rest.ts'
import { everyPage } from '../../../vendors/scaleway/pages.ts'
import { explainWith } from '../../../vendors/scaleway/problem.ts'

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

/** What one page of a list may hold at most; a load balancer holds up to 200 certificates. */
const LARGE_PAGES = { page_size: '100' } as const

export type ScalewayApi = ReturnType<typeof createScalewayApi>

export function createScalewayApi(rest: Rest, zone: string, projectId: string | undefined) {
  const root = `/lb/v1/zones/${zone}`
  const get = <Schema extends v.GenericSchema>(path: string, answer: Schema) =>
    rest.call({ method: 'GET', path: root + path, answer })

  /** Oldest first: what is deleted or added meanwhile makes nothing come twice. */
  const list = <Item extends v.GenericSchema>(
    path: string,
    field: string,
    item: Item,
    filter: Readonly<Record<string, string>> = {},
  ) => everyPage({ path: root + path, field, item, query: { ...filter, order_by: 'created_at_asc' } }, rest)

  return {
    zone,
    loadBalancer: (id: string) => get(`/lbs/${id}`, loadBalancerAnswer),
    /** The filter finds parts of names, too. */
    loadBalancersLike: (name: string) =>
      list('/lbs', 'lbs', loadBalancerAnswer, {
        name,
        ...(projectId === undefined ? {} : { project_id: projectId }),
      }),
    loadBalancers: () =>
      list('/lbs', 'lbs', loadBalancerAnswer, projectId === undefined ? {} : { project_id: projectId }),
    frontend: (id: string) => get(`/frontends/${id}`, frontendAnswer),
    frontendsOf: (lb: string) => list(`/lbs/${lb}/frontends`, 'frontends', frontendAnswer, LARGE_PAGES),
    updateFrontend: (id: string, body: FrontendSettings) =>
      rest.call({ method: 'PUT', path: `${root}/frontends/${id}`, body, answer: frontendAnswer }),
    certificate: (id: string) => get(`/certificates/${id}`, certificateAnswer),
    certificatesOf: (lb: string) => list(`/lbs/${lb}/certificates`, 'certificates', certificateAnswer, LARGE_PAGES),
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

/** A balancer that is at work, or a certificate that is in use, can wait for the next run; a full one needs room. */
export const explain = explainWith({
  transient_state: 'TARGET_BUSY',
  locked: 'TARGET_BUSY',
  resource_still_in_use: 'TARGET_BUSY',
  quotas_exceeded: 'TARGET_FULL',
})
