import { deploymentOf } from '../balancers/names.ts'
import { Failure, isFailure, toFailure } from '../errors.ts'
import { inStore } from '../platform/in-store.ts'
import { lookup } from '../platform/lookup.ts'
import { endpointsCalled } from '../platform/probe-result.ts'
import { contention } from '../policy/contested.ts'
import { balancerCalled, type Cooldowns, cooldownIn, together } from '../policy/cooldowns.ts'
import type { LimitedIssuer } from '../policy/issuance-budget.ts'
import type { Observed } from '../policy/observed.ts'
import { newerThanStored } from '../policy/outdated.ts'
import { suggestsNow } from '../policy/renewal-time.ts'
import { issuersSparing, sparedByStaging } from '../policy/staging.ts'
import type { Dependencies } from '../ports.ts'
import { readStages, type Stages } from '../secrets/certificate.ts'
import type { StoredCertificate } from '../secrets/codec.ts'
import { type CertificateDocument, emptyDocument } from '../state/document.ts'
import { issuerOf } from '../state/failures.ts'
import { forTargets } from '../state/orphans.ts'
import { withoutRepairs } from '../state/repairs.ts'
import { answeringSince, entryOf, isDeletionDue, keptObjects } from '../state/targets.ts'
import type { CertificateSpec, Deployment, Endpoint, ListenerView, Target, TargetView } from '../types.ts'
import { withCooldowns } from './cooldowns.ts'
import { probesOf } from './probes.ts'
import { withCurrent } from './with-current.ts'
import { withViews } from './with-views.ts'

/** What a look found. Its document is the one that was read, with what the look has shown. */
export interface Observation extends Observed {
  /** The same as `current` and `pending`, with their versions. */
  readonly stages: Stages
  /** Who asked for patience, by earlier runs and by this look. */
  readonly cooldowns: Cooldowns
  /** The authority told the same time as the clock here. */
  readonly isClockRight: boolean
}

/**
 * Looks at a certificate and at each of its targets, and changes nothing. What was read before is not newer than what is seen.
 * `takesOver`: a person wants listeners back that are contested.
 */
export async function observe(
  spec: CertificateSpec,
  read: CertificateDocument,
  deps: Dependencies,
  { takesOver = false } = {},
): Promise<Observation> {
  const document = takesOver ? withoutRepairs(read, spec.targets) : read
  // Whoever has left a lease behind may have been frozen, and go on.
  const stages = await inStore('secrets', readStages(spec.id, deps, { isContested: document.lease !== undefined }))
  const current = stages.current?.stored
  const deployment = current && deploymentOf(current.certificate, spec, deps.environment)
  const { deps: patient } = withCooldowns(deps, document.cooldowns ?? {})
  const [advice, seen] = await Promise.all([
    renewalWindow(current, document, deps),
    lookAtTargets(spec, deployment, document, patient),
  ])
  const now = deps.clock.now()
  const contest = { spec, environment: deps.environment, now }
  const held = { current, pending: stages.pending?.stored }
  const staging = { ...held, spec, issuers: issuersOf(spec, deps), now }
  const resources = Object.fromEntries(seen.map(({ target, view }) => [target.id, resourceOf(view)]))
  const placed = forTargets(document, spec.targets, resources, now)
  const targets = Object.fromEntries(
    seen.map(({ target, view }) => {
      const isContested = takesOver || 'error' in view ? undefined : contention(view, entryOf(placed, target), contest)
      const error = isContested ?? sparedByStaging(view, target.name, staging)
      return [target.name, error ? { error } : sinceWhen(view, target, placed)]
    }),
  )
  const isOutdated = newerThanStored(placed, held, now) !== undefined
  const known = isOutdated ? placed : withCurrent(placed, current, advice.window, now)
  const noted = withViews(known, spec.targets, deployment, targets, now)
  const cooldowns = seen.reduce(
    (all, { target, view }) =>
      'error' in view ? together(all, cooldownIn(balancerCalled(target.balancer), view.error)) : all,
    document.cooldowns ?? {},
  )
  return {
    document: noted,
    stages,
    ...held,
    issuers: issuersSparing(
      seen.map(({ view }) => view),
      staging,
    ),
    targets,
    cooldowns,
    ...advice,
    ...(document.window && { knownWindow: document.window }),
  }
}

