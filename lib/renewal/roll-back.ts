import { deploymentOf } from '../balancers/names.ts'
import { type Failure, isFailure, toFailure } from '../errors.ts'
import { lookup } from '../platform/lookup.ts'
import type { Dependencies } from '../ports.ts'
import { readPrevious } from '../secrets/certificate.ts'
import { entryOf } from '../state/targets.ts'
import type { Certificate, Target } from '../types.ts'
import { fingerprintText } from '../x509/facts.ts'
import type { Delivery } from './deploy.ts'
import type { Lease } from './lease.ts'
import { step } from './step.ts'
import { noteVerification, swap, verificationOf } from './swap.ts'
import { verify } from './verify.ts'

/**
 * The certificate did not come to be served, or is served broken: what was served before goes back at once, and is proved again.
 * Resolves to the failure, which then says how that went.
 */
export async function rollBack(
  failure: Failure,
  target: Target,
  { spec, certificate: failed, previous: current, probes }: Delivery,
  lease: Lease,
  deps: Dependencies,
): Promise<Failure> {
  const { clock, log } = deps
  // A proof that was cut short has not failed: the next run takes it up where it stands.
  if (isFailure(failure, 'OUT_OF_TIME', 'LOCAL_TROUBLE')) return failure
  const balancer = lookup(deps.balancers, target.balancer)
  try {
    const isRepair = current?.fingerprint === failed.fingerprint
    const previous = isRepair
      ? await lastVerified(failure, target, { spec, certificate: failed }, lease, deps)
      : current
    if (previous === undefined || previous.notAfter <= clock.now()) {
      const { name } = deploymentOf(failed, spec, deps.environment)
      if (!isFailure(failure, 'VERIFY_FAILED') || (isRepair && !isFirst(target, name, lease))) return failure
      const isOff = await step('roll back', deps, () => balancer.detach(target.listener, name))
      return also(
        failure,
        isOff
          ? 'it was taken off again, and the listener has what it had before'
          : 'there is no earlier certificate to put back',
      )
    }
    const deployment = deploymentOf(previous, spec, deps.environment)
    const view = await balancer.inspect(target.listener, deployment)
    if (view.serves) return also(failure, `the API says that ${fingerprintText(previous)} is still served, as before`)
    await step('roll back', deps, () => swap(target, deployment, [], lease, deps))
    const verification = verificationOf(target, deployment, view, { spec, probes }, lease)
    const addresses = await step('verify', deps, () => verify(previous, verification, deps))
    noteVerification({ target, deployment, addresses, isRepair: false }, lease, deps)
    const shown = addresses.filter(({ state }) => state === 'verified').length
    return also(
      failure,
      `${isRepair ? 'the one before it' : 'the current certificate'} was put back, and is shown at ${shown} of ${addresses.length} addresses (${fingerprintText(previous)})`,
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
async function lastVerified(
  failure: Failure,
  target: Target,
  { spec, certificate: { fingerprint: failed } }: Pick<Delivery, 'spec' | 'certificate'>,
  lease: Lease,
  deps: Dependencies,
): Promise<Certificate | undefined> {
  const { fingerprint = failed } = entryOf(lease.document, target).deployed ?? {}
  if (!isFailure(failure, 'VERIFY_FAILED') || fingerprint === failed) return undefined
  const earlier = (await readPrevious(spec.id, deps))?.stored.certificate
  return earlier?.fingerprint === fingerprint ? earlier : undefined
}

/** Nothing of ours was ever seen there, and this was brought there by us. */
function isFirst(target: Target, object: string, { document }: Lease): boolean {
  const { deployed, objects } = entryOf(document, target)
  return deployed === undefined && objects.includes(object)
}

/** The same failure, with what came of it. */
const also = (failure: Failure, outcome: string): Failure => failure.with({ message: `${failure.message}; ${outcome}` })
