import { X509Certificate } from 'node:crypto'
import { probeEndpoint } from '../platform/probe-result.ts'
import type { Dependencies } from '../ports.ts'
import type { Endpoint, InstalledCertificate, PublicCertificate } from '../types.ts'
import { serverNameFor } from '../x509/server-name.ts'
import type { Inventory } from './inventory.ts'

/**
 * The same, and where an API tells too little of a certificate what a handshake shows of it, at the first of its addresses that
 * answers with just this one.
 */
export const withWire = (inventories: readonly Inventory[], deps: Pick<Dependencies, 'probe'>): Promise<Inventory[]> =>
  Promise.all(
    inventories.map(async (inventory) =>
      'error' in inventory
        ? inventory
        : { ...inventory, held: await Promise.all(inventory.held.map((held) => completed(held, deps))) },
    ),
  )

async function completed(held: InstalledCertificate, { probe }: Pick<Dependencies, 'probe'>) {
  const { sha1, covers, notAfter, bound } = held
  if (sha1 === undefined || notAfter !== undefined) return held
  for (const endpoint of bound.flatMap(({ endpoints = [] }): readonly Endpoint[] => endpoints)) {
    const serverName = serverNameFor(covers[0] ?? endpoint.address)
    const { served } = await probeEndpoint(endpoint, serverName, undefined, probe)
    if (served === undefined || sha1Of(served) !== sha1) continue
    const { names, fingerprint } = served
    // Of those there each is alone at its addresses, so that it is first for all that it covers.
    const seen = bound.map((one) => (one.endpoints === undefined ? one : { ...one, effectiveFor: names }))
    return { ...held, fingerprint, covers: names, notAfter: served.notAfter, bound: seen, seenOnWire: true as const }
  }
  return held
}

const sha1Of = ({ chainPem }: PublicCertificate): string =>
  new X509Certificate(chainPem).fingerprint.replaceAll(':', '').toLowerCase()
