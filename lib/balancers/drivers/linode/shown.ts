import { X509Certificate } from 'node:crypto'
import type { InstalledCertificate, PublicCertificate } from '../../../types.ts'
import type { Config } from './answers.ts'

export const isSecure = ({ protocol }: Config): boolean => protocol === 'https'

export const serves = (config: Config, { chainPem }: PublicCertificate): boolean =>
  isSecure(config) && plain(config.ssl_fingerprint) === plain(new X509Certificate(chainPem).fingerprint)

const plain = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase()

/** There is one certificate a port, so that it is first for all that it covers; of whom it is, and its end, are not shown. */
export function heldAt(loadBalancer: string, { port, ssl_commonname, ssl_fingerprint }: Config): InstalledCertificate {
  const covers = ssl_commonname === '' ? [] : [ssl_commonname.toLowerCase()]
  const bound = [{ listener: `${port}`, effectiveFor: covers }]
  return { loadBalancer, name: plain(ssl_fingerprint), covers, notAfter: undefined, managed: undefined, bound }
}
