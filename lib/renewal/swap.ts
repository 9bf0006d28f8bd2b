import { lookup } from '../platform/lookup.ts'
import { endpointText } from '../platform/probe-result.ts'
import type { Dependencies } from '../ports.ts'
import { withRepair } from '../state/repairs.ts'
import { entryOf, keptObjects, withObject, withProbes, withVerification } from '../state/targets.ts'
import type { AddressResult, Certificate, Deployment, Endpoint, ListenerView, ProbeResult, Target } from '../types.ts'
import { covers } from '../x509/certificate.ts'
import { withGrace } from './collect.ts'
import type { Delivery } from './deploy.ts'
import type { Lease } from './lease.ts'
import type { VerificationContext } from './verify.ts'

/**
 * The object's name, and which addresses answered before, are noted before the object can exist: what is at a balancer and in
 * no note is not ours. What is noted stays, however full the balancer is, until its grace is over by a clock that is right.
 */
export async function swap(
  target: Target,
  deployment: Deployment<Certificate>,
  probes: readonly ProbeResult[],
  lease: Lease,
  { balancers, clock }: Pick<Dependencies, 'balancers' | 'clock'>,
): Promise<void> {
  await lease.save((document) => {
    const kept = withGrace(document, target, clock.now())
    return withObject(withProbes(kept, target, probes, clock.now()), target, deployment.name)
  })
  const entry = entryOf(lease.document, target)
  const keep = lease.isClockWrong ? entry.objects : keptObjects(entry, clock.now())
  await lookup(balancers, target.balancer).swap(target.listener, deployment, keep)
}

/** What is to be verified once it is swapped: every name of ours that this certificate has; its own, where it has none of ours. */
export function verificationOf(
  target: Target,
  { certificate }: Deployment<Certificate>,
  { endpoints, settles }: ListenerView,
  { spec, probes }: Pick<Delivery, 'spec' | 'probes'>,
  { document }: Lease,
): VerificationContext {
  const { addresses } = entryOf(document, target)
  const wanted = spec.names.filter((each) => covers(certificate.names, each))
  const without = probes[target.name]?.filter(({ shows }) => shows === 'unreachable').map(endpointText) ?? []
  const known = (endpoint: Endpoint) => {
    const address = endpointText(endpoint)
    if (addresses[address]?.answersSince !== undefined) return 'answers'
    return without.includes(address) ? 'no way' : undefined
  }
  return { names: wanted.length > 0 ? wanted : certificate.names, endpoints, known, settles }
}

/** What a target was seen to do with what it was given. `isRepair`: it had served it before. */
interface Verified {
  readonly target: Target
  readonly deployment: Deployment<Certificate>
  readonly addresses: readonly AddressResult[]
  readonly isRepair: boolean
}

export const noteVerification = (
  { target, deployment: { name: object, certificate }, addresses, isRepair }: Verified,
  lease: Lease,
  { clock }: Dependencies,
): void =>
  lease.note((document) => {
    const { fingerprint } = certificate
    const verified = withVerification(document, target, { fingerprint, object }, addresses, clock.now())
    return isRepair ? withRepair(verified, target, clock.now()) : verified
  })

/** Whether this is what a target was given last and seen to serve. */
export const wasServed = (
  target: Target,
  { certificate }: Deployment<Certificate>,
  { document }: Pick<Lease, 'document'>,
): boolean => entryOf(document, target).deployed?.fingerprint === certificate.fingerprint
