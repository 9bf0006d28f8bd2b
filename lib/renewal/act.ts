import { type Failure, isFailure, toFailure } from '../errors.ts'
import { earliestRetry } from '../failures.ts'
import { withCooldowns } from '../observe/cooldowns.ts'
import type { Observation } from '../observe/observe.ts'
import { mapValues } from '../platform/lookup.ts'
import type { AttemptResult } from '../policy/back-off.ts'
import { removable } from '../policy/challenge-records.ts'
import type { Cooldowns } from '../policy/cooldowns.ts'
import { withIssued } from '../policy/issuance-budget.ts'
import { withRejection } from '../policy/rejected.ts'
import type { Dependencies } from '../ports.ts'
import { isCertificate, type Staged } from '../secrets/certificate.ts'
import type { StoredCertificate } from '../secrets/codec.ts'
import { isDeletionDue } from '../state/targets.ts'
import type { CertificateSpec, Decision, Outcome, TargetResult } from '../types.ts'
import { activate } from './activate.ts'
import { cleanUpRecords } from './challenge-records.ts'
import { collect } from './collect.ts'
import { type Delivery, deploy } from './deploy.ts'
import { issueAtFirst } from './fail-over.ts'
import type { Lease } from './lease.ts'
import { isSelfSigned, selfSign } from './self-sign.ts'
import { step } from './step.ts'

/** How far a run came with a certificate. */
export interface Progress {
  readonly result: Outcome['result']
  /** What is current now. */
  readonly current: StoredCertificate | undefined
  readonly targets: Readonly<Record<string, TargetResult>>
  /** What it changes of what is remembered of failures. */
  readonly happened: readonly AttemptResult[]
  readonly error: Failure | undefined
  /** Who asked for patience. */
  readonly cooldowns: Cooldowns
}

export type Action = Extract<Decision, { action: 'issue' | 'deploy' | 'clean-up' }>
type Done = Omit<Progress, 'cooldowns'>

/** Does what was decided, as far as it goes. Rejects with LOCKED, and with nothing else. */
export async function act(
  spec: CertificateSpec,
  decision: Action,
  observation: Observation,
  lease: Lease,
  outside: Dependencies,
): Promise<Progress> {
  const { deps, heard } = withCooldowns(outside, observation.cooldowns)
  const tidied = await tidy(lease, deps)
  const done = await actOn(spec, decision, observation, lease, deps)
  return {
    ...done,
    happened: [...done.happened, ...tidied],
    error: done.error ?? tidied.find(({ error }) => error !== undefined)?.error,
    cooldowns: heard(),
  }
}

type CleanedUp = Extract<AttemptResult, { kind: 'cleaned-up' }>

/** TXT values that an earlier run has left, and that nobody is to look at any more. */
async function tidy(lease: Lease, deps: Dependencies): Promise<CleanedUp[]> {
  if (removable(lease.document, deps.clock.now()).length === 0) return []
  return [{ kind: 'cleaned-up', error: await cleanUpRecords(lease, deps, removable) }]
}

async function actOn(
  spec: CertificateSpec,
  decision: Action,
  observation: Observation,
  lease: Lease,
  deps: Dependencies,
): Promise<Done> {
  const { current, stages } = observation
  const nothing: Done = { result: 'kept', current, targets: {}, happened: [], error: undefined }
  switch (decision.action) {
    case 'clean-up':
      return { ...nothing, error: await collected(spec, observation, lease, deps) }
    case 'issue': {
      const { chosen, happened, error } = isSelfSigned(spec)
        ? await selfSign(spec, lease, deps)
        : await issueAtFirst(spec, decision, stages, lease, deps)
      if (chosen === undefined) return { ...nothing, happened, error }
      const done = await bring(spec, chosen, observation, lease, deps)
      return { ...done, result: 'renewed', happened: [...happened, { kind: 'deployed', error: done.error }] }
    }
    case 'deploy': {
      const { pending } = stages
      if (decision.reason === 'pending' && pending !== undefined && isCertificate(pending)) {
        await noteIssued(pending, lease, deps)
        const done = await bring(spec, pending, observation, lease, deps)
        return { ...done, happened: [{ kind: 'deployed', error: done.error }] }
      }
      if (stages.current === undefined) return nothing
      const done = await bring(spec, stages.current, observation, lease, deps)
      const isPending = pending !== undefined && isCertificate(pending)
      return { ...done, happened: [{ kind: 'repaired', isPending, error: done.error }] }
    }
  }
}

