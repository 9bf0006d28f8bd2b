/**
 * What the next run does about a certificate, and why. Pure: deciding takes what was observed, the time and the request, and
 * nothing else. The checks are asked in the order of their lists, and the first that answers says what is to be done; what
 * may keep that from being done now stands in holds.ts.
 */
import { Failure } from '../errors.ts'
import { earliestRetry } from '../failures.ts'
import { leaseAt } from '../state/document.ts'
import { failuresAt } from '../state/failures.ts'
import type { CertificateSpec, Decision } from '../types.ts'
import { covers } from '../x509/certificate.ts'
import { removable } from './challenge-records.ts'
import { holdOf, isAsked, issuersFree } from './holds.ts'
import type { DecisionInput, Observed, RequestFlags } from './observed.ts'
import { isReady, matches, reduced, sameSet } from './order-spec.ts'
import { isOutdated, lostFromStore } from './outdated.ts'
import { isSetAside } from './rejected.ts'
import { renewalTime } from './renewal-time.ts'
import { refusalEverywhere } from './room.ts'
import { locked, noCertificate } from './sentences.ts'
import { isAmiss } from './serving.ts'

type IssueDecision = Extract<Decision, { action: 'issue' }>
/** What is to be done if nothing holds it back; which authorities may be asked is found out once an order is wanted. */
type Wanted = Exclude<Decision, IssueDecision> | Omit<IssueDecision, 'authorities'>
type Check = (input: DecisionInput) => Wanted | undefined

/** Asked first, of every certificate. */
const GATES: readonly Check[] = [isLocked, isTroubleEverywhere]
/** Of a certificate that newleaf orders. */
const ORDERED: readonly Check[] = [
  ...[isForced, isPending, isAbsent, hasOtherNames, hasOtherConfig, isDue, isUnderWay],
  ...[isOutdated, isDrifted, isSomethingLeft, isBlind],
]
/** Of one that a person brings, and of any when no more is wanted than to bring it to its targets again. */
const DEPLOYED_ONLY: readonly Check[] = [
  ...[isPending, isMissing, isOutdated, isAskedFor],
  ...[isDrifted, isSomethingLeft, isBlind],
]
/** What is current is kept in place, however long the next one takes. */
const MEANWHILE: readonly Check[] = [isOutdated, isDrifted, isSomethingLeft]

export function decide(spec: CertificateSpec, observed: Observed, now: Date, request: RequestFlags): Decision {
  const input = { spec, observed, now, request }
  return permitted(firstOf([...GATES, ...checksFor(input)], input) ?? fresh(input), input)
}

const checksFor = ({ spec, request }: DecisionInput) => (spec.imported || request.deploy ? DEPLOYED_ONLY : ORDERED)

function firstOf(checks: readonly Check[], input: DecisionInput): Wanted | undefined {
  for (const check of checks) {
    const decision = check(input)
    if (decision !== undefined) return decision
  }
  return undefined
}

/** What is wanted, or what is done as long as that is held back. */
function permitted(wanted: Wanted, input: DecisionInput): Decision {
  switch (wanted.action) {
    case 'blocked': // what is still as bad as it was counts as one failure until its next try
      return lookedAtLater(wanted.error, input) ?? holdOf(input, 'observe') ?? wanted
    case 'issue': {
      const error = refusalEverywhere(input.observed.targets)
      if (error !== undefined) return meanwhile(holdOf(input, 'observe') ?? { action: 'blocked', error }, input)
      const free = issuersFree(input, wanted.reason === 'degraded')
      return 'action' in free ? meanwhile(free, input) : { ...wanted, authorities: free }
    }
    case 'deploy': {
      if (wanted.reason !== 'pending') return holdOf(input, 'repair') ?? wanted
      const held = holdOf(input, 'deploy')
      return held === undefined ? wanted : meanwhile(held, input)
    }
    case 'clean-up':
      return holdOf(input, 'cleanUp') ?? wanted
    default:
      return wanted
  }
}

