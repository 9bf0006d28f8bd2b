import { deploymentOf } from '../balancers/names.ts'
import { isFailure, toFailure } from '../errors.ts'
import { about } from '../events.ts'
import { named } from '../platform/named.ts'
import type { World } from '../ports.ts'
import type { Certificate, CertificateSpec, ListenerView, Sight, Target, TargetResult } from '../types.ts'
import type { Lease } from './lease.ts'
import { rollBack } from './roll-back.ts'
import { step } from './step.ts'
import { noteProof, swap, verifyTarget } from './swap.ts'

/** What is brought to the targets, and what is known of them before. */
export interface Delivery {
  readonly spec: CertificateSpec
  readonly certificate: Certificate
  /** What is current: it goes back wherever the other one does not come to be served. */
  readonly previous: Certificate | undefined
  /** By target: what its addresses showed when the run looked at them. */
  readonly sights: Readonly<Record<string, readonly Sight[]>>
}

/**
 * Brings a certificate to every target, side by side, and proves it by handshakes. A target that fails does not hold up
 * the others; it is given what is current again, and that is proved too.
 */
export async function deploy(delivery: Delivery, lease: Lease, world: World): Promise<Record<string, TargetResult>> {
  const results = delivery.spec.targets.map(async (target): Promise<[string, TargetResult]> => {
    const own = about(world, { target: target.name })
    return [target.name, await deployTo(target, delivery, lease, own)]
  })
  return Object.fromEntries(await Promise.all(results))
}

async function deployTo(target: Target, delivery: Delivery, lease: Lease, world: World): Promise<TargetResult> {
  const deployment = deploymentOf(delivery.certificate, delivery.spec, world.environment)
  let view: ListenerView
  try {
    view = await named(world.balancers, target.balancer).look(target.listener, deployment)
  } catch (error) {
    return { state: 'failed', error: toFailure(error) }
  }
  try {
    if (!view.serves) {
      const sights = delivery.sights[target.name] ?? []
      await step('deploy', world, () => swap(target, deployment, sights, lease, world))
    }
    const addresses = await step('verify', world, () => verifyTarget(target, deployment, view, delivery, lease, world))
    await noteProof(target, deployment, addresses, lease, world)
    const isSeen = addresses.some(({ state }) => state === 'verified')
    return { state: isSeen ? 'verified' : 'unverified', addresses }
  } catch (error) {
    if (isFailure(error, 'LOCKED')) throw error
    const failure = toFailure(error)
    return { state: 'failed', error: await rollBack(failure, target, delivery, lease, world) }
  }
}
