import { isDeepStrictEqual } from 'node:util'
import { certificateName } from '../balancers/names.ts'
import { isFailure } from '../errors.ts'
import { SECOND } from '../platform/clock.ts'
import { requireTime } from '../platform/deadline.ts'
import { healthSeen, wordFor } from '../policy/health.ts'
import type { World } from '../ports.ts'
import {
  type CertificateDocument,
  documentKey,
  type FailureMemory,
  readDocument,
  withFailures,
} from '../state/document.ts'
import { waitsIn, withWaits } from '../state/patience.ts'
import { withProof, withSights } from '../state/targets.ts'
import { markHealth, moveWake } from '../state/wake.ts'
import type { Decision, PlanItem, RenewalWindow } from '../types.ts'
import { factsOf } from '../x509/facts.ts'
import { isRecalled } from '../x509/lifetime.ts'
import { nextAdvice, nextLook, remember, soon } from './next-look.ts'
import { tell } from './tell.ts'

export interface Watched {
  /** When to look again. */
  readonly next: Date
  /** What is remembered now. */
  readonly document: CertificateDocument
}

/** Of the writes. */
const WORST_CASE = 15 * SECOND

/**
 * Nothing can be done, or nothing is to be done: tells who must hear of it, and notes the CA's window, what stood in the way,
 * and when to look again, if that is news. Resolves to undefined when another run has it: that one notes it,
 * and should it be dead, the marker that stands there is what it is found by.
 */
export async function keepWatch(item: PlanItem, world: World): Promise<Watched | undefined> {
  const { state, clock, environment } = world
  const { document: stored, tag } = await readDocument(item.spec.id, world)
  const now = clock.now()
  // Whoever holds the claim writes the document, and nobody else.
  if (stored.claim !== undefined && stored.claim.until > now) return undefined
  const { claim: _over, ...document } = stored

  // A store that cannot be read must not hide how little time is left.
  const known = item.current ? item : { ...item, current: document.current, authority: document.current?.authority }
  const waits = waitsIn(document, item.spec.targets, item.targets)
  const watched = withWaits(watching(document, known, environment, now), waits, now)
  const planned = isHeld(item.decision) ? heldUntil(item.decision, watched, now) : nextLook(watched, item.renewAt, now)
  const { document: noted, next } = await tell(watched, { ...known, next: planned }, world)
  const { wake } = document
  const isNews = !isDeepStrictEqual(noted, stored) || wake === undefined || wake > next || wake <= now
  if (!isNews) return { next: wake, document: stored }
  requireTime(world.timeLeft, WORST_CASE)
  await markHealth(state, item.spec.id, wordFor(healthSeen(item, { ...noted, wake: next }, now)))
  await moveWake(state, item.spec.id, wake, next)
  try {
    await state.write(documentKey(item.spec.id), { ...noted, environment, wake: next }, tag)
  } catch (error) {
    // Another run has taken the certificate up in the meantime; it knows more, and a marker too many costs one look.
    if (!isFailure(error, 'STATE_CONFLICT')) throw error
  }
  return { next, document: { ...noted, wake: next } }
}

function watching(document: CertificateDocument, item: PlanItem, environment: string, now: Date): CertificateDocument {
  const watched = withViews(withCurrent(document, item, now), item, environment, now)
  const { decision, spec, current } = item
  if (decision.action === 'stop') {
    const look = remember(decision.error, document.failures?.look, spec.configHash, current, now)
    return withFailures(watched, { ...watched.failures, look })
  }
  if (isHeld(decision)) return watched
  // All is as it should be. Of what failed, only an order that nobody may try again yet is still of interest.
  const isLasting = (failure: FailureMemory | undefined) =>
    failure !== undefined && failure.notBefore > now && failure.configHash === spec.configHash
  const { issue, widen } = watched.failures ?? {}
  return withFailures(watched, {
    issue: isLasting(issue) ? issue : undefined,
    widen: isLasting(widen) ? widen : undefined,
  })
}

/** What the look has seen of the addresses: one that was never reached may have been now. */
function withViews(
  document: CertificateDocument,
  { spec, current, targets }: PlanItem,
  environment: string,
  now: Date,
): CertificateDocument {
  if (current === undefined) return document
  let seen = document
  for (const [target, view] of Object.entries(targets)) {
    if ('error' in view || !view.serves) continue
    const { fingerprint } = current
    // A state that was lost is made up from what is seen.
    if (seen.targets[target]?.fingerprint !== fingerprint) {
      const given = { fingerprint, name: certificateName(environment, spec.id, fingerprint) }
      seen = withProof(seen, target, given, [], now)
    }
    seen = withSights(seen, target, view.sights, now)
  }
  return seen
}

type Held = Extract<Decision, { action: 'wait' }>

/** A wait that ends at a known moment. */
const isHeld = (decision: Decision): decision is Held => decision.action === 'wait' && decision.because !== 'fresh'

/** As long as a certificate can be looked at, its CA is asked for its window, whatever holds the renewal back. */
function heldUntil({ until }: Held, document: CertificateDocument, now: Date): Date {
  const asked = document.failures?.look === undefined ? nextAdvice(document, now) : until
  return soon(asked < until ? asked : until, now)
}

/** The document with the current certificate that was seen, and its window; the same object if there is no news. */
export function withCurrent(
  document: CertificateDocument,
  { current, authority, window }: Pick<PlanItem, 'current' | 'authority' | 'window'>,
  now: Date,
): CertificateDocument {
  if (current === undefined) return document
  const isNoted = document.current?.fingerprint === current.fingerprint && document.current.authority === authority
  const facts = { ...factsOf(current), ...(authority === undefined ? {} : { authority }) }
  const seen = isNoted ? document : { ...document, current: facts }
  if (window === undefined || isKnown(document.window, current.fingerprint, window)) return seen
  const { start, end, checkAfter, explanation } = window
  const earlier = document.window?.fingerprint === current.fingerprint && document.window.recalled
  return {
    ...seen,
    window: {
      fingerprint: current.fingerprint,
      start,
      end,
      checkAfter,
      ...(explanation === undefined ? {} : { explanation }),
      ...(earlier || isRecalled(window, now) ? { recalled: true } : {}),
    },
  }
}

const isKnown = (known: CertificateDocument['window'], fingerprint: string, { checkAfter }: RenewalWindow) =>
  known?.fingerprint === fingerprint && known.checkAfter.getTime() === checkAfter.getTime()
