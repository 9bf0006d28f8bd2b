import { toFailure } from '../errors.ts'
import { about } from '../events.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { createSemaphore } from '../platform/semaphore.ts'
import type { Dependencies } from '../ports.ts'
import type { CertificateSpec, Outcome, PlanItem, RunRequest } from '../types.ts'
import { plan, planItem } from './plan.ts'
import { reconcile, stopped } from './reconcile.ts'
import { spread } from './spread.ts'

/**
 * So many are at work at once: more than each API is given connections (platform/http.ts), which are what spares it; of those
 * that wait behind them none waits for long. Who sleeps, for DNS, for the authority, for a balancer, is none of them.
 */
const PERMITS = 30
/** So many have begun and not ended, at work or asleep: each holds its keys and chains in memory. */
const CONCURRENCY = 300

/**
 * A bounded number side by side; each goes on as soon as its own look is done. This is the one
 * place where a certificate's failure is caught. `hear` is told of each certificate what was seen, and what is to be done.
 */
export async function renewAll(
  specs: readonly CertificateSpec[],
  request: RunRequest,
  deps: Dependencies,
  hear: (item: PlanItem) => void = () => undefined,
): Promise<Outcome[]> {
  const announced = (item: PlanItem) => {
    announce(item, deps)
    hear(item)
  }
  if (request.dryRun) {
    const items = await plan(specs, request, deps)
    items.forEach(announced)
    return items.map((item) => finished(asPlanned(item), deps))
  }
  const semaphore = createSemaphore(PERMITS)
  const outcomes = await mapConcurrently(spread(specs), CONCURRENCY, async (spec) => {
    const own = about(deps, { certificate: spec.id })
    try {
      return finished(await semaphore.run(() => reconcile(spec, request, announced, own)), deps)
    } catch (thrown) {
      const error = toFailure(thrown)
      return finished(stopped(planItem(spec, { action: 'blocked', error }, undefined, deps), error), deps)
    }
  })
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]))
  return specs.flatMap(({ id }) => byId.get(id) ?? [])
}

/** What a dry run has to say. */
function asPlanned({ spec, decision, current, missing, health }: PlanItem): Outcome {
  const known = { id: spec.id, decision, certificate: current, targets: {}, missing, health, error: undefined }
  if (decision.action === 'blocked') {
    const { error } = decision
    return { ...known, result: error.code === 'OUT_OF_TIME' ? 'waiting' : 'failed', error, next: undefined }
  }
  if (decision.action !== 'wait') return { ...known, result: 'planned', next: undefined }
  return { ...known, result: decision.reason === 'fresh' ? 'kept' : 'waiting', next: decision.until }
}

function finished(outcome: Outcome, { emit }: Pick<Dependencies, 'emit'>): Outcome {
  const { id, result, error, next } = outcome
  const { code, message: reason, step } = error ?? {}
  emit({ kind: 'certificate-finished', certificate: id, result, code, reason, step, next })
  return outcome
}

const announce = ({ spec, decision }: PlanItem, { emit }: Pick<Dependencies, 'emit'>): void =>
  emit({
    kind: 'planned',
    certificate: spec.id,
    names: spec.names,
    action: decision.action,
    reason: decision.action === 'blocked' ? decision.error.code : decision.reason,
    why: decision.action === 'blocked' ? decision.error.message : decision.message,
    until: decision.action === 'wait' ? decision.until : undefined,
  })