/** Whoever asks for patience has failed at nothing: with nothing to be done, as far as is known, it is looked at after that. */
function lookedAtLater({ retry, retryAfter: until, message }: Failure, input: DecisionInput): Decision | undefined {
  if (retry !== 'after' || until === undefined || until <= input.now) return undefined
  const checks = checksFor(input).filter((check) => check !== isBlind)
  return firstOf(checks, input) === undefined ? { action: 'wait', reason: 'fresh', until, message } : undefined
}

function meanwhile(held: Decision, input: DecisionInput): Decision {
  const repair = firstOf(MEANWHILE, input)
  if (repair?.action === 'deploy') return holdOf(input, 'repair') ?? repair
  return repair?.action === 'clean-up' && holdOf(input, 'cleanUp') === undefined ? repair : held
}

// ------------------------------------------------------------------------------------------------ the checks

function isLocked({ spec, observed, now }: DecisionInput): Wanted | undefined {
  const lease = leaseAt(observed.document, now)
  if (lease === undefined) return undefined
  const { until } = lease
  return { action: 'wait', reason: 'locked', until, message: locked(spec.id, lease) }
}

/** One target in trouble does not hold up the others; trouble at each of them means that nothing could be deployed. */
function isTroubleEverywhere({ observed: { targets } }: DecisionInput): Wanted | undefined {
  const views = Object.values(targets)
  const errors = views.flatMap((view) => ('error' in view ? [view.error] : []))
  const error = errors.length < views.length ? undefined : earliestRetry(errors)
  return error && { action: 'blocked', error }
}

function isForced({ request: { force } }: DecisionInput): Wanted | undefined {
  return force ? issue('forced', 'a new certificate was requested by force') : undefined
}

function isPending({ spec, observed, now, request }: DecisionInput): Wanted | undefined {
  const ready = isReady(observed, spec, observed.issuers, now)
  if (!ready || isSetAside(observed.document, observed.pending, isAsked(request))) return undefined
  return { action: 'deploy', reason: 'pending', message: 'a new certificate is stored, and not active yet' }
}

function isAbsent({ observed }: DecisionInput): Wanted | undefined {
  if (observed.current !== undefined) return undefined
  return issue('absent', noCertificate(lostFromStore(observed.document, observed)))
}

function hasOtherNames({
  spec,
  observed: { document, current, window, issuers },
  now,
}: DecisionInput): Wanted | undefined {
  if (current === undefined || sameSet(current.orderSpec.names, spec.names)) return undefined
  const had = current.orderSpec.names
  const added = spec.names.filter((name) => !had.includes(name))
  const removed = had.filter((name) => !spec.names.includes(name))
  const changes = [...added.map((name) => `+ ${name}`), ...removed.map((name) => `- ${name}`)].join(', ')
  // New names that cannot be had must never keep the old ones from being renewed.
  const isRefused = issuers.every((issuer) => {
    const failure = failuresAt(document.failures ?? {}, issuer).expand
    return failure?.configHash === spec.configHash
  })
  if (isRefused && reduced(spec, current.orderSpec) !== undefined && renewalTime(current.certificate, window) <= now)
    return issue('degraded', `its renewal is due, and no certificate could be issued with ${added.join(', ')}`)
  return issue('names', `its names have changed: ${changes}`)
}

function hasOtherConfig({ spec, observed: { current, issuers } }: DecisionInput): Wanted | undefined {
  if (current === undefined || matches(current.orderSpec, spec, issuers)) return undefined
  const { key, profile = 'none', authority } = current.orderSpec
  const differing = [
    ...(key === spec.key ? [] : [`key ${key} → ${spec.key}`]),
    ...(profile === (spec.profile ?? 'none') ? [] : [`profile ${profile} → ${spec.profile ?? 'none'}`]),
  ]
  const issuer = spec.authorities.includes(authority)
    ? `the directory of ${authority}`
    : `authority ${authority} → ${spec.authorities.join(' or ')}`
  const what = differing.length > 0 ? differing.join(', ') : issuer
  return issue('config', `the configuration has changed: ${what}`)
}

