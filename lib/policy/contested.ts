/** A listener that somebody else changes as well: it is left alone, and somebody hears of it. Pure. */
import { isManaged, lineage, lineageOf } from '../balancers/names.ts'
import { Failure } from '../errors.ts'
import type { TargetEntry } from '../state/document.ts'
import { isFoughtOver } from '../state/repairs.ts'
import type { CertificateSpec, ListenerView, ServedInstead } from '../types.ts'
import { covers } from '../x509/certificate.ts'

export interface Contest {
  readonly spec: Pick<CertificateSpec, 'id' | 'names'>
  readonly environment: string
  readonly now: Date
}

/**
 * Why a target that has served our certificate is left to somebody else; undefined: it is ours, or was changed by chance. Where
 * nothing of ours has ever been served, the first deployment takes the listener over from whatever is there.
 */
export function contention(
  { serves, instead = [] }: Pick<ListenerView, 'serves' | 'instead'>,
  entry: TargetEntry,
  contest: Contest,
): Failure | undefined {
  if (serves || entry.deployed === undefined) return undefined
  const other = instead.find((each) => isOfAnotherNewleaf(each, contest))
  if (other !== undefined)
    return contested(`${entry.name} serves ${other.name}, which another newleaf has put there`, entry.name)
  const [first] = entry.repairs ?? []
  if (first === undefined || !isFoughtOver(entry)) return undefined
  const since = first.toISOString()
  return contested(
    `${entry.name} was put right three times since ${since}, and serves another certificate again`,
    entry.name,
  )
}

/** Of the same environment only what has one of our names itself: a wildcard beside it belongs to another certificate of ours. */
function isOfAnotherNewleaf(
  { name, covers: covered, notAfter }: ServedInstead,
  { spec: { id, names }, environment, now }: Contest,
): boolean {
  const other = lineageOf(name)
  if (other === undefined || other === lineage(environment, id)) return false
  if (notAfter !== undefined && notAfter <= now) return false
  return names.some((wanted) => (isManaged(name, environment) ? covered.includes(wanted) : covers(covered, wanted)))
}

const contested = (what: string, target: string) =>
  new Failure('TARGET_CONTESTED', `${what}: newleaf leaves it as it is`, { fields: { target } })
