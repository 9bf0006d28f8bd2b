import { Failure, retryOf } from '../errors.ts'
import { after, DAY } from '../platform/clock.ts'
import type { StoredCertificate, StoredKey } from '../secrets/codec.ts'
import { fits, isReady, narrowed, sameSet } from '../secrets/intent.ts'
import { budgetSpent } from '../state/budget.ts'
import type { Attempt, CertificateDocument, FailureMemory } from '../state/document.ts'
import { isSetAside } from '../state/rejected.ts'
import { isLost } from '../state/targets.ts'
import type { CertificateSpec, Decision, LaterSight, RenewalWindow, TargetView, Wish } from '../types.ts'
import { covers } from '../x509/certificate.ts'
import { isRecalled, renewalMoment } from '../x509/lifetime.ts'

/** What a look found. Deciding takes nothing else but the time and the wish. */
export interface Seen {
  readonly document: CertificateDocument
  readonly current: StoredCertificate | undefined
  readonly pending: StoredKey | StoredCertificate | undefined
  readonly window: RenewalWindow | undefined
  readonly targets: Readonly<Record<string, TargetView>>
  /** The authority told another time than the clock here. */
  readonly clockWrong?: Failure | undefined
}

/** What of a wish counts for a decision. */
type Asking = Pick<Wish, 'only' | 'force' | 'deploy' | 'unattended'> & {
  /** No time is to be lost, though nobody asks: a back-off of our own does not count. */
  readonly urgent?: boolean
}
type Issue = Extract<Decision, { action: 'issue' }>
type Wait = Extract<Decision, { action: 'wait' }>

/** What the next run does about a certificate, and why. Pure. */
export function decide(spec: CertificateSpec, seen: Seen, now: Date, wish: Asking): Decision {
  const { claim } = seen.document
  if (claim !== undefined && claim.until > now) return { action: 'wait', until: claim.until, because: 'claimed' }
  const trouble = troubleAtEvery(seen.targets)
  if (trouble !== undefined) return stopped(spec, seen.document, trouble, now, wish)

  const wanted = wantedOf(spec, seen, now, wish)
  if (wanted.action === 'stop') return stopped(spec, seen.document, wanted.error, now, wish)
  const isPending = wanted.action === 'deploy' && wanted.because === 'pending'
  const held =
    wanted.action === 'issue'
      ? notYetIssued(spec, seen, wanted, now, wish)
      : isPending
        ? heldBack(spec, seen.document, ['deploy'], now, wish)
        : undefined
  if ((wanted.action === 'issue' || isPending) && held === undefined) return wanted
  // What is current is kept in place, however long the next one takes.
  const repair = wanted.action === 'deploy' && !isPending ? wanted : repairOf(seen, now)
  if (repair !== undefined) return heldBack(spec, seen.document, ['repair'], now, wish) ?? repair
  return held ?? wanted
}

/** What is to be done, if nothing stands in the way. */
function wantedOf(spec: CertificateSpec, seen: Seen, now: Date, asking: Asking): Decision {
  const { document, current, pending, window } = seen
  const { force, deploy = false } = asking
  const kept = narrowed(spec, current?.intent)
  const ready = isReady(pending, spec, current?.intent, now) && !isSetAside(document, pending, isAsked(asking))

  if (spec.imported || deploy) return deployedOnly(spec, seen, now, ready, deploy)
  if (force) return { action: 'issue', because: 'forced' }
  if (ready) return { action: 'deploy', because: 'pending' }
  if (current === undefined) return { action: 'issue', because: 'absent' }
  const renewAt = renewalMoment(current.certificate, window)
  if (!sameSet(current.intent.names, spec.names)) {
    // New names that cannot be had must never keep the old ones from being renewed.
    const degraded = kept !== undefined && renewAt <= now && remembered(spec, document, 'widen') !== undefined
    return { action: 'issue', because: degraded ? 'degraded' : 'names' }
  }
  if (!fits(current.intent, spec)) return { action: 'issue', because: 'config' }
  if (renewAt <= now) return { action: 'issue', because: 'due' }
  if (document.order !== undefined && pending?.kind === 'key' && fits(pending.intent, spec)) {
    return { action: 'issue', because: 'resumed' }
  }
  return restOf(seen, renewAt, now)
}

/** What is done without an order, because a person brings this certificate, or wants no more than that. */
function deployedOnly(
  { id, names, imported }: CertificateSpec,
  seen: Seen,
  now: Date,
  ready: boolean,
  isAsked: boolean,
): Decision {
  if (ready) return { action: 'deploy', because: 'pending' }
  const { current } = seen
  const lacking = imported && current ? names.filter((name) => !covers(current.certificate.names, name)) : []
  if (current !== undefined && isAlive(current, now) && lacking.length === 0) {
    return isAsked ? { action: 'deploy', because: 'asked' } : restOf(seen, current.certificate.notAfter, now)
  }
  const what =
    current === undefined
      ? 'there is no certificate yet'
      : lacking.length > 0
        ? `the certificate does not cover ${lacking.join(', ')}`
        : 'the certificate has expired'
  const how = imported ? `bring one with \`newleaf import ${id} --file FILE\`` : 'order one with `newleaf renew`'
  return { action: 'stop', error: new Failure('CERTIFICATE_MISSING', `${id}: ${what}: ${how}`) }
}

