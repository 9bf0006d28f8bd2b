/** Targets that were renamed keep what is remembered of them; those that left the configuration become orphans. */
import { isDeepStrictEqual } from 'node:util'
import { after, DAY } from '../platform/clock.ts'
import type { Target } from '../types.ts'
import type { CertificateDocument, Orphan, Superseded, TargetEntry } from './document.ts'

/** So long an orphan's certificates are asked to be deleted, while they can be. */
const KEPT_FOR = 7 * DAY

/**
 * The document for the targets of this configuration. `resources`: by the id of a target, what its vendor calls its listener for
 * good, as far as somebody could look. Pure; the same object if there is no news.
 */
export function forTargets(
  document: CertificateDocument,
  targets: readonly Target[],
  resources: Readonly<Record<string, string | undefined>>,
  now: Date,
): CertificateDocument {
  const configured = new Set(targets.map(({ id }) => id))
  const left = new Map(Object.entries(document.targets).filter(([id]) => !configured.has(id)))
  const orphans = [...document.orphans]
  const kept: Record<string, TargetEntry> = {}
  for (const target of targets) {
    const { id, name, balancer, listener } = target
    const resource = resources[id] ?? document.targets[id]?.resource
    const where = { name, balancer, listener, ...(resource === undefined ? {} : { resource }) }
    const former = document.targets[id] ? id : formerIdOf(target, resource, left)
    const known = former === undefined ? undefined : document.targets[former]
    if (former !== undefined) left.delete(former)
    const orphan = orphans.findIndex((each) => isSameListener(each, where))
    const [again] = orphan < 0 ? [] : orphans.splice(orphan, 1)
    // A target is known once somebody could look at it, or once it was given something.
    if (known === undefined && again === undefined && resource === undefined) continue
    kept[id] = rejoined({ ...(known ?? UNKNOWN), ...where }, again)
  }
  // Whoever cannot be looked at now may be one of those that are missing.
  const isWhole = targets.every(({ id }) => kept[id] !== undefined)
  if (!isWhole) for (const [id, entry] of left) kept[id] = entry
  else for (const entry of left.values()) orphans.push(...orphanOf(entry, now))
  const next = { ...document, targets: kept, orphans }
  return isDeepStrictEqual(next, document) ? document : next
}

const UNKNOWN = { verified: false, addresses: {}, objects: [], superseded: [] } as const

/** The same listener under another name: by its resource, or as an earlier version called it, which knew no ids. */
function formerIdOf(
  { name }: Target,
  resource: string | undefined,
  left: ReadonlyMap<string, TargetEntry>,
): string | undefined {
  const same = [...left].find(
    ([, entry]) =>
      (resource !== undefined && entry.resource === resource) || (entry.listener === undefined && entry.name === name),
  )
  return same?.[0]
}

type Where = Pick<Orphan, 'balancer' | 'listener' | 'resource'>

const isSameListener = (orphan: Where, target: Where & Pick<Target, 'listener'>): boolean =>
  (orphan.resource !== undefined && orphan.resource === target.resource) ||
  (orphan.balancer === target.balancer && isDeepStrictEqual(orphan.listener, target.listener))

/** A target that is configured again looks after what it had left. */
const rejoined = (entry: TargetEntry, again: Orphan | undefined): TargetEntry =>
  again === undefined
    ? entry
    : { ...entry, objects: [...new Set([...entry.objects, ...again.objects.map(({ object }) => object)])] }

function orphanOf({ name, balancer, listener, resource, objects, superseded }: TargetEntry, now: Date): [Orphan] | [] {
  if (objects.length === 0) return []
  const timed = objects.map(
    (object): Superseded => superseded.find((each) => each.object === object) ?? { object, after: now },
  )
  return [{ name, balancer, ...(listener && { listener }), ...(resource && { resource }), objects: timed, since: now }]
}

/** Until when somebody tries to delete what an orphan has left. */
export const keptUntil = ({ since }: Orphan): Date => after(since, KEPT_FOR)

/**
 * What may be deleted at an orphan now. What another target at the same balancer may have to go back to stays: both may be
 * listeners of one load balancer, which holds an object once.
 */
export function deletableAt(
  { balancer, objects }: Orphan,
  { targets, current }: Pick<CertificateDocument, 'targets'> & { readonly current: string | undefined },
  now: Date,
): string[] {
  const needed = Object.values(targets)
    .filter((entry) => entry.balancer === balancer)
    .flatMap((entry) => entry.objects.filter((object) => object !== current && !isOver(entry, object, now)))
  return objects.flatMap(({ object, after: from }) => (from <= now && !needed.includes(object) ? [object] : []))
}

const isOver = ({ superseded }: TargetEntry, object: string, now: Date): boolean =>
  superseded.some((each) => each.object === object && each.after <= now)

/** The document without those objects of an orphan, and without the orphan once it has none. */
export const withoutOrphaned = (
  document: CertificateDocument,
  { name, since }: Orphan,
  gone: readonly string[],
): CertificateDocument => ({
  ...document,
  orphans: document.orphans.flatMap((each) => {
    if (each.name !== name || each.since.getTime() !== since.getTime()) return [each]
    const objects = each.objects.filter(({ object }) => !gone.includes(object))
    return objects.length === 0 ? [] : [{ ...each, objects }]
  }),
})
