import { deploymentOf } from '../balancers/names.ts'
import { type Failure, toFailure } from '../errors.ts'
import { named } from '../platform/named.ts'
import type { World } from '../ports.ts'
import { withEvent } from '../state/document.ts'
import type { Certificate, CertificateSpec } from '../types.ts'
import { claim } from './claim.ts'

/** By target: undefined once it serves the placeholder. */
export type Placed = Readonly<Record<string, Failure | undefined>>

/** Gives a self-signed placeholder to every target that has no certificate yet. The first renewal replaces and retires it. */
export async function placePlaceholder(spec: CertificateSpec, placeholder: Certificate, world: World): Promise<Placed> {
  const deployment = deploymentOf(placeholder, spec, world.environment)
  const { name } = deployment
  const held = await claim(spec.id, world)
  const placed: Record<string, Failure | undefined> = {}
  try {
    for (const target of spec.targets) {
      // Noted before it can exist: what is at a balancer and in no note is not ours.
      await held.note((document) => {
        const known = document.uploaded[target.name] ?? []
        return { ...document, uploaded: { ...document.uploaded, [target.name]: [...known, name] } }
      })
      try {
        await named(world.balancers, target.balancer).secure(target.listener, deployment)
        placed[target.name] = undefined
      } catch (error) {
        placed[target.name] = toFailure(error)
      }
    }
  } finally {
    await held.release((document) => withEvent(document, world.clock.now(), 'placeholder'))
  }
  return placed
}
