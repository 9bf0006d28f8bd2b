import { deploymentOf } from '../balancers/names.ts'
import { type Failure, isFailure, toFailure } from '../errors.ts'
import { named } from '../platform/named.ts'
import type { World } from '../ports.ts'
import { readPrevious } from '../secrets/certificate.ts'
import { entryOf } from '../state/targets.ts'
import type { Certificate, Target } from '../types.ts'
import type { Delivery } from './deploy.ts'
import type { Lease } from './lease.ts'
import { step } from './step.ts'
import { noteProof, swap, verifyTarget } from './swap.ts'

/**
 * The certificate did not come to be served, or is served broken: what was served before goes back at once, and is proved again.
 * Resolves to the failure, which then says how that went.
 */
export async function rollBack(
  failure: Failure,
  target: Target,
  { spec, certificate: failed, previous: current, sights }: Delivery,
  lease: Lease,
  world: World,
): Promise<Failure> {
  const { clock, log } = world
  // A proof that was cut short has not failed: the next run takes it up where it stands.
  if (isFailure(failure, 'OUT_OF_TIME', 'LOCAL_TROUBLE')) return failure
  const balancer = named(world.balancers, target.balancer)
  try {
    const isRepair = current?.fingerprint === failed.fingerprint
    const previous = isRepair ? await lastProven(failure, target, { spec, certificate: failed }, lease, world) : current
    if (previous === undefined || previous.notAfter <= clock.now()) {
      const { name } = deploymentOf(failed, spec, world.environment)
      if (!isFailure(failure, 'VERIFY_FAILED') || (isRepair && !isFirst(target, name, lease))) return failure
      const isOff = await step('roll back', world, () => balancer.withdraw(target.listener, name))
      return also(
        failure,
        isOff
          ? 'it was taken off again, and the listener has what it had before'
          : 'there is no earlier certificate to put back',
      )
    }
    const deployment = deploymentOf(previous, spec, world.environment)
    const view = await balancer.look(target.listener, deployment)
    if (view.serves) return failure
    await step('roll back', world, () => swap(target, deployment, [], lease, world))
    const addresses = await step('verify', world, () =>
      verifyTarget(target, deployment, view, { spec, sights }, lease, world),
    )
    await noteProof(target, deployment, addresses, lease, world)
    const shown = addresses.filter(({ state }) => state === 'verified').length
    return also(
      failure,
      `${isRepair ? 'the one before it' : 'the current certificate'} was put back, and is shown at ${shown} of ${addresses.length} addresses`,
    )
  } catch (error) {
    if (isFailure(error, 'LOCKED')) throw error
    const { code, message } = toFailure(error)
    log.error('what was served before is not back', { code, reason: message })
    return also(failure, `what was served before is not back: ${code}: ${message}`)
  }
}

/**
 * What is current was brought to a target that was behind, and was never seen there: what was current before goes back, if it
 * is what was seen there last.
 */
async function lastProven(
  failure: Failure,
  target: Target,
  { spec, certificate: { fingerprint: failed } }: Pick<Delivery, 'spec' | 'certificate'>,
  lease: Lease,
  world: World,
): Promise<Certificate | undefined> {
  const { fingerprint = failed } = entryOf(lease.document, target).deployed ?? {}
  if (!isFailure(failure, 'VERIFY_FAILED') || fingerprint === failed) return undefined
  const earlier = (await readPrevious(spec.id, world))?.stored.certificate
  return earlier?.fingerprint === fingerprint ? earlier : undefined
}

/** Nothing of ours was ever seen there, and this was brought there by us. */
function isFirst(target: Target, object: string, { document }: Lease): boolean {
  const { deployed, objects } = entryOf(document, target)
  return deployed === undefined && objects.includes(object)
}

/** The same failure, with what came of it. */
const also = (failure: Failure, outcome: string): Failure => failure.with({ message: `${failure.message}; ${outcome}` })
