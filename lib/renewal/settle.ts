import { isDeepStrictEqual } from 'node:util'
import { isFailure, toFailure } from '../errors.ts'
import { issuersOf, type Observation } from '../observe/observe.ts'
import { digestNow } from '../observe/reference-values.ts'
import { withCurrent } from '../observe/with-current.ts'
import { after, MINUTE, SECOND } from '../platform/clock.ts'
import { requireTime } from '../platform/deadline.ts'
import { mapValues } from '../platform/lookup.ts'
import type { SaltedDigest } from '../platform/salted-digest.ts'
import { isHeldBack, transition } from '../policy/back-off.ts'
import { cooldownsIn, together, withCooldowns } from '../policy/cooldowns.ts'
import { firstCode, healthOf } from '../policy/health.ts'
import { nextLook, nextLookWhileHeld, WHILE_HELD_BACK } from '../policy/next-look.ts'
import { wasWellToday } from '../policy/only-window.ts'
import { renewalTime } from '../policy/renewal-time.ts'
import { type ServingState, servingOfEntry, servingOfResult, servingOfView } from '../policy/serving.ts'
import type { Dependencies } from '../ports.ts'
import { type CertificateDocument, withEvent } from '../state/document.ts'
import { allFailures, withFailures } from '../state/failures.ts'
import { markHealth, moveMarker } from '../state/schedule.ts'
import type { CertificateFacts, Health, Outcome, PlanItem } from '../types.ts'
import { factsOf } from '../x509/facts.ts'
import type { Progress } from './act.ts'
import type { Lease } from './lease.ts'
import { withoutOldLeftBehind } from './left-behind.ts'
import { notify } from './notify.ts'
import { missingFrom } from './plan.ts'

/** Of the writes. */
const WORST_CASE = 15 * SECOND

/**
 * The end of a run with a certificate, the only place where it is written: failures, window, notices, the schedule's marker, what
 * happened, and that the lease is given back. Where nothing was done and there is no news, nothing is written.
 */
export async function settle(
  item: PlanItem,
  observation: Observation | undefined,
  progress: Progress,
  lease: Lease,
  deps: Dependencies,
): Promise<Outcome> {
  const known = endOf(item, observation, progress, lease, deps)
  const references = await referencesIn(known, lease.document, deps)
  const end = references ? endOf(item, observation, { ...progress, references }, lease, deps) : known
  const outcome = (next: Date | undefined, document: CertificateDocument): Outcome => ({
    id: item.spec.id,
    result: end.result,
    decision: item.decision,
    certificate: end.current && factsOf(end.current),
    targets: progress.targets,
    error: progress.error,
    missing: missingFrom(document, item.spec, end.current),
    next,
    health: healthAt(end, document, deps.clock.now()),
  })
  // Whoever has the lease writes the document, and nobody else; should it be dead, the marker that stands there is what it is found by.
  if (item.decision.action === 'wait' && item.decision.reason === 'locked') return outcome(undefined, end.document)
  if (item.decision.action === 'blocked' && end.ranOut) return outcome(undefined, end.document)
  try {
    const { next, document } = await written(end, lease, deps)
    return outcome(next, document)
  } catch (error) {
    // What went wrong first is what must be heard.
    if (progress.error === undefined || isFailure(error, 'LOCKED')) throw error
    const { code, message } = toFailure(error)
    deps.log.warn('the time of the next look could not be saved', { code, reason: message })
    return outcome(undefined, end.document)
  }
}

type Tried = Progress & { readonly references?: SaltedDigest }

/** What the references stood for, where something has failed that is not tried again soon; with the salt of an earlier failure. */
async function referencesIn(
  { item, progress, document }: End,
  { failures }: CertificateDocument,
  deps: Dependencies,
): Promise<SaltedDigest | undefined> {
  const hasFailed = progress.happened.some((each) => 'error' in each && each.error !== undefined)
  const soon = after(deps.clock.now(), WHILE_HELD_BACK)
  if (!hasFailed || !allFailures(document.failures).some((failure) => isHeldBack(failure, soon))) return undefined
  const earlier = allFailures(failures).find((failure) => failure.references !== undefined)
  return digestNow(item.spec, deps, earlier?.references?.salt)
}

/** All that is known at the end, and what is to be remembered of it. */
interface End {
  readonly item: PlanItem
  readonly progress: Tried
  readonly ranOut: boolean
  readonly result: Outcome['result']
  /** What is current, as far as somebody knows. */
  readonly current: CertificateFacts | undefined
  readonly authority: string | undefined
  readonly targets: Readonly<Record<string, ServingState>>
  readonly document: CertificateDocument
  readonly next: Date
}

