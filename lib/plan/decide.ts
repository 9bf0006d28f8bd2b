import type { Failure } from '../errors.ts'
import { retryOf } from '../errors.ts'
import type { StoredCertificate, StoredKey } from '../secrets/codec.ts'
import { fits, sameSet } from '../secrets/intent.ts'
import type { CertificateDocument } from '../state/document.ts'
import type { CertificateSpec, Decision, RenewalWindow, TargetView, Wish } from '../types.ts'
import { renewalMoment } from '../x509/lifetime.ts'

/** What a look found. Deciding takes nothing else but the time and the wish. */
export interface Seen {
  readonly document: CertificateDocument
  readonly current: StoredCertificate | undefined
  readonly pending: StoredKey | StoredCertificate | undefined
  readonly window: RenewalWindow | undefined
  readonly targets: Readonly<Record<string, TargetView>>
}

/** What of a wish counts for a decision. */
type Asking = Pick<Wish, 'only' | 'force' | 'unattended'>

/** What the next run does about a certificate, and why. Pure. */
export function decide(spec: CertificateSpec, seen: Seen, now: Date, wish: Asking): Decision {
  const { claim, order } = seen.document
  if (claim !== undefined && claim.until > now) return { action: 'wait', until: claim.until, because: 'claimed' }

  const held = heldBack(spec, seen.document, now, wish)
  if (held !== undefined) return held

  const trouble = troubleAtEvery(seen.targets)
  if (trouble !== undefined) return { action: 'stop', error: trouble }

  if (wish.force) return { action: 'issue', because: 'forced' }
  if (seen.pending?.kind === 'certificate' && fits(seen.pending.intent, spec) && isAlive(seen.pending, now)) {
    return { action: 'deploy', because: 'pending' }
  }
  if (seen.current === undefined) return { action: 'issue', because: 'absent' }
  if (!sameSet(seen.current.intent.names, spec.names)) return { action: 'issue', because: 'names' }
  if (!fits(seen.current.intent, spec)) return { action: 'issue', because: 'config' }

  const renewAt = renewalMoment(seen.current.certificate, seen.window)
  if (renewAt <= now) return { action: 'issue', because: 'due' }
  if (order !== undefined) return { action: 'issue', because: 'resumed' }

  const views = Object.values(seen.targets)
  if (views.some((view) => 'serves' in view && !view.serves)) return { action: 'deploy', because: 'drift' }
  if (seen.document.retire.some(({ after }) => after <= now)) return { action: 'deploy', because: 'retire' }
  const blind = views.find((view) => 'error' in view)
  if (blind !== undefined) return { action: 'stop', error: blind.error }
  return { action: 'wait', until: renewAt, because: 'fresh' }
}

/** A remembered failure holds until its time, unless the configuration has changed since; a CA's own word holds for everybody. */
function heldBack(
  { configHash }: CertificateSpec,
  { failure }: CertificateDocument,
  now: Date,
  { only, force, unattended = false }: Asking,
): Decision | undefined {
  if (failure === undefined || failure.notBefore <= now) return undefined
  if (retryOf(failure.code) === 'after') return { action: 'wait', until: failure.notBefore, because: 'retry-after' }
  if (force || (only !== undefined && !unattended) || failure.configHash !== configHash) return undefined
  return { action: 'wait', until: failure.notBefore, because: 'back-off' }
}

/** One target in trouble does not hold up the others; trouble at each of them means that nothing could be deployed. */
function troubleAtEvery(targets: Seen['targets']): Failure | undefined {
  const views = Object.values(targets)
  const errors = views.flatMap((view) => ('error' in view ? [view.error] : []))
  return errors.length === views.length ? errors[0] : undefined
}

const isAlive = ({ certificate }: StoredCertificate, now: Date) => certificate.notAfter > now
