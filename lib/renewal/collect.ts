import { isFailure, toFailure } from '../errors.ts'
import { after, HOUR } from '../platform/clock.ts'
import { named } from '../platform/named.ts'
import type { World } from '../ports.ts'
import type { CertificateDocument } from '../state/document.ts'
import { isSettled } from '../state/targets.ts'
import type { CertificateFacts, CertificateSpec } from '../types.ts'
import type { Claim } from './claim.ts'

/** How long a superseded certificate stays at its balancer, so that it can be put back at once. */
export const GRACE = 24 * HOUR

/**
 * Every object of ours but the one that is to stay goes once its grace is over; that one is never on the list. The grace of what
 * was current until now begins now, whatever a run has noted that did not come to replace it.
 */
export function superseded(
  document: CertificateDocument,
  { staying, leaving }: { readonly staying: string; readonly leaving: string | undefined },
  now: Date,
): CertificateDocument['retire'] {
  return Object.entries(document.uploaded).flatMap(([target, names]) =>
    names
      .filter((name) => name !== staying)
      .map((name) => {
        const known = document.retire.find((entry) => entry.target === target && entry.name === name)
        return known === undefined || name === leaving ? { target, name, after: after(now, GRACE) } : known
      }),
  )
}

/** What a target serves until now, and is on the list because it was behind, has its whole grace there as well. */
export function withGrace(document: CertificateDocument, target: string, now: Date): CertificateDocument {
  const leaving = document.targets[target]?.name
  return leaving === undefined ? document : later(document, target, [leaving], now)
}

/**
 * Deletes what is superseded and past its grace, at each target at which what is current was seen wherever it could be. What is
 * still in use, or cannot be asked for, is left for later.
 */
export async function retire(
  spec: CertificateSpec,
  { fingerprint }: Pick<CertificateFacts, 'fingerprint'>,
  held: Claim,
  { balancers, clock, log }: Pick<World, 'balancers' | 'clock' | 'log'>,
): Promise<void> {
  const due = held.document.retire.filter((entry) => entry.after <= clock.now())
  for (const target of spec.targets) {
    const names = due.filter((entry) => entry.target === target.name).map(({ name }) => name)
    if (names.length === 0) continue
    if (!isSettled(held.document, target.name, fingerprint)) {
      log.info('superseded certificates stay until the current one was seen at every address', { target: target.name })
      await held.note((document) => later(document, target.name, names, clock.now()))
      continue
    }
    try {
      await held.confirm()
      const gone = await named(balancers, target.balancer).retire(target.listener, names)
      await held.note((document) => without(document, target.name, gone))
      const left = names.filter((name) => !gone.includes(name))
      if (left.length > 0) {
        log.info('superseded certificates are still in use', { target: target.name, names: left })
        await held.note((document) => later(document, target.name, left, clock.now()))
      }
    } catch (error) {
      if (isFailure(error, 'CLAIMED')) throw error
      const { code, message } = toFailure(error)
      log.warn('superseded certificates could not be deleted', { target: target.name, code, reason: message })
      await held.note((document) => later(document, target.name, names, clock.now()))
    }
  }
}

function without(document: CertificateDocument, target: string, gone: readonly string[]): CertificateDocument {
  const kept = (document.uploaded[target] ?? []).filter((name) => !gone.includes(name))
  return {
    ...document,
    uploaded: { ...document.uploaded, [target]: kept },
    retire: document.retire.filter((entry) => entry.target !== target || !gone.includes(entry.name)),
  }
}

const later = (
  document: CertificateDocument,
  target: string,
  names: readonly string[],
  now: Date,
): CertificateDocument => ({
  ...document,
  retire: document.retire.map((entry) =>
    entry.target === target && names.includes(entry.name) ? { ...entry, after: after(now, GRACE) } : entry,
  ),
})