/** A run that ended right after it had stored a certificate could not note that any more. */
async function noteIssued({ stored }: Staged<StoredCertificate>, lease: Lease, deps: Dependencies): Promise<void> {
  if (lease.document.order === undefined) return
  const { certificate, orderSpec } = stored
  lease.note((document) => withIssued(document, orderSpec.names, orderSpec, deps.clock.now(), certificate))
  await cleanUpRecords(lease, deps, removable)
}

/** To every target, and then, unless it was seen to be served wrongly, to be the current one. */
async function bring(
  spec: CertificateSpec,
  chosen: Staged<StoredCertificate>,
  observation: Observation,
  lease: Lease,
  deps: Dependencies,
): Promise<Done> {
  const { certificate } = chosen.stored
  const { current } = observation
  const previous = current?.certificate
  const probes = mapValues(observation.targets, (view) => ('error' in view ? [] : view.probes))
  const spared = sparedAmong(observation.targets)
  const targets = await deploy({ spec, certificate, previous, probes, spared }, lease, deps)
  const failed = earliestRetry(Object.values(targets).flatMap((each) => (each.state === 'failed' ? [each.error] : [])))
  const done: Done = { result: 'deployed', current, targets, happened: [], error: failed }
  try {
    if (mayBeActivated(targets)) {
      await activate(spec.id, chosen, observation.stages, lease, deps)
      const now = { ...done, current: chosen.stored }
      const error = await collected(spec, { ...observation, current: chosen.stored }, lease, deps)
      return { ...now, error: failed ?? error }
    }
    if (certificate.fingerprint !== previous?.fingerprint)
      lease.note((document) => withRejection(document, certificate.fingerprint, targets, deps.clock.now()))
    return done
  } catch (error) {
    if (isFailure(error, 'LOCKED')) throw error
    return { ...done, error: toFailure(error) }
  }
}

const sparedAmong = (targets: Observation['targets']): Delivery['spared'] =>
  Object.fromEntries(
    Object.entries(targets).flatMap(([name, view]) =>
      'error' in view && isFailure(view.error, 'TARGET_CONTESTED', 'STAGING_REFUSED') ? [[name, view.error]] : [],
    ),
  )

/**
 * A certificate becomes current when some target serves it and none was seen to serve it wrongly. A target that is gone
 * or cannot be reached does not hold it up: the next run finds it behind and brings it up.
 */
const mayBeActivated = (results: Readonly<Record<string, TargetResult>>): boolean => {
  const all = Object.values(results)
  return (
    all.some(({ state }) => state !== 'failed') &&
    !all.some((result) => result.state === 'failed' && isFailure(result.error, 'VERIFY_FAILED'))
  )
}

/** Deletes what is due to be deleted. Nothing is deleted by a clock that is wrong. */
async function collected(
  spec: CertificateSpec,
  { current, clockWrong }: Pick<Observation, 'current' | 'clockWrong'>,
  lease: Lease,
  deps: Dependencies,
): Promise<Failure | undefined> {
  if (!isDeletionDue(lease.document, deps.clock.now()) || current === undefined || clockWrong !== undefined)
    return undefined
  try {
    await step('delete', deps, () => collect(spec, current.certificate, lease, deps))
    return undefined
  } catch (error) {
    if (isFailure(error, 'LOCKED')) throw error
    return toFailure(error)
  }
}
