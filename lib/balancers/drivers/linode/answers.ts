import * as v from 'valibot'
import { numberId } from '../../../platform/rest.ts'
import { explainWith } from '../../../vendors/linode/problem.ts'

/** NodeBalancers, https://techdocs.akamai.com/linode-api/reference/get-node-balancers. Objects keep the API's own words. */

export const nodeBalancerAnswer = v.object({
  id: numberId,
  label: v.nullish(v.string(), ''),
  ipv4: v.nullish(v.string(), ''),
  ipv6: v.nullish(v.string(), ''),
  /** Any value: the NodeBalancer was made by a Kubernetes cluster. */
  lke_cluster: v.nullish(v.unknown(), null),
  tags: v.nullish(v.array(v.string()), []),
})
export type NodeBalancer = v.InferOutput<typeof nodeBalancerAnswer>

/** The certificate and its key are never shown, only `<REDACTED>`. */
export const configAnswer = v.object({
  id: numberId,
  port: v.number(),
  protocol: v.string(),
  /** `none` but for TCP (techdocs, Using Proxy Protocol with NodeBalancers). */
  proxy_protocol: v.nullish(v.string(), 'none'),
  /** Empty for a certificate without a common name. */
  ssl_commonname: v.nullish(v.string(), ''),
  /** SHA-1, in upper case with colons. */
  ssl_fingerprint: v.nullish(v.string(), ''),
})
export type Config = v.InferOutput<typeof configAnswer>

/** A port that is being changed by somebody else can wait for the next run. */
export const explain = explainWith('TARGET_BUSY')