/** The authorities of a certificate, in the order in which they are asked. */
export const issuersOf = (
  { authorities }: Pick<CertificateSpec, 'authorities'>,
  { authorities: known }: Pick<Dependencies, 'authorities'>,
): LimitedIssuer[] =>
  authorities.map((authority) => {
    const { directory, issuanceLimit, untrusted } = known[authority] ?? {}
    const limited = { ...(issuanceLimit && { issuanceLimit }), ...(untrusted && { untrusted }) }
    return { ...issuerOf({ authority, directory }), ...limited }
  })

/**
 * The window that is remembered, as long as the CA said it holds; asked for again after that (RFC 9773 §4.3), and before
 * anything is deleted because its time is over: the CA tells the time as well.
 */
async function renewalWindow(
  current: StoredCertificate | undefined,
  document: CertificateDocument,
  { authorities, clock, log }: Dependencies,
): Promise<Pick<Observation, 'window' | 'clockWrong' | 'isClockRight'>> {
  const nothing = { window: undefined, clockWrong: undefined, isClockRight: false }
  // Only who issued it can tell; of a CA that is no longer configured, or a certificate that was brought, nobody is asked.
  if (current === undefined) return nothing
  const { certificate, orderSpec } = current
  const { window } = document
  const isKnown = window?.fingerprint === certificate.fingerprint && window.checkAfter > clock.now()
  const known = isKnown ? { ...nothing, window } : nothing
  if (isKnown && !isDeletionDue(document, clock.now())) return known
  const issuer = authorities[orderSpec.authority]
  if (orderSpec.directory !== undefined && orderSpec.directory !== issuer?.directory) return known
  try {
    const suggested = await issuer?.renewalWindow(certificate)
    if (suggestsNow(suggested, clock.now()))
      log.warn('the authority would have the certificate replaced now', { explanation: suggested?.explanation })
    return suggested === undefined ? known : { ...nothing, window: suggested, isClockRight: true }
  } catch (error) {
    if (!isFailure(error, 'CLOCK_WRONG')) throw error
    return { ...known, clockWrong: error }
  }
}

interface Seen {
  readonly target: Target
  readonly view: TargetView
}

/** What its targets serve, by the name of each, compared with nothing: for when what is stored cannot be read. */
export const viewsOf = async (spec: CertificateSpec, deps: Dependencies): Promise<Record<string, TargetView>> =>
  Object.fromEntries(
    (await lookAtTargets(spec, undefined, emptyDocument, deps)).map(({ target, view }) => [target.name, view]),
  )

function lookAtTargets(
  spec: CertificateSpec,
  deployment: Deployment | undefined,
  document: CertificateDocument,
  deps: Dependencies,
): Promise<Seen[]> {
  const probesAt = async (endpoints: readonly Endpoint[]) => {
    const probes = await probesOf(endpoints, spec.names, deployment?.certificate, deps.probe)
    return probes.map((probed) => ({ ...probed, answersSince: undefined }))
  }
  const look = async (target: Target): Promise<TargetView> => {
    const entry = entryOf(document, target)
    try {
      const keep = keptObjects(entry, deps.clock.now())
      const view = await lookup(deps.balancers, target.balancer).inspect(target.listener, deployment, keep)
      requireKey(view, spec, target.name)
      return { ...view, probes: await probesAt(view.endpoints) }
    } catch (thrown) {
      const error = toFailure(thrown)
      // Whoever asks for patience keeps nobody from seeing what its listener shows.
      if (error.retry !== 'after') return { error }
      return { error, probes: await probesAt(Object.keys(entry.addresses).flatMap(endpointsCalled)) }
    }
  }
  return Promise.all(spec.targets.map(async (target) => ({ target, view: await look(target) })))
}

/** What a target would refuse must not be ordered. */
function requireKey({ allowedKeys }: ListenerView, { key, imported }: CertificateSpec, target: string): void {
  if (imported || allowedKeys === undefined || allowedKeys.includes(key)) return
  throw new Failure(
    'TARGET_REFUSED',
    `the key of the certificate is to be ${key}, and ${target} takes only ${allowedKeys.join(', ')}: configure key: ${allowedKeys[0]}`,
    { fields: { target, key, takes: allowedKeys } },
  )
}

const resourceOf = (view: TargetView): string | undefined => ('error' in view ? undefined : view.resource)

/** A look knows of an address only what it shows now. */
function sinceWhen(view: TargetView, target: Target, document: CertificateDocument): TargetView {
  const { probes } = view
  if (probes === undefined) return view
  const entry = entryOf(document, target)
  return { ...view, probes: probes.map((probed) => answeringSince(entry, probed)) }
}
