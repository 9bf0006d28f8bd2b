import { toFailure } from '../errors.ts'
import { type Observation, observe } from '../observe/observe.ts'
import { withPersistUntil } from '../observe/persistent-records.ts'
import { withNewValues } from '../observe/reference-values.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { inStore } from '../platform/in-store.ts'
import { decide } from '../policy/decide.ts'
import { healthSeen } from '../policy/health.ts'
import { uncovered } from '../policy/order-spec.ts'
import { lostFromStore } from '../policy/outdated.ts'
import { renewalTime } from '../policy/renewal-time.ts'
import { unhealthyThough } from '../policy/unhealthy.ts'
import type { Dependencies } from '../ports.ts'
import { type CertificateDocument, readDocument } from '../state/document.ts'
import { allFailures, type RememberedFailure } from '../state/failures.ts'
import { entryOf } from '../state/targets.ts'
import type { CertificateSpec, Decision, PlanItem, RunRequest } from '../types.ts'
import { factsOf } from '../x509/facts.ts'

const LOOKS_AT_ONCE = 10

/** Looks at each of these certificates and decides. It changes nothing, and no certificate's trouble touches another's. */
export const plan = (specs: readonly CertificateSpec[], request: RunRequest, deps: Dependencies): Promise<PlanItem[]> =>
  mapConcurrently(specs, LOOKS_AT_ONCE, async (spec) => {
    try {
      const { document } = await inStore('state', readDocument(spec.id, deps))
      const { observation, decision } = await observeAndDecide(spec, request, document, deps, 'now')
      return planItem(spec, decision, observation, deps, document)
    } catch (thrown) {
      return planItem(spec, { action: 'blocked', error: toFailure(thrown) }, undefined, deps)
    }
  })

/** What was seen, and what is to be done. Without an observation it could not even be looked at. */
export async function observeAndDecide(
  spec: CertificateSpec,
  request: RunRequest,
  document: CertificateDocument,
  deps: Dependencies,
  /** When persistent records are looked at. */
  looks: 'daily' | 'now' = 'daily',
): Promise<{ readonly observation: Observation | undefined; readonly decision: Decision }> {
  try {
    const known = await withPersistUntil(await withNewValues(document, spec, deps), spec, deps, looks)
    const observation = await observe(spec, known, deps, { takesOver: request.deploy === true })
    return { observation, decision: decide(spec, observation, deps.clock.now(), request) }
  } catch (thrown) {
    return { observation: undefined, decision: { action: 'blocked', error: toFailure(thrown) } }
  }
}

export function planItem(
  spec: CertificateSpec,
  decision: Decision,
  observation: Observation | undefined,
  { clock }: Pick<Dependencies, 'clock'>,
  remembered: Pick<CertificateDocument, 'current'> = {},
): PlanItem {
  if (observation === undefined) {
    const error = decision.action === 'blocked' ? decision.error : undefined
    const { current } = remembered
    const health = unhealthyThough({ spec, current, authority: current?.authority }, error, clock.now())
    return { ...nothingSeen, spec, decision, health }
  }
  const { document, targets, window } = observation
  const current = observation.current?.certificate
  const lost = lostFromStore(document, observation)
  const authority = observation.current?.orderSpec.authority
  return {
    ...{ spec, decision, authority, window, targets, lost },
    current: current && factsOf(current),
    health: healthSeen({ spec, decision, current, lost, authority, targets }, document, clock.now()),
    renewAt: current && !spec.imported ? renewalTime(current, window) : undefined,
    failure: latest(allFailures(document.failures)),
    missing: missingFrom(document, spec, current),
    observed: true,
    pending: pendingIn(observation),
    superseded: Object.fromEntries(spec.targets.map((target) => [target.name, entryOf(document, target).superseded])),
    orphaned: document.orphans.flatMap(({ balancer, objects }) => objects.map((each) => ({ ...each, balancer }))),
  }
}

const pendingIn = ({ pending }: Observation) =>
  pending?.kind === 'certificate' ? factsOf(pending.certificate) : undefined

const nothingSeen = {
  current: undefined,
  lost: undefined,
  renewAt: undefined,
  window: undefined,
  targets: {},
  authority: undefined,
  failure: undefined,
  missing: [],
  observed: false,
  pending: undefined,
  superseded: {},
  orphaned: [],
}

/** Names that are asked for, could not be had, and that the current certificate does without. */
export const missingFrom = (
  { failures }: CertificateDocument,
  spec: CertificateSpec,
  current: Parameters<typeof uncovered>[1],
): string[] =>
  Object.values(failures?.authorities ?? {}).some(({ expand }) => expand !== undefined) ? uncovered(spec, current) : []

/** Of several failures that are remembered, the one that came last. */
const latest = (failures: readonly RememberedFailure[]): RememberedFailure | undefined =>
  [...failures].sort((one, other) => other.at.getTime() - one.at.getTime())[0]
