import { certificateName } from '../balancers/names.ts'
import { Failure, isFailure, toFailure } from '../errors.ts'
import { after, MINUTE } from '../platform/clock.ts'
import { mapValues } from '../platform/named.ts'
import { healthOf, said, sightOfResult, sightOfView, wordFor } from '../policy/health.ts'
import type { World } from '../ports.ts'
import { isCertificate, readStages, type Staged, type Stages, secretName } from '../secrets/certificate.ts'
import { encode, type StoredCertificate } from '../secrets/codec.ts'
import { isReady, narrowed, uncovered } from '../secrets/intent.ts'
import { withIssued } from '../state/budget.ts'
import {
  type Attempt,
  type CertificateDocument,
  type FailureMemory,
  withEvent,
  withFailures,
} from '../state/document.ts'
import { patient, type Waits, waitsIn, withWaits } from '../state/patience.ts'
import { isSetAside, withoutRejection, withRejection } from '../state/rejected.ts'
import { markHealth, moveWake } from '../state/wake.ts'
import type { CertificateFacts, CertificateSpec, DueItem, Outcome, TargetResult } from '../types.ts'
import { factsOf } from '../x509/facts.ts'
import { renewalMoment } from '../x509/lifetime.ts'
import { type Claim, claim } from './claim.ts'
import { deploy } from './deploy.ts'
import { issue } from './issue.ts'
import { withCurrent } from './keep-watch.ts'
import { nextLook, remember } from './next-look.ts'
import { cleanUp } from './prove.ts'
import { retire, superseded } from './retire.ts'
import { step } from './step.ts'
import { tell } from './tell.ts'

/** The renewal of one certificate, from the claim to the last superseded object. It begins wherever an earlier run ended. */
export async function renew(item: DueItem, outside: World): Promise<Outcome> {
  const held = await step('claim', outside, () => claim(item.spec.id, outside))
  const waits = waitsIn(held.document, item.spec.targets, item.targets)
  const world = patient(outside, waits)
  const end: End = { result: 'kept', live: item.current, authority: item.authority, targets: {}, issued: false, waits }
  try {
    if (held.document.txt.length > 0) await cleanUp(held, world)
    let stages = await readStages(item.spec.id, world)
    // A run that was frozen may promote what is pending between the two reads, so that it is seen in neither.
    const isMissed = item.decision.because === 'pending' && stages.pending === undefined
    if (isMissed) stages = await readStages(item.spec.id, world)
    end.live = stages.current?.stored.certificate
    end.authority = stages.current?.stored.intent.authority
    end.pending = stages.pending !== undefined && isCertificate(stages.pending)
    if (isOvertaken(item, stages, held, world.clock.now())) return await conclude(item, held, end, world)

    const chosen = await choose(item, stages, held, world)
    const { certificate, intent } = chosen.stored
    end.issued = item.decision.action === 'issue'
    const previous = stages.current?.stored.certificate
    end.targets = await deploy({ spec: item.spec, certificate, previous, sights: sightsIn(item) }, held, world)
    end.error = firstError(end.targets)
    if (mayPromote(end.targets)) {
      await promote(item, chosen, stages, held, world)
      end.live = certificate
      end.authority = intent.authority
      if (held.document.retire.length > 0 && item.clockWrong === undefined)
        await step('retire', world, () => retire(item.spec, certificate, held, world))
    } else if (certificate.fingerprint !== previous?.fingerprint) {
      await held.note((document) => withRejection(document, certificate.fingerprint, end.targets, world.clock.now()))
    }
    end.result = item.decision.action === 'issue' ? 'renewed' : 'deployed'
  } catch (error) {
    end.error = toFailure(error)
    if (end.error.code === 'CLAIMED') throw error
  }
  return conclude(item, held, end, world).catch((error: unknown) => {
    throw end.error ?? error // what went wrong first is what must be heard
  })
}

