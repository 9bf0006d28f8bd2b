import * as v from 'valibot'
import { type Explanation, numberId } from '../../../platform/rest.ts'

/** NodeBalancers, https://techdocs.akamai.com/linode-api/reference/get-node-balancers. Objects keep the API's own words. */

export const nodeBalancerAnswer = v.object({
  id: numberId,
  label: v.nullish(v.string(), ''),
  ipv4: v.nullish(v.string(), ''),
  ipv6: v.nullish(v.string(), ''),
  /** Any value: the NodeBalancer was made by a Kubernetes cluster. */
  lke_cluster: v.nullish(v.unknown(), null),
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

export const pageOf = <Item extends v.GenericSchema>(item: Item) => v.object({ data: v.array(item), pages: v.number() })

const problem = v.object({
  errors: v.array(v.object({ field: v.fallback(v.nullish(v.string()), undefined), reason: v.string() })),
})

/** Which of its 400s pass by themselves is known from linodego, retries.go. */
export function explain(status: number, body: unknown): Explanation | undefined {
  const read = v.safeParse(problem, body)
  // A page from the servers in front of the API, which knows nothing of the request.
  if (!read.success) return status === 400 && body === undefined ? { code: 'UNAVAILABLE' } : undefined
  const { errors } = read.output
  const reason = errors.map((each) => (each.field ? `${each.field}: ${each.reason}` : each.reason)).join('; ')
  const isBusy = status === 400 && errors.some((each) => /^linode busy/i.test(each.reason))
  return isBusy ? { code: 'TARGET_BUSY', reason } : { reason }
}