function isDue({ observed: { current, window }, now }: DecisionInput): Wanted | undefined {
  if (current === undefined) return undefined
  const renewAt = renewalTime(current.certificate, window)
  return renewAt <= now ? issue('due', `its renewal was due on ${renewAt.toISOString()}`) : undefined
}

function isUnderWay({ spec, observed: { document, pending, issuers } }: DecisionInput): Wanted | undefined {
  if (document.order === undefined || pending?.kind !== 'key' || !matches(pending.orderSpec, spec, issuers))
    return undefined
  return issue('resumed', 'an earlier run has begun an order')
}

/** A certificate that cannot be deployed, and that nobody here orders. */
function isMissing({ spec, observed, now }: DecisionInput): Wanted | undefined {
  const { current, document } = observed
  const { id, names, imported } = spec
  const lacking = imported && current ? names.filter((name) => !covers(current.certificate.names, name)) : []
  if (current !== undefined && current.certificate.notAfter > now && lacking.length === 0) return undefined
  const what =
    current === undefined
      ? noCertificate(lostFromStore(document, observed))
      : lacking.length > 0
        ? `the certificate does not cover ${lacking.join(', ')}`
        : 'the certificate has expired'
  const how = imported ? `bring one with \`newleaf import ${id} --file FILE\`` : 'order one with `newleaf renew`'
  return { action: 'blocked', error: new Failure('CERTIFICATE_MISSING', `${id}: ${what}: ${how}`) }
}

function isAskedFor({ request: { deploy } }: DecisionInput): Wanted | undefined {
  if (!deploy) return undefined
  return { action: 'deploy', reason: 'requested', message: 'a deployment was requested' }
}

/** The current certificate is not where it belongs. */
function isDrifted({ observed: { current, targets }, now }: DecisionInput): Wanted | undefined {
  if (current === undefined || current.certificate.notAfter <= now) return undefined
  const elsewhere = Object.entries(targets).flatMap(([name, view]) =>
    'serves' in view && (!view.serves || view.probes.some(isAmiss)) ? [name] : [],
  )
  if (elsewhere.length === 0) return undefined
  return { action: 'deploy', reason: 'drift', message: `not served as it should be: ${elsewhere.join(', ')}` }
}

/** Something of ours is left that nobody needs any more. */
function isSomethingLeft(input: DecisionInput): Wanted | undefined {
  const { spec, observed, now } = input
  const { document, clockWrong, current } = observed
  const left = (reason: 'superseded' | 'challenge-records' | 'orphans', message: string): Decision => ({
    action: 'clean-up',
    reason,
    message,
  })
  const values = removable(document, now).length
  if (values > 0) return left('challenge-records', `TXT values to be removed: ${values}`)
  // Nothing is deleted by a clock that is wrong.
  if (clockWrong !== undefined || current === undefined) return undefined
  const over = spec.targets.flatMap(
    ({ id }) => document.targets[id]?.superseded.filter((each) => each.after <= now) ?? [],
  )
  if (over.length > 0) return left('superseded', `superseded certificates to be deleted: ${over.length}`)
  const orphaned = document.orphans.filter((orphan) => orphan.objects.some((each) => each.after <= now))
  return orphaned.length === 0
    ? undefined
    : left(
        'orphans',
        `certificates to be deleted at targets that left the configuration: ${orphaned.map(({ name }) => name).join(', ')}`,
      )
}

/** A target could not be looked at, and nothing else is to be done. */
function isBlind({ observed: { targets } }: DecisionInput): Wanted | undefined {
  const view = Object.values(targets).find((each) => 'error' in each)
  return view && { action: 'blocked', error: view.error }
}

function fresh({ spec: { imported }, observed: { current, window }, now }: DecisionInput): Decision {
  const end = current && (imported ? current.certificate.notAfter : renewalTime(current.certificate, window))
  const until = end ?? now
  const what = imported ? 'it ends' : 'it is renewed'
  const message = `all is as configured; ${what} on ${until.toISOString()}`
  return { action: 'wait', reason: 'fresh', until, message }
}

const issue = (reason: IssueDecision['reason'], message: string): Wanted => ({ action: 'issue', reason, message })
