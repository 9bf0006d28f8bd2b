import { certificateName } from '../balancers/names.ts'
import { isFailure, toFailure } from '../errors.ts'
import { after, HOUR } from '../platform/clock.ts'
import type { Dependencies } from '../ports.ts'
import type { CertificateDocument, Orphan, Superseded } from '../state/document.ts'
import { deletableAt, isSameOrphan, keptUntil, withoutOrphaned } from '../state/orphans.ts'
import { entryOf, isSettled, withEntry } from '../state/targets.ts'
import type { CertificateFacts, CertificateSpec, Target } from '../types.ts'
import type { Lease } from './lease.ts'
import { leftBehind } from './left-behind.ts'

/** How long a superseded certificate stays at its balancer, so that it can be put back at once. */
export const GRACE = 24 * HOUR

type Outside = Pick<Dependencies, 'balancers' | 'clock' | 'log' | 'environment'>

/**
 * Every object of ours but the one that is to stay goes once its grace is over; that one is never on the list. The grace of what
 * was current until now begins now, whatever a run has noted that did not come to replace it.
 */
export function withSuperseded(
  document: CertificateDocument,
  { staying, leaving }: { readonly staying: string; readonly leaving: string | undefined },
  now: Date,
): CertificateDocument {
  const targets = Object.entries(document.targets).map(([id, entry]) => {
    const superseded = entry.objects
      .filter((object) => object !== staying)
      .map((object): Superseded => {
        const known = entry.superseded.find((each) => each.object === object)
        return known === undefined || object === leaving ? { object, after: after(now, GRACE) } : known
      })
    return [id, { ...entry, superseded }] as const
  })
  return { ...document, targets: Object.fromEntries(targets) }
}

/** What a target serves until now, and is superseded because it was behind, has its whole grace there as well. */
export function withGrace(document: CertificateDocument, target: Target, now: Date): CertificateDocument {
  const leaving = entryOf(document, target).deployed?.object
  return leaving === undefined ? document : later(document, target, [leaving], now)
}

/**
 * Deletes what is superseded and past its grace, at each target at which what is current was seen wherever it could be, and what
 * is left at targets that left the configuration. What is still in use, or cannot be asked for, is left for later.
 */
export async function collect(
  spec: CertificateSpec,
  { fingerprint }: Pick<CertificateFacts, 'fingerprint'>,
  lease: Lease,
  deps: Outside,
): Promise<void> {
  for (const target of spec.targets) await collectAt(target, fingerprint, lease, deps)
  const current = certificateName(deps.environment, spec.id, fingerprint)
  for (const orphan of lease.document.orphans) await collectOrphan(orphan, current, lease, deps)
}

async function collectAt(target: Target, fingerprint: string, lease: Lease, deps: Outside): Promise<void> {
  const { clock, log } = deps
  const entry = entryOf(lease.document, target)
  const names = entry.superseded.flatMap((each) => (each.after <= clock.now() ? [each.object] : []))
  if (names.length === 0) return
  const postpone = (left: readonly string[]) => lease.note((document) => later(document, target, left, clock.now()))
  if (!isSettled(entry, fingerprint)) {
    log.info('superseded certificates stay until the current one was seen at every address', { target: target.name })
    return postpone(names)
  }
  const gone = await deletedAt(target, names, lease, deps)
  if (gone.length > 0) lease.note((document) => without(document, target, gone))
  if (gone.length < names.length) postpone(names.filter((name) => !gone.includes(name)))
}

/** What nobody can be asked for any more, or was asked for in vain for days, is left behind. */
async function collectOrphan(orphan: Orphan, current: string, lease: Lease, deps: Outside): Promise<void> {
  const { balancers, clock, log } = deps
  const { name, balancer, listener, objects } = orphan
  const due = objects.filter((each) => each.after <= clock.now())
  if (due.length === 0) return
  const canBeAsked = listener !== undefined && balancers[balancer] !== undefined
  const names = deletableAt(orphan, { targets: lease.document.targets, current }, clock.now())
  const gone = canBeAsked && names.length > 0 ? await deletedAt({ name, balancer, listener }, names, lease, deps) : []
  lease.note((document) => {
    const left = objects.filter(({ object }) => !gone.includes(object))
    if (left.length === 0) return withoutOrphaned(document, orphan, gone)
    if (!canBeAsked || keptUntil(orphan) <= clock.now()) {
      log.warn('certificates are left behind at a target that left the configuration', {
        target: name,
        names: left.map(({ object }) => object),
      })
      const what = left.map(({ object }) => `${object} at ${name}`)
      return leftBehind(
        withoutOrphaned(
          document,
          orphan,
          objects.map(({ object }) => object),
        ),
        what,
        clock.now(),
      )
    }
    const again = after(clock.now(), GRACE)
    const postponed = {
      ...orphan,
      objects: left.map((each) => (each.after > again ? each : { ...each, after: again })),
    }
    return { ...document, orphans: document.orphans.map((each) => (isSameOrphan(each, orphan) ? postponed : each)) }
  })
}

/** Those that are gone now; trouble is told, and holds up nothing. Rejects with LOCKED alone. */
async function deletedAt(
  { name, balancer, listener }: Pick<Target, 'name' | 'balancer' | 'listener'>,
  names: readonly string[],
  lease: Lease,
  { balancers, log }: Outside,
): Promise<readonly string[]> {
  try {
    await lease.ensureHeld()
    const gone = (await balancers[balancer]?.deleteUnused(listener, names)) ?? []
    const left = names.filter((each) => !gone.includes(each))
    if (left.length > 0) log.info('superseded certificates are still in use', { target: name, names: left })
    return gone
  } catch (error) {
    if (isFailure(error, 'LOCKED')) throw error
    const { code, message } = toFailure(error)
    log.warn('superseded certificates could not be deleted', { target: name, code, reason: message })
    return []
  }
}

function without(document: CertificateDocument, target: Target, gone: readonly string[]): CertificateDocument {
  const entry = entryOf(document, target)
  return withEntry(document, target, {
    ...entry,
    objects: entry.objects.filter((object) => !gone.includes(object)),
    superseded: entry.superseded.filter(({ object }) => !gone.includes(object)),
  })
}

function later(
  document: CertificateDocument,
  target: Target,
  names: readonly string[],
  now: Date,
): CertificateDocument {
  const entry = entryOf(document, target)
  const superseded = entry.superseded.map((each) =>
    names.includes(each.object) ? { ...each, after: after(now, GRACE) } : each,
  )
  return superseded.length === 0 ? document : withEntry(document, target, { ...entry, superseded })
}