/** Somebody has renewed it since the plan was made, or has got as far as a certificate to deploy: what was decided no longer holds. */
function isOvertaken(
  { spec, decision, current: planned }: DueItem,
  { current, pending }: Stages,
  { document }: Pick<Claim, 'document'>,
  now: Date,
): boolean {
  if (current?.stored.certificate.fingerprint !== planned?.fingerprint) return true
  const ordering = decision.action === 'issue' && decision.because !== 'forced'
  const ready = ordering && isReady(pending?.stored, spec, current?.stored.intent, now)
  return ready && !isSetAside(document, pending?.stored, false)
}

/** What the look that led to this run has seen of each target. */
const sightsIn = ({ targets }: DueItem) => mapValues(targets, (view) => ('error' in view ? [] : view.sights))

/** What is to be deployed: a new certificate, the one that is pending, or the current one again. */
async function choose(item: DueItem, stages: Stages, held: Claim, world: World): Promise<Staged<StoredCertificate>> {
  const { pending, current } = stages
  const { decision } = item
  if (decision.action === 'issue') return issue(scopeOf(item, stages), stages, held, world)
  if (decision.because === 'pending' && pending !== undefined && isCertificate(pending)) {
    // A run that ended right after it had stored it could not note that any more.
    const { intent, certificate } = pending.stored
    const now = world.clock.now()
    if (held.document.order !== undefined)
      await held.note((document) => withIssued(document, intent.names, now, certificate))
    return pending
  }
  if (current !== undefined) return current
  throw new Failure('STORE_UNREADABLE', 'the certificate that was to be deployed is no longer in the secrets store')
}

/** The names that are ordered: all, or those alone that the current certificate has. */
const scopeOf = ({ spec, decision }: DueItem, { current }: Stages): CertificateSpec =>
  (decision.because === 'degraded' ? narrowed(spec, current?.stored.intent) : undefined) ?? spec

/**
 * A certificate becomes current when some target serves it and none was seen to serve it wrongly. A target that is gone
 * or cannot be reached does not hold it up: the next run finds it behind and brings it up.
 */
const mayPromote = (results: Record<string, TargetResult>): boolean => {
  const all = Object.values(results)
  return (
    all.some(({ state }) => state !== 'failed') &&
    !all.some((result) => result.state === 'failed' && isFailure(result.error, 'VERIFY_FAILED'))
  )
}

/**
 * What is superseded is noted first, and that what was rejected before it is of no interest any more: a run that ends in between
 * must not leave an object behind that nobody looks for, nor a word about a certificate that nobody brings to a target.
 */
async function promote(
  item: DueItem,
  chosen: Staged<StoredCertificate>,
  { live, pending, current }: Stages,
  held: Claim,
  world: World,
): Promise<void> {
  const nameOf = ({ stored }: Staged<StoredCertificate>) =>
    certificateName(world.environment, item.spec.id, stored.certificate.fingerprint)
  const names = { staying: nameOf(chosen), leaving: current && nameOf(current) }
  const isNew = names.staying !== names.leaving
  await held.note((document) => ({
    ...(isNew ? withoutRejection(document) : document),
    retire: superseded(document, names, world.clock.now()),
  }))
  // A run that was overtaken may have staged once more what is current: promoting it again takes it off.
  if (chosen.version === live && chosen.version !== pending?.version) return
  await step('promote', world, async () => {
    const secret = secretName(item.spec.id)
    try {
      await world.secrets.promote(secret, chosen.version, live)
    } catch (error) {
      if (!isFailure(error, 'SECRET_CONFLICT')) throw error
      // A run that was frozen may have staged its key over it; what is ours is staged again, and is the same version.
      await held.note((document) => document)
      await world.secrets.stage(secret, encode(chosen.stored))
      await world.secrets.promote(secret, chosen.version, live)
    }
  })
}

/** How far it came; filled in as it goes. */
interface End {
  result: Outcome['result']
  live: CertificateFacts | undefined
  /** Who issued it. */
  authority: string | undefined
  /** Whether a new one waits to be brought to the targets. */
  pending?: boolean
  targets: Record<string, TargetResult>
  /** Whether the certificate that was to be ordered is there. */
  issued: boolean
  readonly waits: Waits
  error?: Failure | undefined
}

