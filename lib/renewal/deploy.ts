import { certificateName } from '../balancers/names.ts'
import { isFailure, toFailure } from '../errors.ts'
import { named } from '../platform/named.ts'
import type { World } from '../ports.ts'
import type { Certificate, CertificateSpec, Deployment, Target, TargetResult } from '../types.ts'
import { covers } from '../x509/certificate.ts'
import type { Claim } from './claim.ts'
import { step } from './step.ts'
import { verify } from './verify.ts'

/**
 * Brings a certificate to every target, side by side, and proves it by handshakes. A target that fails does not hold up
 * the others. A target whose handshakes fail is given `previous` again.
 */
export async function deploy(
  spec: CertificateSpec,
  certificate: Certificate,
  previous: Certificate | undefined,
  held: Claim,
  world: World,
): Promise<Record<string, TargetResult>> {
  const results = spec.targets.map(async (target): Promise<[string, TargetResult]> => {
    const own = { ...world, log: world.log.with({ target: target.name }) }
    return [target.name, await deployTo(target, spec, certificate, previous, held, own)]
  })
  return Object.fromEntries(await Promise.all(results))
}

async function deployTo(
  target: Target,
  spec: CertificateSpec,
  certificate: Certificate,
  previous: Certificate | undefined,
  held: Claim,
  world: World,
): Promise<TargetResult> {
  const balancer = named(world.balancers, target.balancer)
  const deployment = { name: certificateName(world.environment, spec.id, certificate.fingerprint), certificate }
  try {
    const before = await balancer.look(target.listener, deployment)
    if (!before.serves) await step('deploy', world, () => swap(target, deployment, held, world))
    const { endpoints } = before
    const names = spec.names.filter((name) => covers(certificate.names, name))
    const verified = await step('verify', world, () => verify(names, certificate, endpoints, world))
    const since = world.clock.now()
    await held.note((document) => {
      const known = document.targets[target.name]
      const same = known?.fingerprint === certificate.fingerprint && known.verified === verified
      const entry = same ? known : { fingerprint: certificate.fingerprint, name: deployment.name, since, verified }
      return { ...document, targets: { ...document.targets, [target.name]: entry } }
    })
    return { state: verified ? 'verified' : 'unverified' }
  } catch (error) {
    if (isFailure(error, 'CLAIMED')) throw error
    if (isFailure(error, 'VERIFY_FAILED')) await putBack(target, spec, certificate, previous, held, world)
    return { state: 'failed', error: toFailure(error) }
  }
}

/**
 * The object's name is noted before the object can exist: what is at a balancer and in no note is not ours. What is noted
 * stays, however full the balancer is, until its grace is over.
 */
async function swap(
  target: Target,
  deployment: Deployment<Certificate>,
  held: Claim,
  { balancers, clock }: Pick<World, 'balancers' | 'clock'>,
): Promise<void> {
  await held.note((document) => {
    const names = document.uploaded[target.name] ?? []
    const uploaded = names.includes(deployment.name) ? names : [...names, deployment.name]
    return { ...document, uploaded: { ...document.uploaded, [target.name]: uploaded } }
  })
  const { uploaded, retire } = held.document
  const over = retire.filter((entry) => entry.target === target.name && entry.after <= clock.now())
  const keep = (uploaded[target.name] ?? []).filter((name) => !over.some((entry) => entry.name === name))
  await named(balancers, target.balancer).swap(target.listener, deployment, keep)
}

/** The API took the new certificate, and the wire does not show it, or shows it broken: the one before it goes back at once. */
async function putBack(
  target: Target,
  spec: CertificateSpec,
  failed: Certificate,
  previous: Certificate | undefined,
  held: Claim,
  world: World,
): Promise<void> {
  const usable =
    previous !== undefined && previous.fingerprint !== failed.fingerprint && previous.notAfter > world.clock.now()
  if (!usable) {
    world.log.warn('there is no earlier certificate to put back')
    return
  }
  const deployment = { name: certificateName(world.environment, spec.id, previous.fingerprint), certificate: previous }
  try {
    await step('put back', world, () => swap(target, deployment, held, world))
  } catch (error) {
    const { code, message } = toFailure(error)
    world.log.error('the earlier certificate could not be put back', { code, reason: message })
  }
}