/** Nothing is to be ordered until then. */
function restOf(seen: Seen, until: Date, now: Date): Decision {
  const repair = repairOf(seen, now)
  if (repair !== undefined) return repair
  const blind = Object.values(seen.targets).find((view) => 'error' in view)
  if (blind !== undefined) return { action: 'stop', error: blind.error }
  return { action: 'wait', until, because: 'fresh' }
}

/** The current certificate is not where it belongs, superseded ones are past their grace, or TXT values of ours are left. */
function repairOf({ document, current, targets, clockWrong }: Seen, now: Date): Decision | undefined {
  if (current === undefined) return undefined
  const isElsewhere = Object.values(targets).some(
    (view) => 'serves' in view && (!view.serves || view.sights.some(isAmiss)),
  )
  if (isElsewhere && isAlive(current, now)) return { action: 'deploy', because: 'drift' }
  if (clockWrong === undefined && document.retire.some(({ after: end }) => end <= now))
    return { action: 'deploy', because: 'retire' }
  if (document.txt.length > 0) return { action: 'deploy', because: 'leftovers' }
  return undefined
}

/** What the wire shows, where the API says that the current certificate is served. */
const isAmiss = (sight: LaterSight): boolean =>
  sight.shows === 'other' || sight.shows === 'incomplete' || sight.shows === 'broken' || isLost(sight)

/** What keeps a certificate from being ordered now: a failure that is remembered, or the budget for its set of names. */
function notYetIssued(
  spec: CertificateSpec,
  seen: Seen,
  { because }: Issue,
  now: Date,
  asked: Asking,
): Wait | undefined {
  const { document, current, window } = seen
  const wish = { ...asked, urgent: isNewlyRecalled(seen, now) }
  const kept = narrowed(spec, current?.intent)
  const attempt: Attempt = because !== 'degraded' && kept !== undefined ? 'widen' : 'issue'
  const held =
    heldBack(spec, document, [attempt], now, wish) ??
    heldBack(spec, document, ['issue', 'widen'], now, wish, isTheCasWord)
  if (held !== undefined) return held
  const names = (because === 'degraded' ? kept : spec)?.names ?? []
  const until = budgetSpent(document, names, { current: current?.certificate, window }, now)
  return until && { action: 'wait', until, because: 'budget' }
}

/** What is still as bad as it was counts as one failure until its time comes. */
const stopped = (
  spec: CertificateSpec,
  document: CertificateDocument,
  error: Failure,
  now: Date,
  wish: Asking,
): Decision => heldBack(spec, document, ['look'], now, wish) ?? { action: 'stop', error }

/**
 * The CA has revoked it since the last look, when its window still lay ahead: then a back-off is broken, once for each
 * certificate, however often the CA changes its mind.
 */
const isNewlyRecalled = ({ document: { window: known }, current, window }: Seen, now: Date): boolean =>
  isRecalled(window, now) &&
  known !== undefined &&
  known.fingerprint === current?.certificate.fingerprint &&
  known.recalled !== true &&
  !isRecalled(known, now)

/** A CA that asks for patience, or wants to see a person, means every order. */
const isTheCasWord = ({ code }: FailureMemory) => retryOf(code) === 'after' || code === 'ACME_PAUSED'

/**
 * A remembered failure holds until its time, unless the configuration has changed since or somebody asks by name; a CA's own
 * word about when to come back holds for everybody, and a paused account until somebody asks by name.
 */
function heldBack(
  spec: CertificateSpec,
  document: CertificateDocument,
  attempts: readonly Attempt[],
  now: Date,
  asking: Asking,
  counts: (failure: FailureMemory) => boolean = () => true,
): Wait | undefined {
  const { urgent = false } = asking
  for (const attempt of attempts) {
    const failure = document.failures?.[attempt]
    if (failure === undefined || !counts(failure)) continue
    const { code, notBefore: until, configHash } = failure
    if (retryOf(code) === 'after' && until > now) return { action: 'wait', until, because: 'retry-after' }
    if (isAsked(asking) || configHash !== spec.configHash) continue
    if (code === 'ACME_PAUSED') return { action: 'wait', until: after(now, DAY), because: 'paused' }
    if (until > now && !urgent) return { action: 'wait', until, because: 'back-off' }
  }
  return undefined
}

/** Whether a person waits for just this. */
const isAsked = ({ only, force, deploy = false, unattended = false }: Asking): boolean =>
  force || deploy || (only !== undefined && !unattended)

const remembered = ({ configHash }: CertificateSpec, { failures }: CertificateDocument, attempt: Attempt) =>
  failures?.[attempt]?.configHash === configHash ? failures[attempt] : undefined

/** One target in trouble does not hold up the others; trouble at each of them means that nothing could be deployed. */
function troubleAtEvery(targets: Seen['targets']): Failure | undefined {
  const views = Object.values(targets)
  const errors = views.flatMap((view) => ('error' in view ? [view.error] : []))
  if (errors.length < views.length) return undefined
  // Who asked for patience is left alone; who did not is tried again sooner.
  return errors.find(({ retry }) => retry !== 'after') ?? errors[0]
}

const isAlive = ({ certificate }: StoredCertificate, now: Date) => certificate.notAfter > now
