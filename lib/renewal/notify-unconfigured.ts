import { toFailure } from '../errors.ts'
import { about } from '../events.ts'
import { type Unconfigured, unconfiguredAmong, unconfiguredInState } from '../observe/unconfigured.ts'
import { after, DAY, MINUTE } from '../platform/clock.ts'
import { type Problem, unconfiguredProblems } from '../policy/problems.ts'
import type { Dependencies } from '../ports.ts'
import { documentKey, leaseAt, readDocument } from '../state/document.ts'
import { withHidden } from '../state/future.ts'
import { moveMarker } from '../state/schedule.ts'
import type { CertificateFacts, CertificateSpec } from '../types.ts'
import { notifyOf } from './notify.ts'

/** A certificate that has left the configuration, still is at a target as far as is remembered, and ends soon. */
export interface Ending {
  readonly id: string
  readonly current: CertificateFacts
  readonly problems: readonly Problem[]
}

/** Those in the state, or those with these ids. It never rejects: a state store that cannot be listed keeps no run from its work. */
export async function endingUnconfigured(
  configured: readonly CertificateSpec[],
  ids: readonly string[] | undefined,
  deps: Dependencies,
): Promise<Ending[]> {
  try {
    const found = await (ids === undefined
      ? unconfiguredInState(configured, deps)
      : unconfiguredAmong(ids, configured, deps))
    return found.flatMap((each) => endingOf(each, deps.clock.now()))
  } catch (error) {
    const { code, message } = toFailure(error)
    deps.log.warn('what has left the configuration could not be listed', { code, reason: message })
    return []
  }
}

function endingOf(unconfigured: Unconfigured, now: Date): Ending[] {
  const { id, current } = unconfigured
  const problems = unconfiguredProblems(unconfigured, now)
  return current === undefined || problems.length === 0 ? [] : [{ id, current, problems }]
}

/** Tells the log each time, and every notifier once of each problem, what ends. It never rejects: the next run tells what could not be told. */
export async function notifyUnconfigured(endings: readonly Ending[], deps: Dependencies): Promise<void> {
  for (const ending of endings) {
    const own = about(deps, { certificate: ending.id })
    for (const { code, message, advice } of ending.problems)
      own.log.warn('what has left the configuration ends', { code, reason: message, todo: advice })
    try {
      const isDone = await notifyAndRemember(ending, own)
      if (!isDone) await moveMarker(own.state, ending.id, undefined, after(own.clock.now(), MINUTE))
    } catch (error) {
      const { code, message } = toFailure(error)
      own.log.warn('what was notified could not be remembered', { code, reason: message })
    }
  }
}

/**
 * Written over what was read, and over nothing else: what was forgotten, or is worked on meanwhile, stays as it is. Resolves to
 * whether everybody has heard of it who is to.
 */
async function notifyAndRemember({ id, current, problems }: Ending, deps: Dependencies): Promise<boolean> {
  const { document, hidden, tag } = await readDocument(id, deps)
  const now = deps.clock.now()
  if (tag === undefined) return true
  if (leaseAt(document, now) !== undefined) return false
  const subject = { spec: { id, names: current.names }, current, next: after(now, DAY) }
  const { document: notified, isPending } = await notifyOf(problems, document, subject, deps)
  if (JSON.stringify(notified.notified) !== JSON.stringify(document.notified))
    await deps.state.write(documentKey(id), withHidden(notified, hidden), tag)
  return !isPending
}