function endOf(
  item: PlanItem,
  observation: Observation | undefined,
  progress: Tried,
  lease: Lease,
  deps: Dependencies,
): End {
  const { spec, decision } = item
  const now = deps.clock.now()
  const { lease: _given, ...seen } = lease.isHeld ? lease.document : (observation?.document ?? lease.document)
  const live = progress.current
  const isNew = live !== undefined && live.certificate.fingerprint !== item.current?.fingerprint
  const window = isNew ? undefined : item.window
  // A store that cannot be read must not hide how little time is left.
  const current = observation === undefined ? seen.current : live?.certificate
  const authority = observation === undefined ? seen.current?.authority : live?.orderSpec.authority

  // A run that had too little time has not failed: the next one carries on at once.
  const ranOut = progress.error?.code === 'OUT_OF_TIME'
  const result = ranOut ? 'waiting' : progress.error === undefined ? progress.result : 'failed'
  const known = isNew ? withCurrent(seen, live, window, now) : seen // what a look has seen is noted by it
  const document = remembered(known, { item, progress, current, ranOut }, deps)
  const renewAt = live && !spec.imported ? renewalTime(live.certificate, window) : undefined
  const isHeld = decision.action === 'wait' && decision.reason !== 'fresh'
  const next = ranOut
    ? after(now, MINUTE)
    : isHeld
      ? nextLookWhileHeld(decision, document, now)
      : (cooldownOf(item) ?? nextLook(document, { spec, issuers: issuersOf(spec, deps), renewAt, isNew }, now))
  const targets =
    observation === undefined
      ? Object.fromEntries(
          spec.targets.map(({ id, name }) => [name, servingOfEntry(seen.targets[id], current?.fingerprint)]),
        )
      : {
          ...mapValues(item.targets, servingOfView),
          ...mapValues(progress.targets, servingOfResult),
        }
  const end = { item, progress, ranOut, result, current, authority, targets, document, next }
  return { ...end, document: observation === undefined ? document : withLooked(end, now) }
}

/** That all was looked at today and was well: until tomorrow the window may be asked for alone. What is not well is looked at each time. */
function withLooked(end: End, now: Date): CertificateDocument {
  const { looked: earlier, ...document } = end.document
  const { spec, decision } = end.item
  const isWell = decision.action === 'wait' && decision.reason === 'fresh' && healthAt(end, document, now).healthy
  if (!isWell) return document
  return { ...document, looked: wasWellToday(earlier, spec, now) ? earlier : { at: now, configHash: spec.configHash } }
}

/** Until when a target that could not be looked at has asked for patience; of several the last. */
const cooldownOf = ({ decision, targets }: PlanItem): Date | undefined =>
  decision.action === 'wait'
    ? Object.values(targets)
        .flatMap((view) => ('error' in view && view.error.retry === 'after' ? (view.error.retryAfter ?? []) : []))
        .sort((one, other) => other.getTime() - one.getTime())[0]
    : undefined

/** The document with what failed, what is over, and who asked for patience. */
function remembered(
  document: CertificateDocument,
  { item, progress, current, ranOut }: Pick<End, 'item' | 'progress' | 'current' | 'ranOut'>,
  deps: Dependencies,
): CertificateDocument {
  const now = deps.clock.now()
  const { spec } = item
  const at = { configHash: spec.configHash, references: progress.references, current, now }
  const earlier = document.failures ?? {}
  const { happened } = progress
  const through = (results: typeof happened) => results.reduce((known, each) => transition(known, each, at), earlier)
  const failures = ranOut ? earlier : through(happened)
  // Another authority has issued, or time was up: what those before it have asked for in the way of patience counts on.
  const isForgotten = ranOut || happened.some(({ kind }) => kind === 'issued')
  const asked = through(happened.filter(({ kind }) => kind === 'not-issued'))
  const refusedUntil = isForgotten ? cooldownsIn(asked, issuersOf(spec, deps)) : {}
  const cooldowns = together(together(document.cooldowns ?? {}, progress.cooldowns), refusedUntil)
  return withUnfinished(withCooldowns(withFailures(document, failures), cooldowns, now), ranOut, now)
}

function withUnfinished(
  { unfinished: earlier, ...document }: CertificateDocument,
  ranOut: boolean,
  now: Date,
): CertificateDocument {
  if (!ranOut) return document
  return { ...document, unfinished: { count: (earlier?.count ?? 0) + 1, since: earlier?.since ?? now } }
}

function healthAt(
  { item, progress, current, authority, targets }: End,
  document: CertificateDocument,
  now: Date,
): Health {
  const { spec, decision, lost } = item
  const held = decision.action === 'wait' ? decision : undefined
  return healthOf({ spec, current, lost, authority, document, targets, held, undone: progress.error }, now)
}

/** Tells who must hear of it, and writes down how it ended and when to look again. */
async function written(
  end: End,
  lease: Lease,
  deps: Dependencies,
): Promise<{ readonly next: Date; readonly document: CertificateDocument }> {
  const { item, progress, current } = end
  const { spec, decision } = item
  const { id } = spec
  const before = lease.document
  const now = deps.clock.now()
  const { document: notified, next } = await notify(end.document, { spec, current, next: end.next }, deps)
  // Not before: the run that has noted it may have ended before it could tell.
  const left = withoutOldLeftBehind(notified, now)
  if (!lease.isHeld) {
    const { nextLook: planned } = before
    const isNews = !isDeepStrictEqual(left, before) || planned === undefined || planned > next || planned <= now
    if (!isNews) return { next: planned, document: before }
    requireTime(deps.timeLeft, WORST_CASE)
  }
  const document = { ...left, nextLook: next }
  await markHealth(deps.state, id, firstCode(healthAt(end, document, now)))
  const { nextLook: marked } = before
  if (marked?.getTime() !== next.getTime()) await moveMarker(deps.state, id, marked, next)
  if (lease.isHeld) {
    const detail = progress.error?.code ?? ('reason' in decision ? decision.reason : decision.error.code)
    await lease.release(() => withEvent(document, now, end.result, detail))
  } else {
    // Another run may have taken the certificate up meanwhile: it knows more, and a marker too many costs one look.
    await lease
      .release(() => document)
      .catch((error: unknown) => {
        if (!isFailure(error, 'LOCKED')) throw error
      })
  }
  return { next, document }
}
