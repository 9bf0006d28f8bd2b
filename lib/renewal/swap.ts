import { named } from '../platform/named.ts'
import { placeOf } from '../platform/sight.ts'
import type { World } from '../ports.ts'
import { entryOf, withObject, withProof, withSights } from '../state/targets.ts'
import type { AddressResult, Certificate, Deployment, Endpoint, ListenerView, Sight, Target } from '../types.ts'
import { covers } from '../x509/certificate.ts'
import { withGrace } from './collect.ts'
import type { Delivery } from './deploy.ts'
import type { Lease } from './lease.ts'
import { verify } from './verify.ts'

/**
 * The object's name, and which addresses answered before, are noted before the object can exist: what is at a balancer and in
 * no note is not ours. What is noted stays, however full the balancer is, until its grace is over.
 */
export async function swap(
  target: Target,
  deployment: Deployment<Certificate>,
  sights: readonly Sight[],
  lease: Lease,
  { balancers, clock }: Pick<World, 'balancers' | 'clock'>,
): Promise<void> {
  await lease.save((document) => {
    const kept = withGrace(document, target, clock.now())
    const noted = sights.length === 0 ? kept : withSights(kept, target, sights, clock.now())
    return withObject(noted, target, deployment.name)
  })
  const { objects, superseded, deployed } = entryOf(lease.document, target)
  // What was seen to be served there last may have to go back, whatever an earlier run has noted.
  const over = superseded.filter((entry) => entry.after <= clock.now() && entry.object !== deployed?.object)
  const keep = objects.filter((object) => !over.some((entry) => entry.object === object))
  await named(balancers, target.balancer).swap(target.listener, deployment, keep)
}

/** Handshakes for every name of ours that this certificate has; for its own, where it has none of ours. */
export const verifyTarget = (
  target: Target,
  { certificate }: Deployment<Certificate>,
  { endpoints, settles }: ListenerView,
  { spec, sights }: Pick<Delivery, 'spec' | 'sights'>,
  lease: Lease,
  world: World,
): Promise<AddressResult[]> => {
  const { addresses } = entryOf(lease.document, target)
  const ours = spec.names.filter((each) => covers(certificate.names, each))
  const without = sights[target.name]?.filter(({ shows }) => shows === 'unreachable').map(placeOf) ?? []
  const known = (endpoint: Endpoint) => {
    const place = placeOf(endpoint)
    if (addresses[place]?.answersSince !== undefined) return 'answers'
    return without.includes(place) ? 'no way' : undefined
  }
  const names = ours.length > 0 ? ours : certificate.names
  return verify(certificate, { names, endpoints, known, settles }, world)
}

export const noteProof = (
  target: Target,
  { name: object, certificate: { fingerprint } }: Deployment<Certificate>,
  addresses: readonly AddressResult[],
  lease: Lease,
  { clock }: World,
): Promise<void> =>
  lease.save((document) => withProof(document, target, { fingerprint, object }, addresses, clock.now()))
