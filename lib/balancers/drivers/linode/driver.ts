import * as v from 'valibot'
import { Failure } from '../../../errors.ts'
import { type BalancerDriver, tokenOptions } from '../../../platform/driver.ts'
import type { Rest } from '../../../platform/rest.ts'
import type { LoadBalancer } from '../../../ports.ts'
import type { Certificate } from '../../../types.ts'
import { openLinode } from '../../../vendors/linode/client.ts'
import { sendOnce } from '../../send-once.ts'
import { configAnswer, explain } from './answers.ts'
import {
  configsOf,
  type Found,
  findNodeBalancer,
  findPort,
  findSecure,
  type LinodeListener,
  listener,
  passesThrough,
  refused,
} from './port.ts'
import { endpointsOf, heldAt, isSecure, serves } from './shown.ts'

const options = v.strictObject(
  tokenOptions('Reference to a personal access token with the scope nodebalancers:read_write.'),
)

/** NodeBalancers: one certificate a port, replaced in place. They take no elliptic curve keys (techdocs, TLS/SSL termination). */
export const driver = {
  options,
  listener,
  identity: ['nodeBalancer', 'port'],
  supportedKeys: ['rsa-2048', 'rsa-3072', 'rsa-4096'],
  singleCertificate: true,
  async open(given, context) {
    const { rest, expiresAt } = await openLinode(given, context, explain)
    return { ...loadBalancer(rest), expiresAt }
  },
} satisfies BalancerDriver<typeof options, typeof listener>

function loadBalancer(rest: Rest): LoadBalancer<LinodeListener> {
  return {
    async inspect(given, deployment) {
      const found = await findSecure(given, rest)
      return {
        resource: `linode:${found.nodeBalancer.id}/${found.config.id}`,
        serves: deployment !== undefined && serves(found.config, deployment.certificate),
        endpoints: endpointsOf(found.nodeBalancer, found.config),
      }
    },
    async swap(given, { certificate }) {
      requireRsa(certificate)
      const found = await findSecure(given, rest)
      if (!serves(found.config, certificate)) await write(found, {}, certificate, rest)
    },
    async attachFirst(given, { certificate }, cutOffTls = false) {
      requireRsa(certificate)
      const found = await findPort(given, rest)
      requireNone(found)
      if (found.config.protocol === 'tcp' && !cutOffTls) throw passesThrough(found)
      await write(found, { protocol: 'https' }, certificate, rest)
    },
    /** Nothing stands there by name: what is replaced is gone. */
    async deleteUnused(_given, names) {
      return [...names]
    },
    async deleteById() {
      throw refused(
        'a port of a NodeBalancer always has a certificate, and none is held that no port uses; nothing was deleted',
      )
    },
    /** The vendor hands no key out, and keeps nothing of what was replaced. */
    async detach() {
      return false
    },
    async list({ nodeBalancer }) {
      const found = await findNodeBalancer(nodeBalancer, rest)
      const secure = (await configsOf(found.id, rest)).filter(isSecure)
      return { certificates: secure.map((config) => heldAt(found, config)) }
    },
  }
}

/** A PUT changes what it names and nothing else: what was read is never sent back, for some of it may be `<REDACTED>`. */
async function write(
  { nodeBalancer, config }: Found,
  more: { readonly protocol?: 'https' },
  certificate: Certificate,
  rest: Rest,
): Promise<void> {
  const body = { ...more, ssl_cert: certificate.chainPem.trim(), ssl_key: certificate.privateKeyPem.reveal().trim() }
  const path = `/v4/nodebalancers/${nodeBalancer.id}/configs/${config.id}`
  const answer = rest.call({ method: 'PUT', path, body, answer: configAnswer })
  const outcomeUnknown = await sendOnce(answer)
  const now = outcomeUnknown
    ? (await configsOf(nodeBalancer.id, rest)).find(({ id }) => id === config.id)
    : await answer
  if (now !== undefined && serves(now, certificate)) return
  throw (
    outcomeUnknown ??
    new Failure(
      'DEPLOY_FAILED',
      `the NodeBalancer "${nodeBalancer.label}" still shows another certificate on port ${config.port} after its update`,
    )
  )
}

function requireRsa({ keyAlgorithm }: Certificate): void {
  if (keyAlgorithm.startsWith('rsa-')) return
  throw refused(`a NodeBalancer takes RSA keys only, not ${keyAlgorithm}; configure key: rsa-2048`)
}

function requireNone({ nodeBalancer: { label }, config: { port, protocol, proxy_protocol } }: Found): void {
  const where = `port ${port} of the NodeBalancer "${label}"`
  if (protocol === 'https') throw refused(`${where} has a certificate already; nothing was changed`)
  if (protocol === 'udp') throw refused(`${where} speaks udp, where Linode allows no certificate`)
  if (proxy_protocol === 'none') return
  throw refused(
    `${where} sends its nodes the PROXY protocol, which goes with tcp only; set proxy_protocol to none, there and at the nodes`,
  )
}
