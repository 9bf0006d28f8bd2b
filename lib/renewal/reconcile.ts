import { Failure, toFailure } from '../errors.ts'
import { type Observation, observe } from '../observe/observe.ts'
import { decide } from '../policy/decide.ts'
import type { World } from '../ports.ts'
import type { CertificateSpec, Decision, Outcome, Wish } from '../types.ts'
import { act, nothingDone, type Progress } from './act.ts'
import { type Lease, openLease } from './lease.ts'
import { planned, type PlannedItem } from './plan.ts'
import { settle } from './settle.ts'
import { step } from './step.ts'

/**
 * The story of one certificate: read what is remembered, observe, decide, take the lease, act, settle. The lease is taken with the
 * tag of the reading: what was decided is done only if nobody has written since, and it begins wherever an earlier run ended.
 */
export async function reconcile(
  spec: CertificateSpec,
  request: Wish,
  world: World,
  hear: (item: PlannedItem) => void,
): Promise<Outcome> {
  const lease = await openLease(spec.id, world)
  const { observation, decision } = await observeAndDecide(spec, request, lease, world)
  const item = planned(spec, lease.document, observation, decision, world)
  hear(item)
  const progress = await worked(item, observation, lease, world)
  return settle(item, observation, progress, lease, world)
}

export interface Decided {
  /** Undefined: it could not even be looked at. */
  readonly observation: Observation | undefined
  readonly decision: Decision
}

export async function observeAndDecide(
  spec: CertificateSpec,
  request: Wish,
  { document }: Pick<Lease, 'document'>,
  world: World,
): Promise<Decided> {
  try {
    const observation = await observe(spec, document, world)
    return { observation, decision: decide(spec, observation, world.clock.now(), request) }
  } catch (thrown) {
    return { observation: undefined, decision: { action: 'blocked', error: toFailure(thrown) } }
  }
}

/** Takes the lease where something is to be done, and does it. */
async function worked(
  item: PlannedItem,
  observation: Observation | undefined,
  lease: Lease,
  world: World,
): Promise<Progress> {
  const { decision } = item
  if (observation === undefined || decision.action === 'blocked' || decision.action === 'wait')
    return nothingDone(item, observation)
  await step('lock', world, () => lease.hold(() => observation.document))
  return act({ ...item, decision }, observation, lease, world)
}
