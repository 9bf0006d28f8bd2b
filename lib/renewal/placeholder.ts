import { deploymentOf } from '../balancers/names.ts'
import { type Failure, toFailure } from '../errors.ts'
import { lookup } from '../platform/lookup.ts'
import type { Dependencies } from '../ports.ts'
import { type CertificateDocument, withEvent } from '../state/document.ts'
import { withObject } from '../state/targets.ts'
import type { Certificate, CertificateSpec } from '../types.ts'
import { withLease } from './lease.ts'

/** By target: undefined once it serves the placeholder. */
export type Placed = Readonly<Record<string, Failure | undefined>>

/** Gives a self-signed placeholder to every target that has no certificate yet. The first renewal replaces and deletes it. */
export async function attachPlaceholder(
  spec: CertificateSpec,
  placeholder: Certificate,
  deps: Dependencies,
): Promise<Placed> {
  const deployment = deploymentOf(placeholder, spec, deps.environment)
  return withLease(spec.id, deps, async (lease) => {
    const placed: Record<string, Failure | undefined> = {}
    for (const target of spec.targets) {
      // Noted before it can exist: what is at a balancer and in no note is not ours.
      await lease.save((document) => withObject(document, target, deployment.name))
      try {
        await lookup(deps.balancers, target.balancer).attachFirst(target.listener, deployment)
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
