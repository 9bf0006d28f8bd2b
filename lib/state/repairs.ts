/** How often a target was put right, by which a fight is told from a change that was made once. Pure. */
import { after, DAY } from '../platform/clock.ts'
import type { Target } from '../types.ts'
import type { CertificateDocument, TargetEntry } from './document.ts'
import { entryOf, withEntry } from './targets.ts'

const WEEK = 7 * DAY
/** Once may be a person, twice may be chance. */
const MOST_REPAIRS = 3

/** Whether it was put right so often within a week that whoever changes it will go on. */
export const isFoughtOver = ({ repairs = [] }: Pick<TargetEntry, 'repairs'>): boolean => repairs.length >= MOST_REPAIRS

/** The document once a target was given what it had served before; those of the last week count. */
export function withRepair(document: CertificateDocument, target: Target, now: Date): CertificateDocument {
  const entry = entryOf(document, target)
  const recent = (entry.repairs ?? []).filter((at) => at <= now && at >= after(now, -WEEK))
  return withEntry(document, target, { ...entry, repairs: [...recent, now].slice(-MOST_REPAIRS) })
}

/** The document once a target is seen to have kept for a week what it was given last; the same if there is nothing to forget. */
export function withoutOldRepairs(document: CertificateDocument, target: Target, now: Date): CertificateDocument {
  const last = document.targets[target.id]?.repairs?.at(-1)
  return last === undefined || last >= after(now, -WEEK) ? document : withoutRepairs(document, [target])
}

/** The document once a person wants these targets to be taken back. */
export const withoutRepairs = (document: CertificateDocument, targets: readonly Target[]): CertificateDocument =>
  targets.reduce((seen, target) => {
    const entry = seen.targets[target.id]
    if (entry?.repairs === undefined) return seen
    const { repairs: _over, ...others } = entry
    return withEntry(seen, target, others)
  }, document)
