import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Endpoint, InstalledCertificate, PublicCertificate } from '../../../types.ts'
import type { Config, NodeBalancer } from './answers.ts'

export const isSecure = ({ protocol }: Config): boolean => protocol === 'https'

export const serves = (config: Config, { chainPem }: PublicCertificate): boolean =>
  isSecure(config) && plain(config.ssl_fingerprint) === plain(new X509Certificate(chainPem).fingerprint)

const plain = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase()

/** Every address that a port of a NodeBalancer answers at. */
export const endpointsOf = ({ ipv4, ipv6 }: NodeBalancer, { port }: Config): Endpoint[] =>
  [ipv4, ipv6].filter((address) => isIP(address) !== 0).map((address) => ({ address, port }))

/** There is one certificate a port, so that it is first for all that it covers; of whom it is, and its end, are not shown. */
export function heldAt(nodeBalancer: NodeBalancer, config: Config): InstalledCertificate {
  const { port, ssl_commonname } = config
  const [sha1, covers] = [plain(config.ssl_fingerprint), ssl_commonname === '' ? [] : [ssl_commonname.toLowerCase()]]
  const bound = [{ listener: `${port}`, effectiveFor: covers, endpoints: endpointsOf(nodeBalancer, config) }]
  return {
    ...{ loadBalancer: nodeBalancer.label, name: sha1, sha1, covers, bound },
    ...{ notAfter: undefined, managed: undefined },
  }
}
