import { deploymentOf } from '../balancers/names.ts'
import { type Failure, isFailure, toFailure } from '../errors.ts'
import { about } from '../events.ts'
import { lookup } from '../platform/lookup.ts'
import type { Dependencies } from '../ports.ts'
import type { Certificate, CertificateSpec, ListenerView, ProbeResult, Target, TargetResult } from '../types.ts'
import type { Lease } from './lease.ts'
import { rollBack } from './roll-back.ts'
import { step } from './step.ts'
import { noteVerification, swap, verificationOf, wasServed } from './swap.ts'
import { verify } from './verify.ts'

/** What is brought to the targets, and what is known of them before. */
export interface Delivery {
  readonly spec: CertificateSpec
  readonly certificate: Certificate
  /** What is current: it goes back wherever the other one does not come to be served. */
  readonly previous: Certificate | undefined
  /** By target: what its addresses showed when the run looked at them. */
  readonly probes: Readonly<Record<string, readonly ProbeResult[]>>
  /** By target: why nothing is brought there. */
  readonly spared: Readonly<Record<string, Failure>>
}

/**
 * Brings a certificate to every target, side by side, and proves it by handshakes. A target that fails does not hold up
 * the others; it is given what is current again, and that is proved too.
 */
export async function deploy(
  delivery: Delivery,
  lease: Lease,
  deps: Dependencies,
): Promise<Record<string, TargetResult>> {
  const results = delivery.spec.targets.map(async (target): Promise<[string, TargetResult]> => {
    const own = about(deps, { target: target.name })
    const error = delivery.spared[target.name]
    if (error !== undefined) return [target.name, { state: 'failed', error }]
    return [target.name, await deployTo(target, delivery, lease, own)]
  })
  return Object.fromEntries(await Promise.all(results))
}

async function deployTo(target: Target, delivery: Delivery, lease: Lease, deps: Dependencies): Promise<TargetResult> {
  const deployment = deploymentOf(delivery.certificate, delivery.spec, deps.environment)
  let view: ListenerView
  try {
    view = await lookup(deps.balancers, target.balancer).inspect(target.listener, deployment)
  } catch (error) {
    return { state: 'failed', error: toFailure(error) }
  }
  try {
    if (!view.serves) {
      const probes = delivery.probes[target.name] ?? []
      await step('deploy', deps, () => swap(target, deployment, probes, lease, deps))
    }
    const verification = verificationOf(target, deployment, view, delivery, lease)
    const addresses = await step('verify', deps, () => verify(deployment.certificate, verification, deps))
    const isRepair = !view.serves && wasServed(target, deployment, lease)
    noteVerification({ target, deployment, addresses, isRepair }, lease, deps)
    const isSeen = addresses.some(({ state }) => state === 'verified')
    return { state: isSeen ? 'verified' : 'unverified', addresses }
  } catch (error) {
    if (isFailure(error, 'LOCKED')) throw error
    const failure = toFailure(error)
    return { state: 'failed', error: await rollBack(failure, target, delivery, lease, deps) }
  }
}
