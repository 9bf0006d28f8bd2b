import type { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { covers } from './lies.ts'
import { dnsNames, isSelfSigned } from './pem.ts'

export interface Address {
  readonly address: string
  readonly port: number
}

/** What a server presented: the leaf, then what it sent with it. */
export interface Presented {
  readonly leaf: X509Certificate
  readonly issuers: readonly X509Certificate[]
}

const TIMEOUT = 5_000

/** A real TLS handshake that accepts anything. Rejects when none comes about. `patience` in milliseconds. */
export function handshake({ address, port }: Address, serverName: string, patience = TIMEOUT): Promise<Presented> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      servername: serverName,
      rejectUnauthorized: false,
      // Nothing that this machine trusts completes a chain that was not sent.
      ca: [],
      timeout: patience,
    })
    socket.once('timeout', () => socket.destroy(new Error('no answer in time')))
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      const leaf = socket.getPeerX509Certificate()
      if (leaf) resolve({ leaf, issuers: issuersOf(leaf) })
      else reject(new Error('no certificate was presented'))
      socket.end()
    })
  })
}

function issuersOf(leaf: X509Certificate): X509Certificate[] {
  const issuers: X509Certificate[] = []
  for (let next = leaf.issuerCertificate; next && issuers.length < 10; next = next.issuerCertificate) {
    if (issuers.some(({ fingerprint256 }) => fingerprint256 === next?.fingerprint256)) break
    issuers.push(next)
  }
  return issuers
}

/** Why a client that trusts this root, or the certificate itself if it is self-signed, would turn away. */
export function fault({ leaf, issuers }: Presented, serverName: string, root: X509Certificate, now = new Date()) {
  if (new Date(leaf.validTo) <= now) return 'expired'
  if (new Date(leaf.validFrom) > now) return 'not yet valid'
  if (!dnsNames(leaf).some((name) => covers(name, serverName))) return 'does not cover the name'
  if (!isSelfSigned(leaf) && !isUnder(root, { leaf, issuers })) return 'broken chain'
  return undefined
}

/** Whether every certificate was issued by the next one, and the last one by the root. */
export function isUnder(root: X509Certificate, { leaf, issuers }: Presented): boolean {
  const chain = [leaf, ...issuers.filter(({ fingerprint256 }) => fingerprint256 !== root.fingerprint256), root]
  return chain.every((certificate, index) => {
    const issuer = chain[index + 1]
    return issuer === undefined || (certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))
  })
}
