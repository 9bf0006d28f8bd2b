import { deploymentOf } from '../balancers/names.ts'
import { Failure, isFailure, toFailure } from '../errors.ts'
import { lookup } from '../platform/lookup.ts'
import { endpointText } from '../platform/probe-result.ts'
import type { Dependencies } from '../ports.ts'
import { type CertificateDocument, withEvent } from '../state/document.ts'
import { withObject } from '../state/targets.ts'
import type { Certificate, CertificateSpec, Endpoint, Target } from '../types.ts'
import { serverNameFor } from '../x509/server-name.ts'
import { withLease } from './lease.ts'

/** By target: undefined once it serves the placeholder. */
export type Placed = Readonly<Record<string, Failure | undefined>>

/**
 * Gives a self-signed placeholder to every target that has no certificate yet. The first renewal replaces and deletes it. A target
 * where clients complete a TLS handshake now, or that passes TLS through, gets none unless `cutOffTls` says that this may end.
 */
export async function attachPlaceholder(
  spec: CertificateSpec,
  placeholder: Certificate,
  deps: Dependencies,
  cutOffTls = false,
): Promise<Placed> {
  const deployment = deploymentOf(placeholder, spec, deps.environment)
  return withLease(spec.id, deps, async (lease) => {
    const placed: Record<string, Failure | undefined> = {}
    for (const target of spec.targets) {
      try {
        if (!cutOffTls) await requireNoHandshake(spec, target, deps)
        // Noted before it can exist: what is at a balancer and in no note is not ours.
        await lease.save((document) => withObject(document, target, deployment.name))
        await lookup(deps.balancers, target.balancer).attachFirst(target.listener, deployment, cutOffTls)
        placed[target.name] = undefined
      } catch (error) {
        placed[target.name] = toFailure(error)
      }
    }
    const isPlaced = Object.values(placed).some((failure) => failure === undefined)
    const change = (document: CertificateDocument) =>
      isPlaced ? withEvent(document, deps.clock.now(), 'placeholder') : document
    return { value: placed, change }
  })
}

async function requireNoHandshake({ names }: CertificateSpec, target: Target, deps: Dependencies): Promise<void> {
  const [name = ''] = names
  for (const endpoint of await endpointsOf(target, deps)) {
    const { result } = await deps.probe.handshake(endpoint, serverNameFor(name))
    if (result !== 'presented') continue
    throw new Failure(
      'TARGET_REFUSED',
      `clients complete a TLS handshake at ${endpointText(endpoint)} now, and would see a self-signed certificate instead; ` +
        'nothing was changed. To renew what newleaf has there, run `newleaf renew`; with --cut-off-tls only a listener that has a certificate already is refused',
    )
  }
}

/** None of a listener that cannot be swapped at yet: why, and whether it may be given a certificate, is the driver's to say. */
async function endpointsOf({ balancer, listener }: Target, deps: Dependencies): Promise<readonly Endpoint[]> {
  try {
    return (await lookup(deps.balancers, balancer).inspect(listener, undefined)).endpoints
  } catch (error) {
    if (isFailure(error, 'TARGET_REFUSED', 'TARGET_MISSING')) return []
    throw error
  }
}
