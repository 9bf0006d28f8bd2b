import { isAmiss } from '../policy/serving.ts'
import type { CertificateDocument } from '../state/document.ts'
import { withoutOldRepairs } from '../state/repairs.ts'
import { withProbes, withVerification } from '../state/targets.ts'
import type { Deployment, Target, TargetView } from '../types.ts'

/** What the look has seen of the addresses: one that was never reached may have been now. */
export function withViews(
  document: CertificateDocument,
  targets: readonly Target[],
  deployment: Deployment | undefined,
  views: Readonly<Record<string, TargetView>>,
  now: Date,
): CertificateDocument {
  if (deployment === undefined) return document
  const { name: object, certificate } = deployment
  const { fingerprint } = certificate
  return targets.reduce((seen, target) => {
    const view = views[target.name]
    if (view === undefined || 'error' in view || !view.serves) return seen
    const { deployed } = seen.targets[target.id] ?? {}
    const isNoted = deployed?.fingerprint === fingerprint
    // A swap that nobody came to verify, and that broke something: what was served before stays known, and can be put back.
    if (deployed !== undefined && !isNoted && view.probes.some(isAmiss)) return withoutOldRepairs(seen, target, now)
    // A state that was lost is made up from what is seen.
    const known = isNoted ? seen : withVerification(seen, target, { fingerprint, object }, [], now)
    return withProbes(withoutOldRepairs(known, target, now), target, view.probes, now)
  }, document)
}
