import { certificateName } from '../balancers/names.ts'
import { Failure, isFailure, toFailure } from '../errors.ts'
import { named } from '../platform/named.ts'
import { placeOf } from '../platform/sight.ts'
import type { World } from '../ports.ts'
import { readPrevious } from '../secrets/certificate.ts'
import { withProof, withSights } from '../state/targets.ts'
import type {
  AddressResult,
  Certificate,
  CertificateSpec,
  Deployment,
  ListenerView,
  Sight,
  Target,
  TargetResult,
} from '../types.ts'
import { covers } from '../x509/certificate.ts'
import type { Claim } from './claim.ts'
import { step } from './step.ts'
import { verify } from './verify.ts'

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
export async function deploy(delivery: Delivery, held: Claim, world: World): Promise<Record<string, TargetResult>> {
  const results = delivery.spec.targets.map(async (target): Promise<[string, TargetResult]> => {
    const own = { ...world, log: world.log.with({ target: target.name }) }
    return [target.name, await deployTo(target, delivery, held, own)]
  })
  return Object.fromEntries(await Promise.all(results))
}

async function deployTo(target: Target, delivery: Delivery, held: Claim, world: World): Promise<TargetResult> {
  const deployment = deploymentOf(delivery.certificate, delivery.spec, world)
  let view: ListenerView
  try {
    view = await named(world.balancers, target.balancer).look(target.listener, deployment)
  } catch (error) {
    return { state: 'failed', error: toFailure(error) }
  }
  try {
    if (!view.serves) {
      const sights = delivery.sights[target.name] ?? []
      await step('deploy', world, () => swap(target, deployment, sights, held, world))
    }
    const addresses = await step('verify', world, () => prove(target, deployment, view, delivery.spec, held, world))
    await noteProof(target, deployment, addresses, held, world)
    const isSeen = addresses.some(({ state }) => state === 'verified')
    return { state: isSeen ? 'verified' : 'unverified', addresses }
  } catch (error) {
    if (isFailure(error, 'CLAIMED')) throw error
    const failure = toFailure(error)
    return { state: 'failed', error: await afterFailure(failure, target, delivery, held, world) }
  }
}

const deploymentOf = <C extends Certificate>(certificate: C, { id }: CertificateSpec, { environment }: World) => ({
  name: certificateName(environment, id, certificate.fingerprint),
  certificate,
})

/** Handshakes for every name of ours that this certificate has. */
const prove = (
  { name }: Target,
  { certificate }: Deployment<Certificate>,
  { endpoints, settles }: ListenerView,
  spec: CertificateSpec,
  held: Claim,
  world: World,
): Promise<AddressResult[]> => {
  const { addresses = {} } = held.document.targets[name] ?? {}
  const names = spec.names.filter((each) => covers(certificate.names, each))
  const answered = (endpoint: AddressResult | ListenerView['endpoints'][number]) =>
    addresses[placeOf(endpoint)]?.answersSince !== undefined
  return verify(certificate, { names, endpoints, answered, settles }, world)
}

/**
 * The object's name, and which addresses answered before, are noted before the object can exist: what is at a balancer and in
 * no note is not ours. What is noted stays, however full the balancer is, until its grace is over.
 */
async function swap(
  target: Target,
  deployment: Deployment<Certificate>,
  sights: readonly Sight[],
  held: Claim,
  { balancers, clock }: Pick<World, 'balancers' | 'clock'>,
): Promise<void> {
  await held.note((document) => {
    const names = document.uploaded[target.name] ?? []
    const uploaded = names.includes(deployment.name) ? names : [...names, deployment.name]
    const noted = sights.length === 0 ? document : withSights(document, target.name, sights, clock.now())
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

/**
 * The certificate did not come to be served, or is served broken: what was served before goes back at once, and is proved again.
 * Resolves to the failure, which then says how that went.
 */
async function afterFailure(
  failure: Failure,
  target: Target,
  { spec, certificate: failed, previous: current }: Delivery,
  held: Claim,
  world: World,
): Promise<Failure> {
  const { clock, log } = world
  // A proof that was cut short has not failed: the next run takes it up where it stands.
  if (isFailure(failure, 'OUT_OF_TIME', 'LOCAL_TROUBLE')) return failure
  const balancer = named(world.balancers, target.balancer)
  try {
    const isRepair = current?.fingerprint === failed.fingerprint
    const previous = isRepair ? await lastProven(failure, target, { spec, certificate: failed }, held, world) : current
    if (previous === undefined || previous.notAfter <= clock.now()) {
      const { name } = deploymentOf(failed, spec, world)
      if (!isFailure(failure, 'VERIFY_FAILED') || (isRepair && !isFirst(target, name, held))) return failure
      const isOff = await step('put back', world, () => balancer.withdraw(target.listener, name))
      return also(
        failure,
        isOff
          ? 'it was taken off again, and the listener has what it had before'
          : 'there is no earlier certificate to put back',
      )
    }
    const deployment = deploymentOf(previous, spec, world)
    const view = await balancer.look(target.listener, deployment)
    if (view.serves) return failure
    await step('put back', world, () => swap(target, deployment, [], held, world))
    const addresses = await step('verify', world, () => prove(target, deployment, view, spec, held, world))
    await noteProof(target, deployment, addresses, held, world)
    const shown = addresses.filter(({ state }) => state === 'verified').length
    return also(
      failure,
      `${isRepair ? 'the one before it' : 'the current certificate'} was put back, and is shown at ${shown} of ${addresses.length} addresses`,
    )
  } catch (error) {
    if (isFailure(error, 'CLAIMED')) throw error
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
  held: Claim,
  world: World,
): Promise<Certificate | undefined> {
  const { fingerprint = failed } = held.document.targets[target.name] ?? {}
  if (!isFailure(failure, 'VERIFY_FAILED') || fingerprint === failed) return undefined
  const earlier = (await readPrevious(spec.id, world))?.stored.certificate
  return earlier?.fingerprint === fingerprint ? earlier : undefined
}

/** Nothing of ours was ever seen there, and this was brought there by us. */
const isFirst = ({ name: target }: Target, name: string, { document: { targets, uploaded } }: Claim): boolean =>
  (targets[target]?.fingerprint ?? '') === '' && uploaded[target]?.includes(name) === true

const noteProof = (
  { name: target }: Target,
  { name, certificate: { fingerprint } }: Deployment<Certificate>,
  addresses: readonly AddressResult[],
  held: Claim,
  { clock }: World,
): Promise<void> => held.note((document) => withProof(document, target, { fingerprint, name }, addresses, clock.now()))

/** The same failure, with what came of it. */
function also(failure: Failure, outcome: string): Failure {
  const { code, message, fields, cause, retryAfter } = failure
  const more = new Failure(code, `${message}; ${outcome}`, { fields, cause, retryAfter })
  more.step = failure.step
  return more
}
