import { deploymentOf } from '../balancers/names.ts'
import { Failure, isFailure, toFailure } from '../errors.ts'
import { mapBounded } from '../platform/lanes.ts'
import { named } from '../platform/named.ts'
import { healthSeen, unhealthy } from '../policy/health.ts'
import type { World } from '../ports.ts'
import { readStages } from '../secrets/certificate.ts'
import type { StoredCertificate } from '../secrets/codec.ts'
import { uncovered } from '../secrets/intent.ts'
import { type CertificateDocument, type FailureMemory, type Failures, readDocument } from '../state/document.ts'
import { patient, waitsIn } from '../state/patience.ts'
import type { Certificate, CertificateSpec, ListenerView, PlanItem, TargetView, Wish } from '../types.ts'
import { factsOf } from '../x509/facts.ts'
import { renewalMoment } from '../x509/lifetime.ts'
import { decide, type Seen } from './decide.ts'
import { sightsOf } from './sight.ts'

const LOOKS_AT_ONCE = 10

/** Looks at each of these certificates and decides. It changes nothing, and no certificate's trouble touches another's. */
export const plan = (specs: readonly CertificateSpec[], wish: Wish, world: World): Promise<PlanItem[]> =>
  mapBounded(specs, LOOKS_AT_ONCE, (spec) => planOne(spec, wish, world))

async function planOne(spec: CertificateSpec, wish: Wish, world: World): Promise<PlanItem> {
  const item = {
    spec,
    current: undefined,
    renewAt: undefined,
    window: undefined,
    targets: {},
    authority: undefined,
    failure: undefined,
    missing: [],
    clockWrong: undefined,
  }
  try {
    const seen = await look(spec, world)
    const current = seen.current?.certificate
    const now = world.clock.now()
    const decision = decide(spec, seen, now, wish)
    const authority = seen.current?.intent.authority
    return {
      ...item,
      decision,
      current: current && factsOf(current),
      authority,
      health: healthSeen({ spec, decision, current, authority, targets: seen.targets }, seen.document, now),
      clockWrong: seen.clockWrong,
      renewAt: current && !spec.imported ? renewalMoment(current, seen.window) : undefined,
      window: seen.window,
      targets: seen.targets,
      failure: pressing(seen.document.failures),
      missing: seen.document.failures?.widen === undefined ? [] : uncovered(spec, current),
    }
  } catch (thrown) {
    const error = toFailure(thrown)
    return { ...item, decision: { action: 'stop', error }, health: unhealthy(spec.id, error) }
  }
}

async function look(spec: CertificateSpec, world: World): Promise<Seen> {
  const [{ document }, { current, pending }] = await Promise.all([
    readDocument(spec.id, world),
    readStages(spec.id, world),
  ])
  const certificate = current?.stored.certificate
  const [advice, targets] = await Promise.all([
    renewalWindow(current?.stored, document, world),
    lookAtTargets(spec, certificate, document, patient(world, waitsIn(document))),
  ])
  return { document, current: current?.stored, pending: pending?.stored, targets, ...advice }
}

/** The window that is remembered, as long as the CA said it holds; asked for again after that (RFC 9773 §4.3). */
async function renewalWindow(
  current: StoredCertificate | undefined,
  { window }: CertificateDocument,
  { authorities, clock }: World,
): Promise<Pick<Seen, 'window' | 'clockWrong'>> {
  const nothing = { window: undefined, clockWrong: undefined }
  // Only who issued it can tell; of a CA that is no longer configured, or a certificate that was brought, nobody is asked.
  if (current === undefined) return nothing
  const { certificate, intent } = current
  if (window?.fingerprint === certificate.fingerprint && window.checkAfter > clock.now()) return { ...nothing, window }
  try {
    return { ...nothing, window: await authorities[intent.authority]?.renewalWindow(certificate) }
  } catch (error) {
    if (!isFailure(error, 'CLOCK_WRONG')) throw error
    return { ...nothing, clockWrong: error }
  }
}

async function lookAtTargets(
  spec: CertificateSpec,
  certificate: Certificate | undefined,
  { targets: known }: CertificateDocument,
  world: World,
): Promise<Record<string, TargetView>> {
  const deployment = certificate && deploymentOf(certificate, spec, world.environment)
  const views = spec.targets.map(async ({ name, balancer, listener }): Promise<[string, TargetView]> => {
    try {
      const view = await named(world.balancers, balancer).look(listener, deployment)
      requireKey(view, spec, name)
      const sights = await sightsOf(view.endpoints, spec.names, certificate, known[name], world.probe)
      return [name, { ...view, sights }]
    } catch (error) {
      return [name, { error: toFailure(error) }]
    }
  })
  return Object.fromEntries(await Promise.all(views))
}

/** What a target would refuse must not be ordered. */
function requireKey({ takes }: ListenerView, { key, imported }: CertificateSpec, target: string): void {
  if (imported || takes === undefined || takes.includes(key)) return
  throw new Failure(
    'TARGET_REFUSED',
    `the key of the certificate is to be ${key}, and ${target} takes only ${takes.join(', ')}: configure key: ${takes[0]}`,
    { fields: { target, key, takes } },
  )
}

/** Of several failures that are remembered, the one that came last. */
const pressing = (failures: Failures = {}): FailureMemory | undefined =>
  Object.values(failures).sort((one, other) => other.at.getTime() - one.at.getTime())[0]
