import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import { apiOptions, type BalancerDriver, secretReference } from '../../platform/driver.ts'
import type { Rest } from '../../platform/rest.ts'
import { Secret } from '../../platform/secret.ts'
import type { LoadBalancer } from '../../ports.ts'
import type { Listener, PublicCertificate } from '../../types.ts'
import { type Config, configAnswer, explain, type NodeBalancer, nodeBalancerAnswer, pageOf } from '../linode/answers.ts'

const options = v.strictObject({
  token: v.pipe(
    secretReference,
    v.description('Reference to a personal access token with the scope nodebalancers:read_write.'),
  ),
  ...apiOptions,
})

const listener = v.strictObject({
  nodeBalancer: v.pipe(
    v.union([v.pipe(v.string(), v.nonEmpty()), v.pipe(v.number(), v.integer(), v.minValue(1))]),
    v.description('Label or id of the NodeBalancer.'),
  ),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535), v.description('The port it listens on.')),
})

/** NodeBalancers: one certificate a port, replaced in place. They take no elliptic curve keys (techdocs, TLS/SSL termination). */
export const driver = {
  options,
  listener,
  accepts: ['rsa-2048', 'rsa-3072', 'rsa-4096'],
  async open({ token, endpoint = 'https://api.linode.com', caCertificate }, context) {
    const secret = await context.resolve(token)
    const headers = { authorization: new Secret(`Bearer ${secret.reveal()}`) }
    return loadBalancer(context.rest({ vendor: 'Linode', endpoint, caCertificate, headers, explain }))
  },
} satisfies BalancerDriver<typeof options, typeof listener>

function loadBalancer(rest: Rest): LoadBalancer {
  return {
    async look(given, deployment) {
      const { nodeBalancer, config } = await find(given, rest)
      return {
        serves: deployment !== undefined && serves(config, deployment.certificate),
        endpoints: endpointsOf(nodeBalancer, config),
      }
    },
    async swap(given, { certificate }) {
      if (!certificate.keyAlgorithm.startsWith('rsa-')) {
        throw refused(`a NodeBalancer takes RSA keys only, not ${certificate.keyAlgorithm}; configure key: rsa-2048`)
      }
      const { nodeBalancer, config } = await find(given, rest)
      if (serves(config, certificate)) return
      // Only these two: a PUT changes what it names, and what is read back of the others may be <REDACTED>.
      const body = { ssl_cert: certificate.chainPem.trim(), ssl_key: certificate.privateKeyPem.reveal().trim() }
      const path = `/v4/nodebalancers/${nodeBalancer.id}/configs/${config.id}`
      const now = await rest.call({ method: 'PUT', path, body, answer: configAnswer })
      if (serves(now, certificate)) return
      throw new Failure(
        'DEPLOY_FAILED',
        `the NodeBalancer "${nodeBalancer.label}" still shows another certificate on port ${config.port} after its update`,
      )
    },
    /** Nothing stands there by name: what is replaced is gone. */
    async retire(_given, names) {
      return [...names]
    },
  }
}

/** The API shows a SHA-1 fingerprint in upper case with colons. */
const serves = ({ ssl_fingerprint }: Config, { chainPem }: PublicCertificate): boolean =>
  plain(ssl_fingerprint) === plain(new X509Certificate(chainPem).fingerprint)

const plain = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase()

const endpointsOf = ({ ipv4, ipv6 }: NodeBalancer, { port }: Config) =>
  [ipv4, ipv6].filter((address) => isIP(address) !== 0).map((address) => ({ address, port }))

async function find(given: Listener, rest: Rest): Promise<{ nodeBalancer: NodeBalancer; config: Config }> {
  const wanted = given as v.InferOutput<typeof listener> // the driver's own schema has parsed it
  const nodeBalancer = await findNodeBalancer(String(wanted.nodeBalancer), rest)
  const { id, label } = nodeBalancer
  if (nodeBalancer.lke_cluster !== null) {
    throw refused(
      `the NodeBalancer "${label}" belongs to a Kubernetes cluster, whose controller overwrites its certificates; put the ` +
        'certificate into the TLS secret of the Service instead, and take this target out of the configuration',
    )
  }
  const configs = await everyPage(`/v4/nodebalancers/${id}/configs`, configAnswer, rest)
  const config = configs.find(({ port }) => port === wanted.port)
  if (config === undefined) throw missing(`port ${wanted.port} on the NodeBalancer "${label}"`)
  if (config.protocol !== 'https') {
    throw refused(
      `port ${wanted.port} of the NodeBalancer "${label}" speaks ${config.protocol}; set its protocol to https with any RSA ` +
        'certificate, such as a self-signed one, and newleaf replaces that',
    )
  }
  return { nodeBalancer, config }
}

async function findNodeBalancer(labelOrId: string, rest: Rest): Promise<NodeBalancer> {
  const what = `NodeBalancer "${labelOrId}"`
  try {
    if (/^\d+$/.test(labelOrId)) {
      return await rest.call({ method: 'GET', path: `/v4/nodebalancers/${labelOrId}`, answer: nodeBalancerAnswer })
    }
  } catch (cause) {
    throw isFailure(cause, 'NOT_FOUND') ? missing(what, cause) : cause
  }
  const headers = { 'x-filter': JSON.stringify({ label: labelOrId }) }
  const found = await everyPage('/v4/nodebalancers', nodeBalancerAnswer, rest, headers)
  const [first, ...more] = found.filter(({ label }) => label === labelOrId)
  if (first === undefined) throw missing(what)
  if (more.length === 0) return first
  throw refused(`Linode has more than one ${what}; configure the id of the one that is meant`)
}

const MOST_PAGES = 1_000

async function everyPage<Item extends v.GenericSchema>(
  path: string,
  item: Item,
  rest: Rest,
  headers: Readonly<Record<string, string>> = {},
): Promise<v.InferOutput<Item>[]> {
  const all: v.InferOutput<Item>[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const read = await rest.call({ method: 'GET', path: `${path}?page=${page}`, headers, answer: pageOf(item) })
    all.push(...read.data)
    if (page >= read.pages) return all
  }
  throw new Failure('ANSWER_INVALID', 'a list of Linode has no end')
}

const missing = (what: string, cause?: unknown) =>
  new Failure('TARGET_MISSING', `Linode has no ${what}; check the configuration`, { cause })

const refused = (message: string) => new Failure('TARGET_REFUSED', message)
