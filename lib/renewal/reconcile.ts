import { isFailure, toFailure } from '../errors.ts'
import type { Observation } from '../observe/observe.ts'
import type { AttemptResult } from '../policy/back-off.ts'
import { unhealthy } from '../policy/unhealthy.ts'
import type { Dependencies } from '../ports.ts'
import { leaseAt } from '../state/document.ts'
import type { CertificateSpec, Outcome, PlanItem, RunRequest } from '../types.ts'
import { act, type Progress } from './act.ts'
import { type Lease, openLease } from './lease.ts'
import { observeAndDecide, planItem } from './plan.ts'
import { settle } from './settle.ts'
import { step } from './step.ts'

/**
 * One certificate: read what is remembered, observe, decide, take the lease, act, settle. The lease is taken with the tag of the
 * reading: what was decided is done only if nobody has written since. It begins wherever an earlier run ended.
 */
export async function reconcile(
  spec: CertificateSpec,
  request: RunRequest,
  hear: (item: PlanItem) => void,
  deps: Dependencies,
): Promise<Outcome> {
  for (let reading = 1; ; reading++) {
    const lease = await openLease(spec.id, deps)
    const { observation, decision } = await observeAndDecide(spec, request, lease.document, deps)
    const item = planItem(spec, decision, observation, deps)
    hear(item)
    if (observation?.isClockRight) lease.hearOfClock('right')
    if (observation?.clockWrong) lease.hearOfClock('wrong')
    try {
      const progress = await done(item, observation, lease, deps)
      if (progress.happened.some(isClockWrong)) lease.hearOfClock('wrong')
      return await settle(item, observation, progress, lease, deps)
    } catch (thrown) {
      if (reading === MOST_READINGS || lease.isHeld || !(await isFree(thrown, lease, deps)))
        return stopped(item, thrown)
    }
  }
}

const isClockWrong = (happened: AttemptResult): boolean =>
  'error' in happened && isFailure(happened.error, 'CLOCK_WRONG')

/** Somebody may have noted something since the reading, and hold no lease: then it is read and decided again. */
const MOST_READINGS = 3

/** Whether the lease could not be taken though nobody has it. */
async function isFree(thrown: unknown, lease: Lease, { clock }: Pick<Dependencies, 'clock'>): Promise<boolean> {
  if (!isFailure(thrown, 'LOCKED')) return false
  try {
    return leaseAt(await lease.reload(), clock.now()) === undefined
  } catch {
    return false // that it is locked is what must be heard
  }
}

/** Takes the lease where something is to be done, and does it. Rejects with LOCKED when another run has it. */
async function done(
  { spec, decision }: PlanItem,
  observation: Observation | undefined,
  lease: Lease,
  deps: Dependencies,
): Promise<Progress> {
  const nothing: Progress = {
    ...{ result: 'kept', targets: {}, current: observation?.current, cooldowns: observation?.cooldowns ?? {} },
    ...{ happened: [], error: undefined },
  }
  if (decision.action === 'blocked') {
    const { error } = decision
    return { ...nothing, result: 'failed', error, happened: [{ kind: 'not-observed', error }] }
  }
  if (decision.action === 'wait' && decision.reason === 'fresh') return { ...nothing, happened: [{ kind: 'fresh' }] }
  if (decision.action === 'wait' || observation === undefined) return { ...nothing, result: 'waiting' }
  await step('lock', deps, () => lease.hold(() => observation.document))
  return act(spec, decision, observation, lease, deps)
}

/** What is said of a certificate that another run has, or of which nothing could be read or noted. */
export function stopped({ spec, decision, current, missing }: PlanItem, thrown: unknown): Outcome {
  const error = toFailure(thrown)
  const isTaken = isFailure(error, 'LOCKED')
  const isLater = isTaken || isFailure(error, 'OUT_OF_TIME')
  return {
    ...{ id: spec.id, decision, certificate: current, targets: {}, missing, next: undefined },
    result: isLater ? 'waiting' : 'failed',
    error: isTaken ? undefined : error,
    health: unhealthy(spec.id, error),
  }
}
