import { named } from '../platform/named.ts'
import { placeOf } from '../platform/sight.ts'
import type { World } from '../ports.ts'
import { withProof, withSights } from '../state/targets.ts'
import type { AddressResult, Certificate, Deployment, Endpoint, ListenerView, Sight, Target } from '../types.ts'
import { covers } from '../x509/certificate.ts'
import type { Claim } from './claim.ts'
import type { Delivery } from './deploy.ts'
import { withGrace } from './retire.ts'
import { verify } from './verify.ts'

/**
 * The object's name, and which addresses answered before, are noted before the object can exist: what is at a balancer and in
 * no note is not ours. What is noted stays, however full the balancer is, until its grace is over.
 */
export async function swap(
  target: Target,
  deployment: Deployment<Certificate>,
  sights: readonly Sight[],
  held: Claim,
  { balancers, clock }: Pick<World, 'balancers' | 'clock'>,
): Promise<void> {
  await held.note((document) => {
    const names = document.uploaded[target.name] ?? []
    const uploaded = names.includes(deployment.name) ? names : [...names, deployment.name]
    const kept = withGrace(document, target.name, clock.now())
    const noted = sights.length === 0 ? kept : withSights(kept, target.name, sights, clock.now())
    return { ...noted, uploaded: { ...noted.uploaded, [target.name]: uploaded } }
  })
  const { uploaded, retire } = held.document
  // What was seen to be served there last may have to go back, whatever an earlier run has noted.
  const last = held.document.targets[target.name]?.name
  const isOver = (entry: (typeof retire)[number]) => entry.after <= clock.now() && entry.name !== last
  const over = retire.filter((entry) => entry.target === target.name && isOver(entry))
  const keep = (uploaded[target.name] ?? []).filter((name) => !over.some((entry) => entry.name === name))
  await named(balancers, target.balancer).swap(target.listener, deployment, keep)
}

/** Handshakes for every name of ours that this certificate has; for its own, where it has none of ours. */
export const verifyTarget = (
  { name }: Target,
  { certificate }: Deployment<Certificate>,
  { endpoints, settles }: ListenerView,
  { spec, sights }: Pick<Delivery, 'spec' | 'sights'>,
  held: Claim,
  world: World,
): Promise<AddressResult[]> => {
  const { addresses = {} } = held.document.targets[name] ?? {}
  const ours = spec.names.filter((each) => covers(certificate.names, each))
  const without = sights[name]?.filter(({ shows }) => shows === 'unreachable').map(placeOf) ?? []
  const known = (endpoint: Endpoint) => {
    const place = placeOf(endpoint)
    if (addresses[place]?.answersSince !== undefined) return 'answers'
    return without.includes(place) ? 'no way' : undefined
  }
  const names = ours.length > 0 ? ours : certificate.names
  return verify(certificate, { names, endpoints, known, settles }, world)
}

export const noteProof = (
  { name: target }: Target,
  { name, certificate: { fingerprint } }: Deployment<Certificate>,
  addresses: readonly AddressResult[],
  held: Claim,
  { clock }: World,
): Promise<void> => held.note((document) => withProof(document, target, { fingerprint, name }, addresses, clock.now()))