/** Tells who must hear of it, writes down how it ended and when to look again, and gives the claim back. */
async function conclude(item: DueItem, held: Claim, end: End, world: World): Promise<Outcome> {
  const { spec, decision } = item
  const { live, authority, targets, error, waits } = end
  const isNew = live !== undefined && live.fingerprint !== item.current?.fingerprint
  const window = isNew ? undefined : item.window
  const now = world.clock.now()

  // A run that had too little time has not failed: the next one carries on at once.
  const ranOut = error?.code === 'OUT_OF_TIME'
  const noted = withFailures(
    withWaits(withCurrent(held.document, { current: live, authority, window }, now), waits, now),
    ranOut ? (held.document.failures ?? {}) : failuresAfter(item, held.document, end, now),
  )
  const renewAt = live && !spec.imported ? renewalMoment(live, window) : undefined
  const planned = ranOut ? after(now, MINUTE) : nextLook(noted, renewAt, now, isNew)
  const { document, next } = await tell(
    withUnfinished(noted, ranOut, now),
    { spec, current: live, next: planned },
    world,
  )
  const result = ranOut ? 'waiting' : error !== undefined ? 'failed' : end.result

  const health = healthOf(
    {
      ...{ spec, current: live, authority, document: { ...document, wake: next } },
      targets: { ...mapValues(item.targets, sightOfView), ...mapValues(targets, sightOfResult) },
      undone: error && said(error),
    },
    now,
  )
  await markHealth(world.state, spec.id, wordFor(health))
  await moveWake(world.state, spec.id, held.document.wake, next)
  await held.release(() => withEvent({ ...document, wake: next }, now, result, error?.code ?? decision.because))
  const missing = document.failures?.widen === undefined ? [] : uncovered(spec, live)
  return { id: spec.id, result, decision, certificate: live && factsOf(live), targets, error, missing, next, health }
}

function withUnfinished(
  { unfinished: earlier, ...document }: CertificateDocument,
  ranOut: boolean,
  now: Date,
): CertificateDocument {
  if (!ranOut) return document
  return { ...document, unfinished: { count: (earlier?.count ?? 0) + 1, since: earlier?.since ?? now } }
}

/** What is remembered now: what was tried has failed again, or is over; what was not tried is as it was. */
function failuresAfter(
  { spec, decision, current }: DueItem,
  { failures: earlier = {} }: CertificateDocument,
  { live, issued, error, pending }: End,
  now: Date,
): { readonly [A in Attempt]?: FailureMemory | undefined } {
  const wider = decision.action === 'issue' && decision.because !== 'degraded' && uncovered(spec, current).length > 0
  const order = wider && live !== undefined ? 'widen' : 'issue'
  const failed = (attempt: Attempt) => error && remember(error, earlier[attempt], spec.configHash, live, now)

  const seen = { ...earlier, look: undefined }
  if (decision.action === 'issue' && !issued) return error ? { ...seen, [order]: failed(order) } : seen
  if (decision.action === 'deploy' && decision.because !== 'pending') {
    // What is current is brought to its targets again: that says nothing about a new one, if there is one.
    const { deploy } = earlier
    return { ...seen, deploy: pending ? deploy : undefined, repair: failed('repair') }
  }
  const deployed = { ...seen, repair: undefined, deploy: failed('deploy') }
  if (decision.action === 'deploy') return deployed
  return decision.because === 'degraded' ? { ...deployed, issue: undefined } : { deploy: deployed.deploy }
}

/** The first that is to be tried again soonest: who asked for patience is left alone anyway. */
function firstError(results: Record<string, TargetResult>): Failure | undefined {
  const errors = Object.values(results).flatMap((result) => (result.state === 'failed' ? [result.error] : []))
  return errors.find(({ retry }) => retry !== 'after') ?? errors[0]
}
